import type { Digest } from '../../src/domain/artifact/digest.ts';
import { base64, jsonBytes, rfc3339 } from './encode.ts';
import { makeSigned } from './evidence.ts';
import type { By, Proofs, Signed } from './evidence.ts';
import { MEDIA_TYPES, blob, describe, pushable } from './image.ts';
import type { Descriptor, Pushable } from './image.ts';
import { legacyTag } from './push.ts';
import { COSIGN_SIGN_TYPE } from './statement.ts';
import type { InTotoStatement } from './statement.ts';
import type { World } from './world.ts';

/** The image that is signed: digest, media type and size as registries know them, and the name signed for. */
export interface Subject {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifest: Buffer;
}

/** One layer of a legacy manifest: a payload and its annotations. */
export interface Layer {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a simple-signing payload says. */
export interface SimpleSigning {
  readonly digest: Digest;
  /** `docker-reference`: the repository, with host. */
  readonly reference: string;
  readonly type?: string;
  readonly optional?: Readonly<Record<string, unknown>> | null;
}

const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const DSSE = 'application/vnd.dsse.envelope.v1+json';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') };
const EXPERIMENTAL = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const BUNDLE_V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** The payload `cosign sign` signs (SIGNATURE_SPEC.md). */
export function simpleSigningPayload(says: SimpleSigning): Buffer {
  return jsonBytes({
    critical: {
      identity: { 'docker-reference': says.reference },
      image: { 'docker-manifest-digest': says.digest },
      type: says.type ?? 'cosign container image signature',
    },
    optional: says.optional ?? null,
  });
}

/** One cosign v2 signature: a simple-signing payload with signature, certificate, log bundle and timestamp beside it. */
export function simpleSigningLayer(world: World, says: SimpleSigning | Buffer, by: By, proofs: Proofs = {}): Layer {
  const bytes = Buffer.isBuffer(says) ? says : simpleSigningPayload(says);
  const signed = makeSigned(world, { message: bytes }, by, legacyProofs(by, proofs));
  return { mediaType: SIMPLE_SIGNING, bytes, annotations: { 'dev.cosignproject.cosign/signature': base64(signed.signature), ...materialAnnotations(signed) } };
}

/** One cosign v2 attestation: a DSSE envelope; the log entry is `intoto` 0.0.2 unless told otherwise. */
export function attestationLayer(world: World, statement: InTotoStatement, by: By, proofs: Proofs = {}): Layer {
  const signed = makeSigned(world, { statement }, by, { logKind: 'intoto/0.0.2', ...legacyProofs(by, proofs) });
  const annotations = { 'dev.cosignproject.cosign/signature': '', predicateType: statement.predicateType, ...materialAnnotations(signed) };
  return { mediaType: DSSE, bytes: jsonBytes(signed.envelope), annotations };
}

/** The manifest behind `sha256-<hex>.sig`: one layer per signature. */
export function legacySignatures(subject: Digest, layers: readonly Layer[]): Pushable {
  return { ...layered(layers), tag: legacyTag(subject, 'sig') };
}

/** The manifest behind `sha256-<hex>.att`: one layer per attestation. */
export function legacyAttestations(subject: Digest, layers: readonly Layer[]): Pushable {
  return { ...layered(layers), tag: legacyTag(subject, 'att') };
}

/** The layout of `COSIGN_EXPERIMENTAL` v2: the same layers as a referrer (OCI 1.1). */
export function experimentalSignatures(subject: Subject, layers: readonly Layer[]): Pushable {
  return referrer(subject, { artifactType: EXPERIMENTAL, config: { mediaType: EXPERIMENTAL, bytes: EMPTY.bytes }, layers });
}

/** DSSE layers with the legacy annotations as a referrer of type `application/vnd.in-toto+json` (cosign, 2026). */
export function attestationReferrer(subject: Subject, layers: readonly Layer[]): Pushable {
  return referrer(subject, { artifactType: 'application/vnd.in-toto+json', config: EMPTY, layers });
}

/**
 * A bundle as a referrer, the layout of cosign v3 and of GitHub attestations (BUNDLE_SPEC.md). `mediaType` is the
 * bundle's; older bundles are stored under their own. `content` and `predicateType` are hints for humans.
 */
export function bundleReferrer(subject: Subject, bundle: Buffer, options: { readonly mediaType?: string; readonly predicateType?: string; readonly at?: number } = {}): Pushable {
  const mediaType = options.mediaType ?? bundleMediaType(bundle);
  const annotations = {
    'org.opencontainers.image.created': rfc3339(options.at ?? 0),
    'dev.sigstore.bundle.content': isEnvelope(bundle) ? 'dsse-envelope' : 'message-signature',
    'dev.sigstore.bundle.predicateType': options.predicateType ?? COSIGN_SIGN_TYPE,
  };
  return referrer(subject, { artifactType: mediaType, config: EMPTY, layers: [{ mediaType, bytes: bundle, annotations: {} }], annotations });
}

/** Annotations that carry certificate, chain, log entry and timestamp in the legacy layouts. */
export function materialAnnotations(signed: Signed): Record<string, string> {
  const { certificate, chain, entry, timestamp } = signed;
  return {
    ...(certificate && { 'dev.sigstore.cosign/certificate': certificate.pem, 'dev.sigstore.cosign/chain': chain.map((issuer) => issuer.pem).join('') }),
    ...(entry && { 'dev.sigstore.cosign/bundle': rekorBundle(entry) }),
    ...(timestamp && { 'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: base64(timestamp) }) }),
  };
}

// The SET and what it signs; cosign v2 keeps no inclusion proof in the registry.
function rekorBundle(entry: NonNullable<Signed['entry']>): string {
  return JSON.stringify({
    SignedEntryTimestamp: entry.promise ? base64(entry.promise) : '',
    Payload: { body: base64(entry.body), integratedTime: entry.integratedTime, logIndex: entry.logIndex, logID: entry.logId.toString('hex') },
  });
}

function legacyProofs(by: By, proofs: Proofs): Proofs {
  return { ...proofs, log: proofs.log ?? ('key' in by ? 'none' : 'v1') };
}

function layered(layers: readonly Layer[]): Pushable {
  const blobs = layers.map((layer) => blob(layer.bytes));
  const config = jsonBytes({ architecture: '', created: '0001-01-01T00:00:00Z', os: '', rootfs: { type: 'layers', diff_ids: blobs.map((layer) => layer.digest) }, config: {} });
  return pushable(MEDIA_TYPES.oci.manifest, [blob(config), ...blobs], {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.manifest,
    config: describe(MEDIA_TYPES.oci.config, config),
    layers: layers.map(layerJson),
  });
}

interface ReferrerParts {
  readonly artifactType: string;
  readonly config: { readonly mediaType: string; readonly bytes: Buffer };
  readonly layers: readonly Layer[];
  readonly annotations?: Readonly<Record<string, string>>;
}

function referrer(to: Subject, { artifactType, config, layers, annotations }: ReferrerParts): Pushable {
  const subject = { mediaType: to.mediaType, digest: to.digest, size: to.manifest.byteLength };
  const thing = pushable(MEDIA_TYPES.oci.manifest, [blob(config.bytes), ...layers.map((layer) => blob(layer.bytes))], {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.manifest,
    artifactType,
    config: describe(config.mediaType, config.bytes),
    layers: layers.map(layerJson),
    subject,
    ...(annotations && { annotations }),
  });
  return { ...thing, subject, artifactType, ...(annotations && { annotations }) };
}

function layerJson({ mediaType, bytes, annotations }: Layer): Descriptor {
  return { ...describe(mediaType, bytes), ...(Object.keys(annotations).length > 0 && { annotations }) };
}

function bundleMediaType(bundle: Buffer): string {
  const { mediaType } = JSON.parse(bundle.toString('utf8')) as { mediaType?: string };
  return mediaType ?? BUNDLE_V03;
}

function isEnvelope(bundle: Buffer): boolean {
  return bundle.includes('"dsseEnvelope"');
}
