/** Commits and tags signed with OpenPGP (gpg.format openpgp). */
import type { TrustMaterial } from '../../domain/evidence.ts';
import { PACKET, readPackets } from '../../pki/pgp/packets.ts';
import { isTooShort, readPgpSignature, TYPE, verifyPgpSignature } from '../../pki/pgp/signature.ts';
import type { PgpSignature } from '../../pki/pgp/signature.ts';
import { messageCost } from '../limits.ts';
import { refuse } from '../problem.ts';
import type { ProofTools } from '../proof.ts';
import type { Attempt } from '../provers/keys.ts';
import { failed, proveExactly } from './keyed.ts';

/** Subpackets that may be critical, as for GnuPG: times, who issued it, policies in words. */
const UNDERSTOOD: ReadonlySet<number> = new Set([2, 3, 16, 22, 24, 26, 33]);

/**
 * Proves a signature of OpenPGP over the payload of an object, by the trusted key that it names. Throws `Malformed`. Expiry of the key is
 * judged by policies; a signature that expires by itself proves nothing, since nobody knows when it will have been looked at.
 */
export function provePgp(bytes: Uint8Array, payload: Uint8Array, trust: TrustMaterial, tools: ProofTools): Attempt {
  const [packet, ...more] = readPackets(bytes, 8);
  if (packet?.tag !== PACKET.signature || more.length > 0)
    refuse('VERIFY_MALFORMED', { found: `${more.length + 1} OpenPGP packets`, expected: 'one signature' });
  const made = readPgpSignature(packet.body, UNDERSTOOD);
  const { hash } = made;
  if (made.type !== TYPE.binary)
    return failed({ code: 'VERIFY_PAYLOAD_TYPE', found: `an OpenPGP signature of type 0x${made.type.toString(16).padStart(2, '0')}`, expected: 'one over a document as it is (0x00)' });
  if (hash === undefined || hash === 'sha1') return failed({ code: 'VERIFY_ALGORITHM', found: hash === 'sha1' ? 'an OpenPGP signature with SHA-1' : 'an OpenPGP signature with a hash that is not allowed', fix: FIX });
  if (made.expires > 0) return failed({ code: 'VERIFY_FORMAT', found: 'an OpenPGP signature that expires by itself', fix: 'sign without --default-sig-expire; let the key expire instead' });
  return proveExactly({
    keys: trust.keys.filter(({ openPgp }) => openPgp !== undefined && isBy(made, openPgp.fingerprint)),
    claimed: `OpenPGP key ${made.issuer === undefined || made.issuer === '' ? 'of an unknown fingerprint' : made.issuer}`,
    hash,
    cost: 2 * messageCost(payload),
    objection: (key) => (isTooShort(hash, key)
      ? { code: 'VERIFY_ALGORITHM', found: `an OpenPGP signature with ${hash} by a key whose curve needs a longer hash`, fix: 'sign with SHA-512 (digest-algo SHA512 in gpg.conf)' }
      : undefined),
    // A key that is younger than its signature is another key with the same numbers.
    verifies: (key, { openPgp }) => made.created >= (openPgp?.created ?? 0) && verifyPgpSignature(made, key, [payload]),
  }, trust, tools);
}

function isBy({ issuer }: PgpSignature, fingerprint: string): boolean {
  return issuer !== undefined && issuer !== '' && fingerprint.endsWith(issuer);
}

const FIX = 'sign with SHA-256, SHA-384 or SHA-512 (digest-algo SHA256 in gpg.conf) and an RSA, ECDSA or Ed25519 key';
