/**
 * A content digest, `sha256:<64 hex>` or `sha512:<128 hex>`, lower case.
 *
 * Only {@link parseDigest} makes one, so holding a `Digest` means the text is well formed. It says nothing
 * about any bytes: comparing bytes with it is the job of whoever received them.
 * Grammar: OCI image-spec, descriptor.md, "Digests".
 */
export type Digest = string & { readonly __digest: 'sha256' | 'sha512' };

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Reads a digest; `undefined` when the text is not a digest of a registered algorithm in its canonical form. */
export function parseDigest(text: unknown): Digest | undefined {
  return typeof text === 'string' && text.length <= 135 && DIGEST.test(text) ? (text as Digest) : undefined;
}

/** The algorithm of a digest: `sha256` or `sha512`. */
export function digestAlgorithm(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal part of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice(7);
}

/** A digest short enough for a message: `sha256:9f2c…e1`. Never use it to compare. */
export function shortDigest(digest: Digest): string {
  return `${digest.slice(0, 11)}…${digest.slice(-2)}`;
}
