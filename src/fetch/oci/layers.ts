/** The layers of an image, for the question whether they are encrypted. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { ImageFact, LayerFact, LayersFact } from '../../domain/policy/examined-requirement.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { readEncryption } from './layer-encryption.ts';
import { parseManifest } from './manifest.ts';
import type { Descriptor, ImageManifest } from './manifest.ts';
import { examine } from './manifests.ts';
import { IN_TOTO } from './media-types.ts';
import type { ObjectStore } from './object-store.ts';
import type { Reader } from './reader.ts';

/** Images of one index that are read; the limit on entries of an index is far higher, and each costs a request. */
const MOST_IMAGES = 64;

/**
 * Reads the layers of an image, or of every image of an index. Manifests are asked for by digest and hashed; what
 * they say about their layers is the word of whoever built the image. Throws FetchFailure.
 */
export async function readLayers(objects: ObjectStore, reader: Reader, digest: Digest, signal: AbortSignal): Promise<LayersFact> {
  const top = await readOne(objects, reader, digest, signal);
  if ('problem' in top) return { ok: false, problem: top.problem };
  if (top.kind === 'manifest') return { ok: true, images: [{ digest, layers: top.layers.map(toFact) }] };
  // Every entry counts but for statements of the builder, which no runtime could take for an image.
  const children = top.manifests;
  if (children.length > MOST_IMAGES)
    return {
      ok: false,
      problem: {
        code: 'FETCH_INDEX_TOO_LARGE',
        source: reader.repository.name,
        found: `${children.length} images`,
        expected: `at most ${MOST_IMAGES}`,
      },
    };
  const read = await Promise.all(
    children.map(async (entry) => ({ entry, manifest: await readOne(objects, reader, entry.digest, signal) })),
  );
  const images: ImageFact[] = [];
  for (const child of read) {
    if ('problem' in child.manifest) return { ok: false, problem: child.manifest.problem };
    // `examine` has refused an index inside an index.
    if (child.manifest.kind === 'manifest' && !isAttestation(child.entry, child.manifest, children))
      images.push({ digest: child.entry.digest, layers: child.manifest.layers.map(toFact), ...platformOf(child.entry) });
  }
  return { ok: true, images };
}

function platformOf({ platform }: Descriptor): Pick<ImageFact, 'platform'> {
  return platform === undefined ? {} : { platform: `${platform.os}/${platform.architecture}`.slice(0, 64) };
}

const UNKNOWN = 'unknown';

/**
 * True for what BuildKit adds to an index: statements about another entry (buildkit docs/attestations/attestation-storage.md).
 * The annotation is anybody's word, so it counts only where nothing could be run: the entry is for no platform that a node
 * has, and every layer is a statement.
 */
function isAttestation(
  { digest, annotations, platform }: Descriptor,
  { layers, invalid }: ImageManifest,
  all: readonly Descriptor[],
): boolean {
  const about = annotations['vnd.docker.reference.digest'];
  return (
    annotations['vnd.docker.reference.type'] === 'attestation-manifest' &&
    all.some((other) => other.digest === about && other.digest !== digest) &&
    platform?.os === UNKNOWN &&
    platform.architecture === UNKNOWN &&
    layers.length > 0 &&
    invalid === 0 &&
    layers.every(({ mediaType }) => mediaType === IN_TOTO)
  );
}

type Read = ImageManifest | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] } | { readonly problem: FetchProblem };

async function readOne(objects: ObjectStore, reader: Reader, digest: Digest, signal: AbortSignal): Promise<Read> {
  const source = reader.repository.name;
  const bytes = await objects.manifest(reader, digest, signal);
  if (bytes === undefined) return { problem: { code: 'FETCH_NOT_FOUND', source, found: `no manifest ${digest}` } };
  const [problem] = examine(bytes, source);
  if (problem !== undefined) return { problem };
  const parsed = parseManifest(bytes);
  return parsed.kind === 'unusable' ? { problem: { code: 'FETCH_MEDIA_TYPE', source, found: parsed.found } } : parsed;
}

function toFact({ mediaType, digest, annotations }: Descriptor): LayerFact {
  return { mediaType, digest, encryption: readEncryption(annotations) };
}
