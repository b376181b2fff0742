/** A certificate transparency log, which promises by SCTs. */
import { octets } from '../asn1/der.ts';
import { hash } from '../encode.ts';
import { OIDS } from '../asn1/extensions.ts';
import type { Extension } from '../asn1/extensions.ts';
import { makeKey, signWith } from '../keys.ts';
import type { SigningKey } from '../keys.ts';

/** A certificate transparency log: a key and its id. It keeps no tree, since verifiers only see its SCTs. */
export interface CtLog {
  readonly key: SigningKey;
  readonly baseUrl: string;
  /** SHA-256 of the SPKI (RFC 6962, 3.2). */
  readonly logId: Buffer;
}

/** What one SCT says differently. */
export interface SctOverrides {
  /** Epoch milliseconds. */
  readonly at?: number;
  readonly logId?: Buffer;
  readonly key?: SigningKey;
  readonly version?: number;
  /** CT extensions, raw. */
  readonly extensions?: Buffer;
  readonly signature?: (signature: Buffer) => Buffer;
}

export function makeCtLog(options: { readonly key?: SigningKey; readonly baseUrl?: string } = {}): CtLog {
  const key = options.key ?? makeKey('p256');
  return { key, baseUrl: options.baseUrl ?? 'https://ctfe.world.example/2026', logId: hash(key.spki) };
}

/**
 * A signed certificate timestamp over a precertificate (RFC 6962, 3.2): `tbs` is the TBSCertificate without the
 * SCT extension, `issuerSpki` the key of the certificate's issuer.
 */
export function makeSct(
  log: CtLog, precert: { readonly tbs: Buffer; readonly issuerSpki: Uint8Array; readonly at: number }, override: SctOverrides = {},
): Buffer {
  const version = Buffer.from([override.version ?? 0]);
  const timestamp = uint64(override.at ?? precert.at);
  const extensions = opaque(override.extensions ?? Buffer.alloc(0), 2);
  const covered = Buffer.concat([
    version,
    Buffer.from([0]), // certificate_timestamp
    timestamp,
    Buffer.from([0, 1]), // precert_entry
    hash(precert.issuerSpki),
    opaque(precert.tbs, 3),
    extensions,
  ]);
  const key = override.key ?? log.key;
  const signature = signWith(key, covered);
  const algorithm = Buffer.from([4, key.type.startsWith('rsa') ? 1 : 3]); // sha256, rsa or ecdsa
  const signed = opaque(override.signature?.(signature) ?? signature, 2);
  return Buffer.concat([version, override.logId ?? log.logId, timestamp, extensions, algorithm, signed]);
}

/** The extension that carries SCTs in a certificate. */
export function sctExtension(scts: readonly Buffer[]): Extension {
  const list = opaque(Buffer.concat(scts.map((sct) => opaque(sct, 2))), 2);
  return { oid: OIDS.sct, value: octets(list) };
}

// TLS opaque vector: a length of `size` bytes, then the content.
function opaque(content: Buffer, size: 2 | 3): Buffer {
  const head = Buffer.alloc(size);
  head.writeUIntBE(content.byteLength, 0, size);
  return Buffer.concat([head, content]);
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
