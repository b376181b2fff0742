import { randomBytes } from 'node:crypto';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { digestOf, jsonBytes, seededBytes } from './encode.ts';

/** Bytes stored under their digest. */
export interface Blob {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

/** OCI content descriptor (image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Readonly<Record<string, string>>;
}

/** Something that can be pushed: a manifest and the blobs it names. `subject` marks a referrer, `tag` a fixed tag. */
export interface Pushable {
  readonly manifest: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly blobs: readonly Blob[];
  readonly tag?: string;
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Manifests that must be there first (the children of an index). */
  readonly children?: readonly Pushable[];
}

/** How an image differs from a random one-layer linux/amd64 OCI image. */
export interface ImageOptions {
  /** The same seed gives the same digest; absent: random. */
  readonly seed?: string;
  readonly format?: 'oci' | 'docker';
  readonly architecture?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly layers?: number;
}

const OCI_TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

const DOCKER_TYPES = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** Media types of manifest, index, config and layer in both families. */
export const MEDIA_TYPES = { oci: OCI_TYPES, docker: DOCKER_TYPES } as const;

/** A minimal image. Its layers are not real archives: nothing here unpacks them. */
export function makeImage(options: ImageOptions = {}): Pushable {
  const types = MEDIA_TYPES[options.format ?? 'oci'];
  const seed = options.seed ?? randomBytes(16).toString('hex');
  const layers = Array.from({ length: options.layers ?? 1 }, (_, i) => blob(seededBytes(`${seed}/layer/${i}`, 256)));
  const config = blob(
    jsonBytes({
      architecture: options.architecture ?? 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/app'], Labels: { seed, ...options.labels } },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    }),
  );
  return pushable(types.manifest, [config, ...layers], {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: describe(types.config, config.bytes),
    layers: layers.map((layer) => describe(types.layer, layer.bytes)),
    ...(options.annotations && { annotations: options.annotations }),
  });
}

/** Options of an index: its children, or the architectures to make them for (default amd64 and arm64). */
export interface IndexOptions extends ImageOptions {
  readonly children?: readonly Pushable[];
  readonly architectures?: readonly string[];
}

/** A multi-platform index with its children. */
export function makeIndex(options: IndexOptions = {}): Pushable & { readonly children: readonly Pushable[] } {
  const types = MEDIA_TYPES[options.format ?? 'oci'];
  const architectures = options.architectures ?? ['amd64', 'arm64'];
  const seed = options.seed ?? randomBytes(16).toString('hex');
  const children =
    options.children ??
    architectures.map((architecture) => makeImage({ ...options, seed: `${seed}/${architecture}`, architecture }));
  const manifests = children.map((child, i) => ({
    ...descriptorOf(child),
    platform: { architecture: architectures[i] ?? `variant${i}`, os: 'linux' },
  }));
  const index = pushable(types.index, [], { schemaVersion: 2, mediaType: types.index, manifests });
  return { ...index, children };
}

/** The descriptor by which others refer to this manifest. */
export function descriptorOf(thing: Pick<Pushable, 'mediaType' | 'digest' | 'manifest'>): Descriptor {
  return { mediaType: thing.mediaType, digest: thing.digest, size: thing.manifest.byteLength };
}

/** A blob under its own digest. */
export function blob(bytes: Buffer): Blob {
  return { digest: digestOf(bytes), bytes };
}

/** Descriptor of some bytes. */
export function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

/** A manifest value serialised once; its digest is over exactly these bytes. */
export function pushable(mediaType: string, blobs: readonly Blob[], manifest: unknown): Pushable {
  const bytes = jsonBytes(manifest);
  return { manifest: bytes, mediaType, digest: digestOf(bytes), blobs };
}
