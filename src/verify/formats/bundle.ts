/** A Sigstore bundle becomes typed parts, or a reason why it is none; nothing in it is believed yet. */
import { X509Certificate } from 'node:crypto';
import { readEnvelope } from '../statement/dsse.ts';
import { bytes, list, member, members, scalarText, text } from '../fields.ts';
import type { Members } from '../fields.ts';
import { readWrapping } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { readLogEntry } from '../provers/log-entry.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import type { DatingMaterial, DsseEnvelope } from '../provers/signed.ts';

export type BundleVersion = '0.1' | '0.2' | '0.3';

/** With what the bundle says its signature can be verified. */
export type BundleMaterial =
  | {
      readonly kind: 'certificate';
      readonly der: Uint8Array;
      /** Root certificates that the chain brings along, DER; see `carried-roots.ts`. */
      readonly carriedRoots: readonly Uint8Array[];
      /** The other certificates that it brings along: issuers, where authorities of one's own prove it. */
      readonly between: readonly Uint8Array[];
      /** A chain in a bundle of version 0.3, where Sigstore permits none: nothing but authorities of one's own may prove it. */
      readonly own?: true;
    }
  | { readonly kind: 'key'; readonly hint: string };

/** The digest a message signature says it is over; a hint until it has been compared with the artifact's. */
export interface MessageDigest {
  readonly algorithm: 'sha256' | 'sha384' | 'sha512';
  readonly hex: string;
}

export type BundleContent =
  | { readonly kind: 'message'; readonly signature: Uint8Array; readonly digest?: MessageDigest }
  | { readonly kind: 'envelope'; readonly envelope: DsseEnvelope };

/** A Sigstore bundle, parsed: fields have their types and stay within the limits, nothing is verified. */
export interface SigstoreBundle {
  readonly version: BundleVersion;
  readonly material: BundleMaterial;
  readonly content: BundleContent;
  readonly dating: DatingMaterial;
}

