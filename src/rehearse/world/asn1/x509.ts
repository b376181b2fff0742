/** X.509 certificates as DER. */
import { randomBytes } from 'node:crypto';
import { NULL, bits, bool, ctx, ia5, int, octets, oid, printable, seq, setOf, time, utf8 } from './der.ts';
import { pem, sha256Hex } from '../encode.ts';
import type { Extension } from './extension.ts';
import { signWith } from '../keys.ts';
import type { HashName, SigningKey } from '../keys.ts';

/** A distinguished name: attributes in order, one per relative distinguished name; by short name, or by dotted identifier. */
export type Name = readonly (readonly [attribute: keyof typeof ATTRIBUTES | `${number}.${string}`, value: string])[];

/** Everything a certificate says. Times are epoch milliseconds, written with a precision of seconds. */
export interface CertificateSpec {
  readonly subject: Name;
  readonly issuer: Name;
  /** SubjectPublicKeyInfo DER of the certified key. */
  readonly spki: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Extension[];
  /** Big-endian; default: 16 random bytes. */
  readonly serial?: Uint8Array;
}

/** A signed certificate. */
export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  /** `sha256:<hex of the DER>`. */
  readonly fingerprint: string;
  readonly spec: CertificateSpec & { readonly serial: Uint8Array };
}

const ATTRIBUTES = { C: '2.5.4.6', ST: '2.5.4.8', L: '2.5.4.7', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3', emailAddress: '1.2.840.113549.1.9.1' } as const;

const ECDSA_OIDS = { sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3', sha512: '1.2.840.10045.4.3.4' } as const;
const RSA_OIDS = { sha256: '1.2.840.113549.1.1.11', sha384: '1.2.840.113549.1.1.12', sha512: '1.2.840.113549.1.1.13' } as const;
export const HASH_OIDS = { sha256: '2.16.840.1.101.3.4.2.1', sha384: '2.16.840.1.101.3.4.2.2', sha512: '2.16.840.1.101.3.4.2.3' } as const;

/** Builds and signs a certificate; `signature` replaces the real one. */
export function makeCertificate(spec: CertificateSpec, issuerKey: SigningKey, signature?: (tbs: Buffer) => Buffer): Certificate {
  const full = { ...spec, serial: spec.serial ?? positive(randomBytes(16)) };
  const tbs = tbsCertificate(full, issuerKey);
  const der = seq(tbs, signatureAlgorithm(issuerKey), bits(signature ? signature(tbs) : signWith(issuerKey, tbs)));
  return { der, pem: pem('CERTIFICATE', der), fingerprint: `sha256:${sha256Hex(der)}`, spec: full };
}

/** TBSCertificate (RFC 5280, 4.1): what the issuer signs, and without the SCT extension what a CT log signs. */
export function tbsCertificate(spec: CertificateSpec & { readonly serial: Uint8Array }, issuerKey: SigningKey): Buffer {
  return seq(
    ctx(0, int(2)),
    int(spec.serial),
    signatureAlgorithm(issuerKey),
    distinguishedName(spec.issuer),
    seq(time(spec.notBefore), time(spec.notAfter)),
    distinguishedName(spec.subject),
    spec.spki,
    ...(spec.extensions.length === 0 ? [] : [ctx(3, seq(...spec.extensions.map(extension)))]),
  );
}

/** DER of a distinguished name. */
export function distinguishedName(name: Name): Buffer {
  return seq(
    ...name.map(([attribute, value]) => {
      const id = isShort(attribute) ? ATTRIBUTES[attribute] : attribute;
      const text = id === ATTRIBUTES.C ? printable(value) : id === ATTRIBUTES.emailAddress ? ia5(value) : utf8(value);
      return setOf(seq(oid(id), text));
    }),
  );
}

function isShort(attribute: string): attribute is keyof typeof ATTRIBUTES {
  return Object.hasOwn(ATTRIBUTES, attribute);
}

/** AlgorithmIdentifier of signatures made with this key. */
export function signatureAlgorithm(key: SigningKey, hashName: HashName = key.hash): Buffer {
  if (key.type === 'ed25519') return seq(oid('1.3.101.112'));
  const digest = hashName ?? 'sha256';
  if (key.type === 'rsa-pss') return seq(oid('1.2.840.113549.1.1.10'), pssParameters(digest));
  return key.type.startsWith('rsa') ? seq(oid(RSA_OIDS[digest]), NULL) : seq(oid(ECDSA_OIDS[digest]));
}

/** A serial number that is positive and never starts with a zero byte. */
export function positive(bytes: Buffer): Buffer {
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function extension({ oid: id, critical, value }: Extension): Buffer {
  return seq(oid(id), ...(critical === true ? [bool(true)] : []), octets(value));
}

// RFC 4055, 3.1: hash, mask generation over the same hash, salt as long as the hash.
function pssParameters(digest: 'sha256' | 'sha384' | 'sha512'): Buffer {
  const algorithm = seq(oid(HASH_OIDS[digest]), NULL);
  const saltLength = { sha256: 32, sha384: 48, sha512: 64 }[digest];
  return seq(ctx(0, algorithm), ctx(1, seq(oid('1.2.840.113549.1.1.8'), algorithm)), ctx(2, int(saltLength)));
}
