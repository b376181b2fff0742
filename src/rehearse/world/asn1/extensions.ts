/** Certificate extensions as DER. */
import type { Extension } from './extension.ts';
import { bool, ctx, ctxPrimitive, int, namedBits, octets, oid, seq, utf8 } from './der.ts';
import { hash } from '../encode.ts';
import { distinguishedName } from './x509.ts';
import type { Name } from './x509.ts';

export type { Extension };

/** A GeneralName. `username` is Fulcio's otherName; `ip` takes raw address bytes as hexadecimal. */
export type GeneralName =
  | { readonly type: 'uri' | 'email' | 'dns' | 'username' | 'ip'; readonly value: string }
  | { readonly type: 'directory'; readonly value: Name }
  | { readonly type: 'other'; readonly oid: string; readonly value: Buffer };

export const OIDS = {
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  nameConstraints: '2.5.29.30',
  sct: '1.3.6.1.4.1.11129.2.4.2',
  fulcio: '1.3.6.1.4.1.57264.1',
  fulcioUsername: '1.3.6.1.4.1.57264.1.7',
} as const;

/** Extended key usages by name; any other text is taken as an OID. */
export const EKU: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
};

const KEY_USAGE_BITS = ['digitalSignature', 'contentCommitment', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly'] as const;

export type KeyUsage = (typeof KEY_USAGE_BITS)[number];

export function basicConstraints(ca: boolean, pathLength?: number): Extension {
  const content = [...(ca ? [bool(true)] : []), ...(pathLength === undefined ? [] : [int(pathLength)])];
  return { oid: OIDS.basicConstraints, critical: true, value: seq(...content) };
}

export function keyUsage(usages: readonly KeyUsage[]): Extension {
  return { oid: OIDS.keyUsage, critical: true, value: namedBits(usages.map((usage) => KEY_USAGE_BITS.indexOf(usage))) };
}

/** Extended key usage; critical for timestamp authorities (RFC 3161, 2.3), not critical in Fulcio certificates. */
export function extendedKeyUsage(usages: readonly string[], critical = false): Extension {
  return { oid: OIDS.extKeyUsage, critical, value: seq(...usages.map((usage) => oid(EKU[usage] ?? usage))) };
}

/** Subject alternative names; Fulcio marks them critical, since the subject is empty. */
export function subjectAltName(names: readonly GeneralName[], critical = true): Extension {
  return { oid: OIDS.subjectAltName, critical, value: seq(...names.map(generalName)) };
}

export function subjectKeyId(spki: Uint8Array): Extension {
  return { oid: OIDS.subjectKeyId, value: octets(keyIdentifier(spki)) };
}

export function authorityKeyId(issuerSpki: Uint8Array): Extension {
  return { oid: OIDS.authorityKeyId, value: seq(ctxPrimitive(0, keyIdentifier(issuerSpki))) };
}

/** Name constraints (RFC 5280, 4.2.1.10). */
export function nameConstraints(
  limits: { readonly permitted?: readonly GeneralName[]; readonly excluded?: readonly GeneralName[] }, critical = true,
): Extension {
  const trees = (names: readonly GeneralName[]) => names.map((name) => seq(generalName(name)));
  const value = seq(
    ...(limits.permitted ? [ctx(0, ...trees(limits.permitted))] : []),
    ...(limits.excluded ? [ctx(1, ...trees(limits.excluded))] : []),
  );
  return { oid: OIDS.nameConstraints, critical, value };
}

/** Key identifier: the first 160 bits of SHA-256 over the key (RFC 7093, method 1, over the whole SPKI). */
export function keyIdentifier(spki: Uint8Array): Buffer {
  return hash(spki).subarray(0, 20);
}

/** DER of one GeneralName. */
export function generalName(name: GeneralName): Buffer {
  switch (name.type) {
    case 'email':
      return ctxPrimitive(1, Buffer.from(name.value, 'utf8'));
    case 'dns':
      return ctxPrimitive(2, Buffer.from(name.value, 'utf8'));
    case 'directory':
      return ctx(4, distinguishedName(name.value));
    case 'uri':
      return ctxPrimitive(6, Buffer.from(name.value, 'utf8'));
    case 'ip':
      return ctxPrimitive(7, Buffer.from(name.value, 'hex'));
    case 'username':
      return ctx(0, oid(OIDS.fulcioUsername), ctx(0, utf8(name.value)));
    case 'other':
      return ctx(0, oid(name.oid), ctx(0, name.value));
  }
}
