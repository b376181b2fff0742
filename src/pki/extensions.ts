/** The extensions of certificates that this room understands (RFC 5280, 4.2): each one is read where it is first asked for. */
import { remembered } from '../text/once.ts';
import type { DerNode } from './der.ts';
import { children, expectTag, Malformed, onlyChild, readBoolean, readDer, readOid, readSmallInteger, sequence, TAG } from './der.ts';

/** Object identifiers of the extensions that this room understands. */
export const EXTENSION = {
  subjectKeyId: '2.5.29.14', keyUsage: '2.5.29.15', subjectAltName: '2.5.29.17', basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30', authorityKeyId: '2.5.29.35', extendedKeyUsage: '2.5.29.37',
} as const;

/** One extension: its criticality and the DER inside its OCTET STRING. */
export interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** A certificate as far as its extensions are concerned. */
export interface Extended {
  readonly extensions: ReadonlyMap<string, Extension>;
}

/** Reads the extensions of a certificate from what follows its key. Throws `Malformed`, also when one appears twice. */
export function readExtensions(optional: readonly DerNode[]): Map<string, Extension> {
  const [wrapper, ...rest] = optional;
  if (wrapper === undefined) return new Map();
  // Unique identifiers ([1], [2]) are obsolete (RFC 5280, 4.1.2.8) and would only blur the structure.
  if (wrapper.tag !== 0xa3 || rest.length > 0) throw new Malformed('certificate has unexpected fields');
  return readExtensionList(onlyChild(wrapper));
}

/** Reads `Extensions` (RFC 5280, 4.1), of whatever has them. Throws `Malformed`, also when one appears twice. */
export function readExtensionList(list: DerNode): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const node of children(expectTag(list, TAG.sequence))) {
    const parts = sequence(node);
    const oid = readOid(parts[0]);
    const flagged = parts.length === 3;
    if (extensions.has(oid)) throw new Malformed(`extension ${oid} appears twice`);
    if (parts.length < 2 || parts.length > 3) throw new Malformed('extension has the wrong number of parts');
    // DEFAULT FALSE may not be written out in DER, but OpenSSL-made certificates do; the meaning is the same.
    extensions.set(oid, { critical: flagged && readBoolean(parts[1]), value: expectTag(parts.at(-1), TAG.octetString).content });
  }
  return extensions;
}

/** What basic constraints say: whether it is an authority, and how many may stand between it and a leaf. */
export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength?: number;
}

/** Basic constraints (RFC 5280, 4.2.1.9); absent means: not a CA. Throws `Malformed`. */
export const basicConstraints = remembered((certificate: Extended): BasicConstraints => {
  const extension = certificate.extensions.get(EXTENSION.basicConstraints);
  if (extension === undefined) return { ca: false };
  const parts = sequence(readDer(extension.value));
  const ca = parts[0]?.tag === TAG.boolean && readBoolean(parts.shift());
  if (parts.length > 1 || (!ca && parts.length > 0)) throw new Malformed('basic constraints have unexpected parts');
  return parts.length === 0 ? { ca } : { ca, pathLength: readSmallInteger(parts[0]) };
});

/** Bits of the key usage extension that matter here. */
export interface KeyUsage {
  readonly critical: boolean;
  readonly digitalSignature: boolean;
  readonly certSign: boolean;
  readonly crlSign: boolean;
  /** Something to do with encryption: of keys, of data, or an agreement. */
  readonly enciphers: boolean;
}

/** Key usage (RFC 5280, 4.2.1.3); `undefined` when there is none. Throws `Malformed`. */
export const keyUsage = remembered((certificate: Extended): KeyUsage | undefined => {
  const extension = certificate.extensions.get(EXTENSION.keyUsage);
  if (extension === undefined) return undefined;
  const { content } = readDer(extension.value, TAG.bitString);
  const bits = content[1] ?? 0;
  if (content.length < 2 || content.length > 3 || (content[0] ?? 8) > 7) throw new Malformed('key usage is not a short bit string');
  return {
    critical: extension.critical,
    digitalSignature: (bits & 0x80) !== 0,
    certSign: (bits & 0x04) !== 0,
    crlSign: (bits & 0x02) !== 0,
    // keyEncipherment, dataEncipherment, keyAgreement, encipherOnly; decipherOnly is the one bit of the second byte.
    enciphers: (bits & 0x39) !== 0 || content.length === 3,
  };
});

/** What extended key usages are permitted, as dotted identifiers, and whether nobody may pass them over. */
export interface ExtendedKeyUsage {
  readonly critical: boolean;
  readonly usages: readonly string[];
}

/** Extended key usages (RFC 5280, 4.2.1.12); `undefined` when there is no such extension. Throws `Malformed`. */
export const extendedKeyUsage = remembered((certificate: Extended): ExtendedKeyUsage | undefined => {
  const extension = certificate.extensions.get(EXTENSION.extendedKeyUsage);
  return extension && { critical: extension.critical, usages: sequence(readDer(extension.value)).map(readOid) };
});

/** Critical extensions that are not among `known`: each one forbids using the certificate (RFC 5280, 4.2). */
export function unknownCritical(certificate: Extended, known: ReadonlySet<string>): string[] {
  return [...certificate.extensions].filter(([oid, extension]) => extension.critical && !known.has(oid)).map(([oid]) => oid);
}
