/** The comparisons by which a log entry is shown to be about this signature and no other. */
import { hash } from 'node:crypto';
import { readPem } from '../../../pki/pem.ts';
import type { SignedContent } from '../../provers/signed.ts';
import { decodeBase64 } from '../../../text/base64.ts';
import type { HashName } from '../../../pki/signatures/curves.ts';
import { refuse } from '../../problem.ts';

/** What a log entry must be about: the signed content and the exact key or certificate that verifies it. */
export interface LogSubject {
  readonly content: SignedContent;
  /** A certificate's DER, or a key's SubjectPublicKeyInfo. */
  readonly verifier: { readonly kind: 'certificate' | 'key'; readonly der: Uint8Array };
}

/** A member of parsed JSON, found along a path of own members; `undefined` as soon as one is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current: unknown = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

/** Refuses an entry that is about something else. */
export function mismatch(cause: string, found?: string, expected?: string): never {
  return refuse('VERIFY_LOG_MISMATCH', {
    cause,
    ...(found === undefined ? {} : { found }),
    ...(expected === undefined ? {} : { expected }),
  });
}

/** True when base64 text holds exactly these bytes. */
export function isBase64Of(text: unknown, bytes: Uint8Array): boolean {
  return decodeBase64(text, 'standard')?.equals(bytes) === true;
}

/** True when base64 text holds a PEM of exactly this key or certificate. */
export function isPemOf(text: unknown, { kind, der }: LogSubject['verifier']): boolean {
  const pem = decodeBase64(text, 'standard');
  if (pem === undefined || pem.length > 65_536) return false;
  const block = readPem(pem.toString('latin1'), kind === 'certificate' ? 'CERTIFICATE' : 'PUBLIC KEY');
  return block.ok && block.der.equals(der);
}

/** True when a Rekor v2 verifier message holds exactly this key or certificate. */
export function isVerifierOf(value: unknown, { kind, der }: LogSubject['verifier']): boolean {
  const own = kind === 'certificate' ? 'x509Certificate' : 'publicKey';
  const other = kind === 'certificate' ? 'publicKey' : 'x509Certificate';
  return at(value, other) === undefined && isBase64Of(at(value, own, 'rawBytes'), der);
}

/** Demands that the entry holds the key or certificate that verified the signature (client-spec, 4.4). */
export function requireVerifier(same: boolean): void {
  if (!same)
    mismatch(
      'the entry holds another key or certificate than the signature',
      'another key',
      'the key or certificate that made the signature',
    );
}

/** Demands that the entry holds exactly this signature. */
export function requireSignature(same: boolean): void {
  if (!same) mismatch('the entry holds another signature');
}

/**
 * Hash of the signed bytes: computed from the message, or taken from the digest that stands for it. `undefined`
 * when only a digest of another algorithm is known.
 */
export function contentHash({ message, messageDigest }: SignedContent, algorithm: HashName): string | undefined {
  if (message !== undefined) return hash(algorithm, message, 'hex');
  return messageDigest?.algorithm === algorithm ? messageDigest.hex.toLowerCase() : undefined;
}

/** Demands that the entry is about this hash; `hash` names what is hashed. */
export function requireHash(what: string, found: string | undefined, expected: string | undefined): void {
  if (found === undefined || expected === undefined || found !== expected) {
    mismatch(
      `the entry holds another hash of the ${what}`,
      found ?? 'no hash of a supported algorithm',
      expected ?? 'a hash of the algorithm of the given digest',
    );
  }
}