const VERSIONS: ReadonlyMap<string, BundleVersion> = new Map([
  ['application/vnd.dev.sigstore.bundle+json;version=0.1', '0.1'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', '0.2'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.3', '0.3'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', '0.3'],
]);
const TOP_LEVEL: ReadonlySet<string> = new Set(['mediaType', 'verificationMaterial', 'messageSignature', 'dsseEnvelope']);
const HASHES: ReadonlyMap<unknown, MessageDigest['algorithm']> = new Map<unknown, MessageDigest['algorithm']>([
  ['SHA2_256', 'sha256'], [1, 'sha256'], ['SHA2_384', 'sha384'], [2, 'sha384'], ['SHA2_512', 'sha512'], [3, 'sha512'],
]);
const HASH_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const;

/**
 * Parses a Sigstore bundle (sigstore_bundle.proto, JSON mapping, versions 0.1 to 0.3; media types exactly).
 *
 * A member at the top that we do not know is refused, because it could be another kind of content; unknown
 * members further inside are ignored. Client specification §4.1 to §4.4; conformance `bundle-*`.
 *
 * `chains`: bundles of version 0.3 may carry a chain all the same, as cosign 3 writes it of a key with a certificate of one's own.
 */
export function parseBundle(json: Uint8Array, { chains = false }: { readonly chains?: boolean } = {}): Parsed<SigstoreBundle> {
  return parsed('VERIFY_MALFORMED', () => {
    const bundle = members(readWrapping(json), 'bundle');
    const unknown = Object.keys(bundle).find((key) => !TOP_LEVEL.has(key));
    if (unknown !== undefined)
      throw new Refusal('bundle has a member that is not known', { found: clip(unknown, 80), expected: [...TOP_LEVEL].join(', ') });
    const version = readVersion(bundle);
    const holder = members(member(bundle, 'verificationMaterial'), 'verificationMaterial');
    return { version, material: readMaterial(holder, version, chains), content: readContent(bundle), dating: readDating(holder, version) };
  });
}

function readVersion(bundle: Members): BundleVersion {
  const mediaType = text(bundle, 'mediaType', 'bundle');
  const version = VERSIONS.get(mediaType);
  if (version === undefined)
    throw new Refusal('bundle version is not supported', {
      code: 'VERIFY_FORMAT',
      found: clip(mediaType),
      expected: 'application/vnd.dev.sigstore.bundle.v0.3+json, or application/vnd.dev.sigstore.bundle+json;version=0.1, 0.2 or 0.3',
    });
  return version;
}

/** The one member of `keys` that is set: protobuf's oneof, which JSON does not enforce. */
function oneOf(of: Members, keys: readonly string[], place: string): string {
  const set = keys.filter((key) => member(of, key) !== undefined);
  const [only] = set;
  if (only === undefined || set.length > 1)
    throw new Refusal(`${place} must have exactly one of ${keys.join(', ')}`, { found: set.join(', ') || 'none of them' });
  return only;
}

function readMaterial(holder: Members, version: BundleVersion, chains: boolean): BundleMaterial {
  const place = 'verificationMaterial';
  const kind = oneOf(holder, ['publicKey', 'x509CertificateChain', 'certificate'], place);
  const value = members(member(holder, kind), `${place}.${kind}`);
  if (kind === 'publicKey')
    return { kind: 'key', hint: member(value, 'hint') === undefined ? '' : text(value, 'hint', `${place}.publicKey`) };
  if (kind === 'certificate') return { kind: 'certificate', der: readCertificate(value, `${place}.certificate`), carriedRoots: [], between: [] };
  if (version === '0.3' && !chains)
    throw new Refusal('a chain of certificates comes along, and no trust root that is asked for lists authorities besides those of Sigstore', {
      code: 'VERIFY_CERTIFICATE_UNTRUSTED', found: 'x509CertificateChain in a bundle of version 0.3', expected: 'one certificate of Sigstore',
    });
  const chain = readChain(value, `${place}.x509CertificateChain`);
  return version === '0.3' && chain.kind === 'certificate' ? { ...chain, own: true } : chain;
}

function readCertificate(value: Members, place: string): Uint8Array {
  const der = bytes(value, 'rawBytes', place);
  if (der.length === 0) throw new Refusal(`${place}.rawBytes is empty`);
  return der;
}

/** The leaf of a chain. Nothing is proven with the others; a root among them is noted, what is no certificate refused. */
function readChain(value: Members, place: string): BundleMaterial {
  const [der, ...others] = list(value, 'certificates', place, LIMITS.chainCertificates)
    .map((item, index) => readCertificate(members(item, `${place}.certificates[${index}]`), `${place}.certificates[${index}]`));
  if (der === undefined) throw new Refusal(`${place} is empty`, { found: '0 certificates', expected: 'at least 1' });
  const size = others.reduce((sum, { length }) => sum + length, 0);
  if (size > LIMITS.blobBytes)
    throw new Refusal(`${place} is too large`, { code: 'VERIFY_LIMIT', found: `${size} bytes`, expected: `at most ${LIMITS.blobBytes}` });
  const carriedRoots = others.filter((other) => isSelfIssued(other, place));
  return { kind: 'certificate', der, carriedRoots, between: others.filter((other) => !carriedRoots.includes(other)) };
}

function isSelfIssued(der: Uint8Array, place: string): boolean {
  try {
    const certificate = new X509Certificate(der);
    return certificate.subject === certificate.issuer;
  } catch {
    throw new Refusal(`${place} holds something that is not a certificate`);
  }
}

function readContent(bundle: Members): BundleContent {
  const kind = oneOf(bundle, ['messageSignature', 'dsseEnvelope'], 'bundle');
  if (kind === 'messageSignature') return readMessageSignature(members(member(bundle, kind), kind));
  const envelope = readEnvelope(member(bundle, kind), kind);
  if (envelope.signatures.length !== 1) {
    throw new Refusal('a bundle carries an envelope with exactly one signature', {
      found: `${envelope.signatures.length} signatures`,
      expected: '1 signature',
    });
  }
  return { kind: 'envelope', envelope };
}

function readMessageSignature(value: Members): BundleContent {
  const place = 'messageSignature';
  const signature = bytes(value, 'signature', place, LIMITS.blobBytes, 'lines');
  if (member(value, 'messageDigest') === undefined) return { kind: 'message', signature };
  const digest = members(member(value, 'messageDigest'), `${place}.messageDigest`);
  const algorithm = HASHES.get(member(digest, 'algorithm'));
  if (algorithm === undefined) {
    throw new Refusal('message digest has an algorithm that is not supported', {
      code: 'VERIFY_ALGORITHM',
      found: scalarText(member(digest, 'algorithm')),
      expected: 'SHA2_256, SHA2_384 or SHA2_512',
    });
  }
  const hash = bytes(digest, 'digest', `${place}.messageDigest`);
  if (hash.length !== HASH_BYTES[algorithm])
    throw new Refusal(`${place}.messageDigest has the wrong length`, {
      found: `${hash.length} bytes`,
      expected: `${HASH_BYTES[algorithm]} bytes`,
    });
  return { kind: 'message', signature, digest: { algorithm, hex: Buffer.from(hash).toString('hex') } };
}

function readDating(holder: Members, version: BundleVersion): DatingMaterial {
  const place = 'verificationMaterial';
  const entries = list(holder, 'tlogEntries', place, LIMITS.logEntries);
  const stamps = member(holder, 'timestampVerificationData');
  const timestamps =
    stamps === undefined
      ? []
      : list(members(stamps, 'timestampVerificationData'), 'rfc3161Timestamps', 'timestampVerificationData', LIMITS.timestamps);
  return {
    logEntries: entries.map((item, index) => readLogEntry(item, version, `tlogEntries[${index}]`)),
    timestamps: timestamps.map((item, index) =>
      bytes(members(item, `rfc3161Timestamps[${index}]`), 'signedTimestamp', `rfc3161Timestamps[${index}]`, LIMITS.blobBytes, 'lines'),
    ),
  };
}
