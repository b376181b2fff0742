/** Sigstore bundles as clients write them. */
import type { Identity } from './ca.ts';
import { base64, hash, jsonBytes } from './encode.ts';
import { makeSigned } from './evidence.ts';
import type { By, Content, Proofs, Signed } from './evidence.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { KeyType, SigningKey } from './keys.ts';
import { entryJson } from './log/log-entry.ts';
import { cosignSignStatement } from './statement.ts';
import type { InTotoStatement } from './statement.ts';
import type { World } from './world.ts';

export type BundleVersion = '0.1' | '0.2' | '0.3';

/** What the bundle is about. Exactly one: bytes for a message signature, the others for DSSE. */
export interface BundleContent {
  /** Message signature over these bytes (an image: its manifest). */
  readonly artifact?: Uint8Array;
  readonly statement?: InTotoStatement | Uint8Array;
  /** DSSE with the statement `cosign sign` v3 makes about this digest. */
  readonly digest?: Digest;
}

/** Shape of the bundle itself. */
export interface BundleShape {
  readonly version?: BundleVersion;
  /** Media type as written; default: the one that belongs to the version. */
  readonly mediaType?: string;
  /** Key hint; default: base64 SHA-256 of the SPKI, as cosign. */
  readonly hint?: string;
  /** Certificates in `x509CertificateChain` (0.1, 0.2) besides the leaf. */
  readonly withChain?: boolean;
  /** Last word on the JSON, after everything is signed. */
  readonly map?: (bundle: BundleJson) => unknown;
}

/** A bundle as JSON value; members are left open, since forgeries change any of them. */
export interface BundleJson extends Record<string, unknown> {
  readonly mediaType: string;
  readonly verificationMaterial: Readonly<Record<string, unknown>>;
}

export type KeylessOptions = BundleContent & Proofs & BundleShape & { readonly identity: Identity; readonly keyType?: KeyType };
export type KeyOptions = BundleContent & Proofs & BundleShape & { readonly key: SigningKey };

const MEDIA_TYPES: Record<BundleVersion, string> = {
  '0.1': 'application/vnd.dev.sigstore.bundle+json;version=0.1',
  '0.2': 'application/vnd.dev.sigstore.bundle+json;version=0.2',
  '0.3': 'application/vnd.dev.sigstore.bundle.v0.3+json',
};

/** A bundle signed with a short-lived certificate; logged in Rekor v1 unless told otherwise, v2 brings a timestamp along. */
export function keylessBundle(world: World, options: KeylessOptions): Buffer {
  const by = { identity: options.identity, ...(options.keyType && { keyType: options.keyType }) };
  const log = options.log ?? 'v1';
  return bundleBytes(signFor(world, options, by, { ...options, log, tsa: options.tsa ?? log === 'v2' }), options);
}

/** A bundle signed with a long-lived key; not logged and not stamped unless told otherwise. */
export function keyBundle(world: World, options: KeyOptions): Buffer {
  return bundleBytes(signFor(world, options, { key: options.key }, options), options);
}

/** Writes a signature as a Sigstore bundle (sigstore_bundle.proto, JSON mapping). */
export function bundleBytes(signed: Signed, shape: BundleShape = {}): Buffer {
  const bundle: BundleJson = {
    mediaType: shape.mediaType ?? MEDIA_TYPES[shape.version ?? '0.3'],
    verificationMaterial: {
      ...signerJson(signed, shape),
      tlogEntries: signed.entry ? [entryJson(signed.entry)] : [],
      ...(signed.timestamp && { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: base64(signed.timestamp) }] } }),
    },
    ...contentJson(signed),
  };
  return jsonBytes(shape.map?.(bundle) ?? bundle);
}

/** What a bundle's content is, as something to sign. */
export function contentOf(options: BundleContent): Content {
  if (options.artifact) return { message: options.artifact };
  if (options.statement) return { statement: options.statement };
  if (options.digest) return { statement: cosignSignStatement(options.digest) };
  throw new Error('a bundle needs artifact, statement or digest');
}

function signFor(world: World, content: BundleContent, by: By, proofs: Proofs): Signed {
  return makeSigned(world, contentOf(content), by, proofs);
}

function signerJson(signed: Signed, shape: BundleShape): Record<string, unknown> {
  const { certificate } = signed;
  if (certificate === undefined) return { publicKey: { hint: shape.hint ?? signed.key.hint } };
  const rawBytes = base64(certificate.der);
  if ((shape.version ?? '0.3') === '0.3') return { certificate: { rawBytes } };
  const chain = shape.withChain === true ? signed.chain.slice(0, -1).map((issuer) => ({ rawBytes: base64(issuer.der) })) : [];
  return { x509CertificateChain: { certificates: [{ rawBytes }, ...chain] } };
}

function contentJson({ envelope, signed, signature, key }: Signed): Record<string, unknown> {
  if (envelope) return { dsseEnvelope: envelope };
  const algorithm = key.hash ?? 'sha256';
  const messageDigest = { algorithm: algorithm.replace('sha', 'SHA2_'), digest: base64(hash(signed, algorithm)) };
  return { messageSignature: { messageDigest, signature: base64(signature) } };
}
