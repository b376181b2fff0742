/** A timestamp authority (RFC 3161). */
import { randomBytes } from 'node:crypto';
import { NULL, ctx, ctxPrimitive, generalizedTime, int, octets, oid, seq, setOf, time } from './asn1/der.ts';
import { hash, seconds } from './encode.ts';
import { authorityKeyId, basicConstraints, extendedKeyUsage, generalName, keyUsage, subjectKeyId } from './asn1/extensions.ts';
import type { Extension } from './asn1/extensions.ts';
import { makeKey, signWith } from './keys.ts';
import type { KeyType, SigningKey } from './keys.ts';
import { HASH_OIDS, distinguishedName, makeCertificate, positive, signatureAlgorithm } from './asn1/x509.ts';
import type { Certificate, Name } from './asn1/x509.ts';

/** A timestamp authority: its key and its chain, signing certificate first, root last. */
export interface TimestampAuthority {
  readonly key: SigningKey;
  readonly chain: readonly Certificate[];
  readonly signer: Certificate;
  readonly uri: string;
}

/** How an authority differs from a P-384 one with a self-made root. */
export interface TsaOptions {
  readonly now: number;
  readonly keyType?: KeyType;
  readonly organization?: string;
  readonly uri?: string;
  readonly intermediate?: boolean;
  readonly eku?: readonly string[];
  readonly ekuCritical?: boolean;
  /** Validity of the signing certificate. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly extensions?: readonly Extension[];
}

/** What one timestamp says differently. */
export interface TimestampOverrides {
  readonly at?: number;
  /** Bytes that are stamped instead of the signature. */
  readonly message?: Uint8Array;
  readonly imprintHash?: 'sha256' | 'sha384' | 'sha512';
  /** Fraction of the second, as written: `5`, `123`. */
  readonly fraction?: string;
  readonly accuracy?: { readonly seconds?: number; readonly millis?: number } | false;
  readonly nonce?: bigint;
  readonly policy?: string;
  readonly status?: number;
  /** Which certificates lie in the token. Default: the signing one. */
  readonly embed?: readonly Certificate[];
  /** Key that signs, and certificate that the signer info and signing-certificate-v2 name. */
  readonly key?: SigningKey;
  readonly signer?: Certificate;
  /** Certificate named by signing-certificate-v2; `false` leaves the attribute out. */
  readonly essCertificate?: Certificate | false;
  readonly contentType?: string;
  readonly digestHash?: 'sha256' | 'sha384' | 'sha512';
  readonly tstInfo?: (der: Buffer) => Buffer;
  readonly signature?: (signature: Buffer) => Buffer;
}

const YEAR = 365 * 24 * 3600 * 1000;
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const ATTRIBUTES = {
  contentType: '1.2.840.113549.1.9.3', messageDigest: '1.2.840.113549.1.9.4', signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

/** Makes a timestamp authority, valid five years around `now`. */
export function makeTsa(options: TsaOptions): TimestampAuthority {
  const type = options.keyType ?? 'p384';
  const organization = options.organization ?? 'world.example';
  const window = { notBefore: options.now - 5 * YEAR, notAfter: options.now + 5 * YEAR };
  const name = (cn: string): Name => [['O', organization], ['CN', `${organization} ${cn}`]];
  const caCertificate = (subject: Name, key: SigningKey, by: { readonly name: Name; readonly key: SigningKey }): Certificate => {
    const extensions = [keyUsage(['keyCertSign', 'cRLSign']), basicConstraints(true), subjectKeyId(key.spki), authorityKeyId(by.key.spki)];
    return makeCertificate({ subject, issuer: by.name, spki: key.spki, extensions, ...window }, by.key);
  };
  const root = { name: name('timestamp root'), key: makeKey(type) };
  const middle = options.intermediate === true ? { name: name('timestamp intermediate'), key: makeKey(type) } : undefined;
  const issuer = middle ?? root;
  const key = makeKey(type);
  const extensions = [
    keyUsage(['digitalSignature']),
    subjectKeyId(key.spki),
    authorityKeyId(issuer.key.spki),
    extendedKeyUsage(options.eku ?? ['timeStamping'], options.ekuCritical ?? true),
    ...(options.extensions ?? []),
  ];
  const signer = makeCertificate(
    {
      subject: name('timestamp'), issuer: issuer.name, spki: key.spki, extensions,
      notBefore: options.notBefore ?? window.notBefore, notAfter: options.notAfter ?? window.notAfter,
    },
    issuer.key,
  );
  const chain = [signer, ...(middle ? [caCertificate(middle.name, middle.key, root)] : []), caCertificate(root.name, root.key, root)];
  return { key, chain, signer, uri: options.uri ?? 'https://timestamp.world.example/api/v1/timestamp' };
}

/** Stamps bytes: a DER TimeStampResp (RFC 3161, 2.4.2). */
export function stamp(tsa: TimestampAuthority, message: Uint8Array, at: number, override: TimestampOverrides = {}): Buffer {
  const when = override.at ?? at;
  const info = tstInfo(tsa, override.message ?? message, when, override);
  const status = seq(int(override.status ?? 0));
  return seq(status, seq(oid(SIGNED_DATA), ctx(0, signedData(tsa, override.tstInfo?.(info) ?? info, when, override))));
}

function tstInfo(tsa: TimestampAuthority, message: Uint8Array, at: number, override: TimestampOverrides): Buffer {
  const algorithm = override.imprintHash ?? 'sha256';
  const { seconds: s = 1, millis } = override.accuracy || {};
  return seq(
    int(1),
    oid(override.policy ?? '1.3.6.1.4.1.57264.2'),
    seq(seq(oid(HASH_OIDS[algorithm]), NULL), octets(hash(message, algorithm))),
    int(positive(randomBytes(12))),
    generalizedTime(at, override.fraction),
    ...(override.accuracy === false ? [] : [seq(int(s), ...(millis === undefined ? [] : [ctxPrimitive(0, int(millis).subarray(2))]))]),
    ...(override.nonce === undefined ? [] : [int(override.nonce)]),
    ctx(0, generalName({ type: 'directory', value: tsa.signer.spec.subject })),
  );
}

// CMS SignedData (RFC 5652, 5.1) with one signer and signed attributes.
function signedData(tsa: TimestampAuthority, info: Buffer, at: number, override: TimestampOverrides): Buffer {
  const key = override.key ?? tsa.key;
  const digestHash = override.digestHash ?? key.hash ?? 'sha512';
  const contentType = override.contentType ?? TST_INFO;
  const certificates = override.embed ?? [tsa.signer];
  return seq(
    int(3),
    setOf(seq(oid(HASH_OIDS[digestHash]))),
    seq(oid(contentType), ctx(0, octets(info))),
    ...(certificates.length === 0 ? [] : [ctx(0, ...certificates.map((certificate) => certificate.der))]),
    setOf(signerInfo(tsa, { info, at, contentType, digestHash, key }, override)),
  );
}

interface Content {
  readonly info: Buffer;
  readonly at: number;
  readonly contentType: string;
  readonly digestHash: 'sha256' | 'sha384' | 'sha512';
  readonly key: SigningKey;
}

function signerInfo(tsa: TimestampAuthority, content: Content, override: TimestampOverrides): Buffer {
  const signer = override.signer ?? tsa.signer;
  const ess = override.essCertificate ?? signer;
  const attributes = setOf(
    seq(oid(ATTRIBUTES.contentType), setOf(oid(content.contentType))),
    seq(oid(ATTRIBUTES.signingTime), setOf(time(seconds(content.at) * 1000))),
    seq(oid(ATTRIBUTES.messageDigest), setOf(octets(hash(content.info, content.digestHash)))),
    ...(ess === false ? [] : [seq(oid(ATTRIBUTES.signingCertificateV2), setOf(seq(seq(essCertId(ess)))))]),
  );
  const signature = signWith(content.key, attributes);
  // Signed as SET OF, stored with the implicit tag [0] (RFC 5652, 5.4).
  const stored = Buffer.concat([Buffer.from([0xa0]), attributes.subarray(1)]);
  return seq(
    int(1),
    seq(distinguishedName(signer.spec.issuer), int(signer.spec.serial)),
    seq(oid(HASH_OIDS[content.digestHash])),
    stored,
    signatureAlgorithm(content.key),
    octets(override.signature?.(signature) ?? signature),
  );
}

// ESSCertIDv2 (RFC 5035, 4): SHA-256 is the default and therefore not written.
function essCertId(certificate: Certificate): Buffer {
  const issuer = seq(generalName({ type: 'directory', value: certificate.spec.issuer }));
  return seq(octets(hash(certificate.der)), seq(issuer, int(certificate.spec.serial)));
}
