/** Git signatures that name their key exactly: only that one is tried, by exactly the algorithm that the signature names. */
import type { KeyObject } from 'node:crypto';
import type { TrustedKey, TrustMaterial } from '../../domain/evidence.ts';
import type { ProvenSigner } from '../../domain/policy/identity.ts';
import type { HashName } from '../../pki/signatures/curves.ts';
import type { Problem } from '../problem.ts';
import type { ProofTools } from '../proof.ts';
import { attemptsExhausted, keyList } from '../provers/keys.ts';
import type { Attempt } from '../provers/keys.ts';
import { KeyCache } from '../sigstore/key-cache.ts';

/** How one signature is tried with trusted keys. */
export interface Trial {
  /** Those of the trusted keys that the signature names. */
  readonly keys: readonly TrustedKey[];
  /** Who it says that he is, for messages. */
  readonly claimed: string;
  /** The hash of the signature, where its algorithm lets choose; compared with what policies name. */
  readonly hash: HashName | null;
  /** What the verification costs, see `limits.ts`. */
  readonly cost: number;
  /** What speaks against a signature of this sort by this key, whatever is signed. */
  readonly objection?: (key: KeyObject) => Problem | undefined;
  /** True when the key made the signature over what is signed. */
  verifies(key: KeyObject, trusted: TrustedKey): boolean;
}

/** Keys that are kept ready in a thread; policies name far fewer. */
const READY = new KeyCache(1000);

/** One proof for each key that made it; nothing dates it, since git keeps no proof of time beside such signatures. */
export function proveExactly({ keys, claimed, hash, cost, objection, verifies }: Trial, trust: TrustMaterial, tools: ProofTools): Attempt {
  const plain = keys.filter(({ barePayloadKeyId }) => barePayloadKeyId === undefined);
  if (plain.length === 0) return failed(untrusted(claimed, trust));
  const known = new Map<string, boolean>();
  const proven: ProvenSigner[] = [];
  const problems: Problem[] = [];
  for (const key of plain) {
    const objected = objection?.(READY.get(key.pem).key);
    if (objected !== undefined) return failed(objected);
    if (!known.has(key.keyId) && !tools.takeAttempt(cost)) return { proven: [], problems: [attemptsExhausted()], partial: true };
    const holds = known.get(key.keyId) ?? verifies(READY.get(key.pem).key, key);
    known.set(key.keyId, holds);
    if (!holds) problems.push({ code: 'VERIFY_SIGNATURE_INVALID', found: `a signature that ${claimed} did not make over this content` });
    else if (key.hashAlgorithm !== undefined && hash !== key.hashAlgorithm)
      problems.push({ code: 'VERIFY_HASH', found: `a signature by ${claimed} with ${hash ?? 'a hash of its own'}`, expected: `a signature with ${key.hashAlgorithm}` });
    else proven.push(signerOf(key));
  }
  if (proven.length === 0) return { proven: [], problems: problems.slice(0, 1), partial: false };
  return { proven: proven.map((signer) => ({ signer, times: [], logEntries: [] })), problems: [], partial: false };
}

function signerOf({ keyId, hashAlgorithm, openPgp, securityKey }: TrustedKey): ProvenSigner {
  return {
    kind: 'key', keyId,
    ...(hashAlgorithm === undefined ? {} : { hashAlgorithm }),
    ...(securityKey === undefined ? {} : { securityKey }),
    ...(openPgp === undefined ? {} : { openPgp: { fingerprint: openPgp.fingerprint, primary: openPgp.primary } }),
  };
}

function untrusted(claimed: string, trust: TrustMaterial): Problem {
  const roots = trust.roots.map(({ name }) => name).join(', ');
  const expected = trust.keys.length > 0 ? keyList(trust) : roots === '' ? 'a trusted signer' : `a signature with a certificate under ${roots}`;
  return { code: 'VERIFY_SIGNER_UNTRUSTED', found: claimed, expected };
}

/** A signature that proves nothing, for one reason. */
export function failed(problem: Problem): Attempt {
  return { proven: [], problems: [problem], partial: false };
}
