import { encodeCbor, tagged } from './cbor.ts';
import type { Cbor } from './cbor.ts';
import type { Descriptor } from './image.ts';
import { blob, describe, descriptorOf, pushable } from './image.ts';
import type { Pushable } from './image.ts';
import { makeKey, signWith } from './keys.ts';
import type { KeyType, SigningKey } from './keys.ts';
import type { TimestampAuthority, TimestampOverrides } from './tsa.ts';
import { stamp } from './tsa.ts';
import { authorityKeyId, basicConstraints, extendedKeyUsage, keyUsage, subjectKeyId } from './extensions.ts';
import type { Extension } from './extensions.ts';
import { makeCertificate } from './x509.ts';
import type { Certificate, CertificateSpec, Name } from './x509.ts';

/** Whoever signs as the Notary Project specifies: his key, and his chain up to its root. */
export interface Notary {
  readonly key: SigningKey;
  readonly chain: readonly Certificate[];
  readonly root: Certificate;
}

/** How a notary differs from a P-256 leaf below an intermediate and a root. */
export interface NotaryMaking {
  readonly now: number;
  readonly keyType?: KeyType;
  readonly caKeyType?: KeyType;
  readonly subject?: Name;
  /** How many authorities stand between root and leaf; -1: the leaf signed itself. Default: 1. */
  readonly between?: number;
  readonly leaf?: Partial<CertificateSpec>;
  readonly leafExtensions?: readonly Extension[];
  /** Of the authority at this place, the root being 0. */
  readonly authority?: (depth: number, spec: CertificateSpec) => CertificateSpec;
  readonly key?: SigningKey;
}

const YEAR = 365 * 24 * 3600 * 1000;
const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';
const NOTARY = 'io.cncf.notary.';
const ALGORITHMS: Readonly<Partial<Record<KeyType, readonly [string, number]>>> = {
  p256: ['ES256', -7], p384: ['ES384', -35], p521: ['ES512', -36], 'rsa-2048': ['PS256', -37], 'rsa-3072': ['PS384', -38], 'rsa-4096': ['PS512', -39],
};
export const NOTARY_NAME: Name = [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['CN', 'release']];

/** Makes a notary, valid a year around `now`, below authorities of five. */
export function makeNotary(options: NotaryMaking): Notary {
  const { now, between = 1, keyType = 'p256', caKeyType = 'p256' } = options;
  const key = options.key ?? makeKey(keyType);
  const subject = options.subject ?? NOTARY_NAME;
  const window = { notBefore: now - 5 * YEAR, notAfter: now + 5 * YEAR };
  const extensions = options.leafExtensions ?? [keyUsage(['digitalSignature']), extendedKeyUsage(['codeSigning']), subjectKeyId(key.spki)];
  const spec: CertificateSpec = { subject, issuer: subject, spki: key.spki, notBefore: now - YEAR, notAfter: now + YEAR, extensions, ...options.leaf };
  if (between < 0) {
    const alone = makeCertificate(spec, key);
    return { key, chain: [alone], root: alone };
  }
  const authorities: Certificate[] = [];
  let issuer: { readonly name: Name; readonly key: SigningKey } | undefined;
  for (let depth = 0; depth <= between; depth += 1) {
    const own = makeKey(caKeyType);
    const name: Name = [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['CN', depth === 0 ? 'root' : `authority ${depth}`]];
    const by = issuer ?? { name, key: own };
    const authority: CertificateSpec = {
      subject: name, issuer: by.name, spki: own.spki, ...window,
      extensions: [keyUsage(['keyCertSign', 'cRLSign']), basicConstraints(true), subjectKeyId(own.spki), authorityKeyId(by.key.spki)],
    };
    authorities.unshift(makeCertificate(options.authority?.(depth, authority) ?? authority, by.key));
    issuer = { name, key: own };
  }
  if (issuer === undefined) throw new Error('a chain has a root');
  const leaf = makeCertificate({ ...spec, issuer: issuer.name, ...options.leaf, extensions: [...extensions, authorityKeyId(issuer.key.spki)] }, issuer.key);
  const root = authorities.at(-1);
  if (root === undefined) throw new Error('a chain has a root');
  return { key, chain: [leaf, ...authorities], root };
}

