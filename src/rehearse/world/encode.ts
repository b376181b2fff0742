/** Hashes, base64, JSON and PEM as the things of a made-up world are written. */
import { createHash } from 'node:crypto';
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';

/** SHA-2 hash of bytes or UTF-8 text. */
export function hash(data: Uint8Array | string, algorithm: 'sha256' | 'sha384' | 'sha512' = 'sha256'): Buffer {
  return createHash(algorithm).update(data).digest();
}

/** Lower-case hexadecimal SHA-256. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash(data).toString('hex');
}

/** OCI digest (`sha256:…`) of bytes. */
export function digestOf(data: Uint8Array | string): Digest {
  return asDigest(`sha256:${sha256Hex(data)}`);
}

/** Text as a {@link Digest}; throws when it is none, because a test that mistypes one tests nothing. */
export function asDigest(text: string): Digest {
  const digest = parseDigest(text);
  if (digest === undefined) throw new Error(`not a digest: ${text}`);
  return digest;
}

/** Standard base64 with padding. */
export function base64(data: Uint8Array | string): string {
  return Buffer.from(data as Uint8Array).toString('base64');
}

/** UTF-8 bytes of a JSON value, in the key order given. */
export function jsonBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

/** Canonical JSON (RFC 8785 for the values used here: strings, integers, booleans, null): keys sorted, no white space. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** DSSE pre-authentication encoding (secure-systems-lab/dsse v1.0.2, protocol.md). */
export function pae(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head, 'utf8'), payload]);
}

/** DER wrapped as PEM with 64-character lines and a final newline. */
export function pem(label: 'CERTIFICATE' | 'PUBLIC KEY', der: Uint8Array): string {
  const lines = base64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Endless pseudo-random bytes from a seed: the same seed gives the same bytes on every machine. */
export function seededBytes(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i * 32 < length; i += 1) blocks.push(hash(`${seed}/${i}`));
  return Buffer.concat(blocks).subarray(0, length);
}

/** Seconds since the epoch of an instant in milliseconds, rounded down. */
export function seconds(at: number): number {
  return Math.floor(at / 1000);
}

/** Instant as RFC 3339 without fraction, as cosign and Sigstore write it. */
export function rfc3339(at: number): string {
  return new Date(seconds(at) * 1000).toISOString().replace('.000Z', 'Z');
}
