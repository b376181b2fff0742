/** The world of a test behind the ports of the engine, in the place of registries: what is not in it does not exist. */
import type { Artifact, ArtifactRef } from '../domain/artifact/artifact.ts';
import { isRevision } from '../domain/artifact/revision.ts';
import type { LayerEncryption, LayersFact } from '../domain/policy/examined-requirement.ts';
import type { DigestResolver, EvidenceSource, FetchProblem } from '../domain/ports.ts';
import type { WorldLayer } from './read/schema.ts';
import { digestOf } from './world/encode.ts';
import type { Held, TestWorld } from './world-of.ts';

/** Reads for whom a layer is encrypted out of its annotations. */
export type ReadEncryption = (annotations: Readonly<Record<string, string>>) => LayerEncryption;

/** The ports. `now` is in epoch milliseconds: all of it was fetched then. */
export function sourceOf(world: TestWorld, now: number, readEncryption: ReadEncryption): EvidenceSource & DigestResolver {
  return {
    open: ({ digest }) => ({
      batches: [{ evidence: world.held(digest)?.evidence ?? [], problems: [] }], fetchedAt: now, next: () => Promise.resolve(undefined),
    }),
    resolve(ref) {
      const held = world.named(ref);
      return Promise.resolve(held === undefined ? { ok: false, problem: missing(ref) } : { ok: true, digest: held.digest });
    },
    diagnose: (artifact) => Promise.resolve(world.held(artifact.digest) === undefined ? [missing(artifact)] : []),
    parentIndex(artifact) {
      const digest = world.indexOf(artifact, artifact.digest)?.digest;
      return Promise.resolve(digest === undefined || isRevision(digest) ? undefined : digest);
    },
    layers: (artifact) => Promise.resolve(layersOf(world, artifact, readEncryption)),
  };
}

function layersOf(world: TestWorld, artifact: Artifact, readEncryption: ReadEncryption): LayersFact {
  const held = world.held(artifact.digest);
  if (held === undefined) return { ok: false, problem: missing(artifact) };
  const images = held.children.length === 0 ? [held] : held.children;
  return { ok: true, images: images.flatMap((image) => imageOf(image, readEncryption)) };
}

function imageOf({ digest, layers }: Held, readEncryption: ReadEncryption) {
  if (isRevision(digest)) return [];
  const facts = layers.map(({ mediaType, annotations = {} }: WorldLayer, index) =>
    ({ mediaType, encryption: readEncryption(annotations), digest: digestOf(String(index)) }));
  return [{ digest, layers: facts }];
}

function missing({ raw }: ArtifactRef): FetchProblem {
  return { code: 'FETCH_NOT_FOUND', source: raw, found: 'nothing of this name in the world of the test' };
}