/** What an envelope says, and in what it lies. */
export interface NotarySigning {
  readonly notary: Notary;
  readonly target: Descriptor;
  readonly at: number;
  readonly format?: 'notation-jws' | 'notation-cose';
  readonly scheme?: string;
  readonly expiry?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly tsa?: TimestampAuthority;
  readonly timestamp?: TimestampOverrides;
  /** Further protected headers, and names that are critical besides. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly critical?: readonly string[];
  /** The last word on protected headers, before they are signed. Of COSE, times are tagged seconds and labels may be numbers as text. */
  readonly headers?: (headers: Record<string, unknown>) => Record<string, unknown>;
  /** The last word on the payload. */
  readonly payload?: (payload: Record<string, unknown>) => unknown;
  /** Replaces the certificates that come along. */
  readonly chain?: readonly Uint8Array[];
  readonly signingKey?: SigningKey;
  /** The last word on the envelope: JSON of JWS, the four parts of COSE. */
  readonly map?: (envelope: Record<string, unknown>) => Record<string, unknown>;
  readonly signature?: (signature: Buffer) => Buffer;
}

/** Signs: the bytes of the envelope. */
export function notarySign(signing: NotarySigning): Buffer {
  const { target } = signing;
  const { mediaType, digest, size } = target;
  const targetArtifact = { mediaType, digest, size, ...(signing.annotations === undefined ? {} : { annotations: signing.annotations }) };
  const payload = Buffer.from(JSON.stringify(signing.payload?.({ targetArtifact }) ?? { targetArtifact }));
  return signing.format === 'notation-cose' ? signCose(signing, payload) : signJws(signing, payload);
}

function signJws(signing: NotarySigning, payload: Buffer): Buffer {
  const { notary, map = (same) => same } = signing;
  const iso = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
  const [alg] = algorithmOf(signing);
  const headers = { alg, crit: criticalOf(signing), cty: PAYLOAD_TYPE, ...attributesOf(signing, iso) };
  const encodedHeaders = Buffer.from(JSON.stringify(signing.headers?.(headers) ?? headers)).toString('base64url');
  const body = payload.toString('base64url');
  const signature = signatureOf(signing, Buffer.from(`${encodedHeaders}.${body}`));
  const header = {
    x5c: (signing.chain ?? notary.chain.map(({ der }) => der)).map((der) => Buffer.from(der).toString('base64')),
    ...(signing.tsa === undefined ? {} : { [`${NOTARY}timestampSignature`]: tokenOf(signing, signing.tsa, signature).toString('base64') }),
    [`${NOTARY}signingAgent`]: 'world/1',
  };
  return Buffer.from(JSON.stringify(map({ payload: body, protected: encodedHeaders, header, signature: signature.toString('base64url') })));
}

function signCose(signing: NotarySigning, payload: Buffer): Buffer {
  const { notary, map = (same) => same } = signing;
  const [, alg] = algorithmOf(signing);
  const headers: Record<string, unknown> = { 1: alg, 2: criticalOf(signing), 3: PAYLOAD_TYPE, ...attributesOf(signing, (at) => tagged(1, Math.floor(at / 1000))) };
  const protectedBytes = encodeCbor(labelled(signing.headers?.(headers) ?? headers));
  const signature = signatureOf(signing, encodeCbor(['Signature1', protectedBytes, Buffer.alloc(0), payload]));
  const unprotected: Record<string, unknown> = {
    33: (signing.chain ?? notary.chain.map(({ der }) => der)).map((der) => Buffer.from(der)),
    ...(signing.tsa === undefined ? {} : { [`${NOTARY}timestampSignature`]: tokenOf(signing, signing.tsa, signature) }),
    [`${NOTARY}signingAgent`]: 'world/1',
  };
  const parts = map({ protected: protectedBytes, unprotected, payload, signature });
  return encodeCbor(tagged(18, [parts['protected'], labelled(parts['unprotected'] as Record<string, unknown>), parts['payload'], parts['signature']] as Cbor));
}

