/** Bytes and their digests: what is received is hashed before it is used. */
import { hash } from 'node:crypto';
import { digestAlgorithm, digestHex } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { EvidenceFormat, UnverifiedEvidence } from '../../domain/evidence.ts';

/** The digest of bytes in the algorithm of a digest they are compared with, or in sha256. */
export function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest {
  return `${algorithm}:${hash(algorithm, bytes)}` as Digest;
}

/** True when the bytes hash to the digest. Every body received goes through here before it is used. */
export function hashesTo(bytes: Uint8Array, digest: Digest): boolean {
  return hash(digestAlgorithm(digest), bytes) === digestHex(digest);
}

/**
 * Makes a piece of evidence. Its digest is sha256 over the bytes; for the cosign formats also over format and
 * annotations (in sorted order, as JSON), so that the same payload with other annotations is other evidence. `hashed` is
 * the digest that the bytes were found to have, which saves hashing megabytes twice.
 */
export function makeEvidence(
  format: EvidenceFormat,
  source: string,
  given: Uint8Array,
  annotations?: Readonly<Record<string, string>>,
  hashed?: Digest,
): UnverifiedEvidence {
  const bytes = ownBlock(given);
  const plain = digestHex(hashed !== undefined && digestAlgorithm(hashed) === 'sha256' ? hashed : digestOf(bytes));
  if (annotations === undefined) return { format, source, bytes, digest: plain };
  const pairs = Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const digest = hash('sha256', JSON.stringify([format, plain, pairs]));
  return { format, source, bytes, digest, annotations };
}

/** Evidence is kept: a view into a larger block, such as Node's slab for small buffers, would keep all of that. */
function ownBlock(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
