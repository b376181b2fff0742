import type { TestRegistry } from '../registry.ts';
import { sha256 } from './store.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';

/** A layer to be attached; text is sent as UTF-8. */
export interface LayerContent {
  readonly mediaType: string;
  readonly content: Uint8Array | string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a referrer looks like. */
export interface ReferrerContent {
  readonly artifactType: string;
  readonly layers: readonly LayerContent[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The subject written into the manifest, when it is to be another one than it is attached to. */
  readonly claims?: string;
}

interface PushedDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Pushes a small image whose digest depends on `seed`; returns the digest. */
export function pushImage(registry: TestRegistry, repository: string, tag: string, seed = tag): string {
  const config = pushLayer(registry, repository, { mediaType: 'application/vnd.oci.image.config.v1+json', content: JSON.stringify({ architecture: 'amd64', os: 'linux', seed }) });
  const layer = pushLayer(registry, repository, { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', content: `layer of ${seed}` });
  return registry.pushManifest(repository, tag, { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] });
}

/** Pushes an index over manifests that are in the repository already; returns its digest. */
export function pushIndex(registry: TestRegistry, repository: string, tag: string, children: readonly string[]): string {
  const manifests = children.map((digest) => {
    const child = registry.store.getManifest(repository, digest);
    return { mediaType: child?.mediaType ?? OCI_MANIFEST, digest, size: child?.bytes.length ?? 0, platform: { architecture: 'amd64', os: 'linux' } };
  });
  return registry.pushManifest(repository, tag, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
}

/**
 * Attaches evidence as an OCI 1.1 referrer, as cosign 3 and GitHub do; when the registry has no referrers API, the
 * fallback tag is kept up to date as well. Returns the digest of the referring manifest.
 */
export function attachReferrer(registry: TestRegistry, repository: string, subject: string, referrer: ReferrerContent): string {
  const target = registry.store.getManifest(repository, subject);
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: referrer.artifactType,
    config: pushLayer(registry, repository, { mediaType: EMPTY, content: '{}' }),
    layers: referrer.layers.map((layer) => pushLayer(registry, repository, layer)),
    subject: { mediaType: target?.mediaType ?? OCI_MANIFEST, digest: referrer.claims ?? subject, size: target?.bytes.length ?? 0 },
    ...(referrer.annotations === undefined ? {} : { annotations: referrer.annotations }),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = registry.pushManifest(repository, sha256(bytes), bytes);
  if (!registry.referrersApi) addToFallback(registry, repository, subject, digest, referrer.artifactType);
  return digest;
}

/** Adds a manifest to the index under the fallback tag `sha256-<hex>` (distribution-spec, referrers tag schema). */
export function addToFallback(registry: TestRegistry, repository: string, subject: string, digest: string, artifactType: string): void {
  const tag = subject.replace(':', '-').slice(0, 71);
  const present = registry.store.getManifest(repository, tag);
  const index = present === undefined ? { manifests: [] } : (JSON.parse(Buffer.from(present.bytes).toString('utf8')) as { manifests: object[] });
  const size = registry.store.getManifest(repository, digest)?.bytes.length ?? 0;
  const manifests = [...index.manifests, { mediaType: OCI_MANIFEST, digest, size, artifactType }];
  registry.pushManifest(repository, tag, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
}

/** Attaches evidence the way cosign 1 and 2 do: one layer per piece under `sha256-<hex>.sig` or `.att`, after those present. */
export function attachCosignTag(registry: TestRegistry, repository: string, subject: string, suffix: 'sig' | 'att', layers: readonly LayerContent[]): string {
  const tag = `${subject.replace(':', '-')}.${suffix}`;
  const present = registry.store.getManifest(repository, tag);
  const earlier = present === undefined ? [] : (JSON.parse(Buffer.from(present.bytes).toString('utf8')) as { layers: PushedDescriptor[] }).layers;
  const config = pushLayer(registry, repository, { mediaType: 'application/vnd.oci.image.config.v1+json', content: '{"rootfs":{"type":"layers","diff_ids":[]}}' });
  const pushed = layers.map((layer) => pushLayer(registry, repository, layer));
  return registry.pushManifest(repository, tag, { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [...earlier, ...pushed] });
}

function pushLayer(registry: TestRegistry, repository: string, { mediaType, content, annotations }: LayerContent): PushedDescriptor {
  const bytes = Buffer.from(content);
  const digest = registry.pushBlob(repository, bytes);
  return { mediaType, digest, size: bytes.length, ...(annotations === undefined ? {} : { annotations }) };
}