/** Labels that are numbers as text become numbers. */
function labelled(of: Record<string, unknown>): Map<number | string, Cbor> {
  return new Map(Object.entries(of).map(([label, value]) => [/^-?\d+$/.test(label) ? Number(label) : label, value as Cbor]));
}

function algorithmOf({ notary }: NotarySigning): readonly [string, number] {
  return ALGORITHMS[notary.key.type] ?? ['PS256', -37];
}

function attributesOf({ scheme = 'notary.x509', at, expiry, attributes = {} }: NotarySigning, time: (at: number) => unknown): Record<string, unknown> {
  const timeName = scheme === 'notary.x509' ? 'signingTime' : 'authenticSigningTime';
  return {
    [`${NOTARY}signingScheme`]: scheme,
    [NOTARY + timeName]: time(at),
    ...(expiry === undefined ? {} : { [`${NOTARY}expiry`]: time(expiry) }),
    ...attributes,
  };
}

function criticalOf({ scheme = 'notary.x509', expiry, critical = [] }: NotarySigning): readonly string[] {
  return [
    `${NOTARY}signingScheme`, ...(scheme === 'notary.x509' ? [] : [`${NOTARY}authenticSigningTime`]), ...(expiry === undefined ? [] : [`${NOTARY}expiry`]), ...critical,
  ];
}

function signatureOf({ notary, signingKey = notary.key, signature = (same) => same }: NotarySigning, message: Uint8Array): Buffer {
  const rsa = signingKey.type.startsWith('rsa');
  const hash = rsa ? ({ 'rsa-3072': 'sha384', 'rsa-4096': 'sha512' } as const)[signingKey.type as 'rsa-3072'] ?? 'sha256' : signingKey.hash;
  return signature(signWith(signingKey, message, { hash, encoding: rsa ? 'pss' : 'p1363' }));
}

/** A token as countersignatures carry it: what a response holds, without its status. Certificates of the whole path but the root come along. */
function tokenOf({ at, timestamp }: NotarySigning, tsa: TimestampAuthority, signature: Uint8Array): Buffer {
  const response = stamp(tsa, signature, at, { embed: tsa.chain.slice(0, -1), ...timestamp });
  // SEQUENCE { SEQUENCE { INTEGER status }, token }
  const header = 2 + (response[1] === undefined || response[1] < 0x80 ? 0 : response[1] & 0x7f);
  return response.subarray(header + 2 + (response[header + 1] ?? 0));
}

/** How a signature is pushed: as of today, or with the legacy media type of the config. */
export interface NotaryPush {
  readonly subject: Pick<Pushable, 'mediaType' | 'digest' | 'manifest'>;
  readonly envelope: Buffer;
  readonly format?: 'notation-jws' | 'notation-cose';
  readonly legacy?: boolean;
  readonly layers?: readonly Buffer[];
  readonly mediaType?: string;
}

/** The manifest by which an envelope refers to an image (signature-specification, "OCI Signatures"). */
export function notationReferrer({ subject, envelope, format = 'notation-jws', legacy = false, layers = [envelope], mediaType }: NotaryPush): Pushable {
  const type = mediaType ?? (format === 'notation-cose' ? 'application/cose' : 'application/jose+json');
  const config = Buffer.from('{}');
  const artifactType = 'application/vnd.cncf.notary.signature';
  const annotations = { 'io.cncf.notary.x509chain.thumbprint#S256': '[]' };
  const manifest = pushable('application/vnd.oci.image.manifest.v1+json', [blob(config), ...layers.map(blob)], {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    ...(legacy ? {} : { artifactType }),
    config: describe(legacy ? artifactType : 'application/vnd.oci.empty.v1+json', config),
    layers: layers.map((bytes) => describe(type, bytes)),
    subject: descriptorOf(subject),
    annotations,
  });
  return { ...manifest, subject: descriptorOf(subject), artifactType, annotations };
}
