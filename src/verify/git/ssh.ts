/** Commits and tags signed by SSH keys (gpg.format ssh). */
import type { TrustMaterial } from '../../domain/evidence.ts';
import { isTouched, readSshSignature, sshHash, verifySshSignature } from '../../pki/ssh/signature.ts';
import { messageCost } from '../limits.ts';
import { clip } from '../problem.ts';
import type { ProofTools } from '../proof.ts';
import type { Attempt } from '../provers/keys.ts';
import { failed, proveExactly } from './keyed.ts';

/** What keeps signatures for git from passing for those of files, and the other way round. */
const NAMESPACE = 'git';

/**
 * Proves an SSHSIG over the payload of an object. It holds the key that made it, so only that key is tried, if it is trusted. Throws
 * `Malformed`. Not established: when it was made, and by whom but the key: principals stand in policies alone.
 */
export function proveSsh(blob: Uint8Array, payload: Uint8Array, trust: TrustMaterial, tools: ProofTools): Attempt {
  const made = readSshSignature(blob);
  if (made.namespace !== NAMESPACE)
    return failed({ code: 'VERIFY_PAYLOAD_TYPE', found: `an SSH signature for ${clip(made.namespace) || 'nothing'}`, expected: `an SSH signature for ${NAMESPACE}`, fix: 'sign with git (gpg.format ssh), or with ssh-keygen -Y sign -n git' });
  if ('unsupported' in made.signer) return failed({ code: 'VERIFY_ALGORITHM', found: made.signer.unsupported, fix: FIX });
  const { key } = made.signer;
  const hash = sshHash(made, key);
  if (hash === undefined) return failed({ code: 'VERIFY_ALGORITHM', found: `${clip(made.algorithm)} by a key of type ${key.type}`, fix: FIX });
  if (!isTouched(made))
    return failed({ code: 'VERIFY_ALGORITHM', found: 'an SSH signature that a security key made without being touched', fix: TOUCH });
  return proveExactly({
    keys: trust.keys.filter(({ keyId, openPgp, securityKey: application }) =>
      keyId === key.keyId && openPgp === undefined && application === key.application),
    // Whoever trusts it can write the line into a Signer; those of RSA are too long to be read.
    claimed: `key ${key.keyId} (${key.type === 'ssh-rsa' ? key.type : key.line})`,
    hash,
    // What is signed is short: the namespace, and the hash of the payload.
    cost: 1 + messageCost(payload),
    verifies: (trusted) => verifySshSignature(made, trusted, payload),
  }, trust, tools);
}

const TOUCH = 'sign with a key that was made without no-touch-required (ssh-keygen -t ed25519-sk)';
const FIX = 'sign with an SSH key of type ed25519, ecdsa or rsa of 2048 bits or more, with rsa-sha2-256 or rsa-sha2-512';
