/** Questions about the artifact itself: where its tag points, whether it is an image, which index lists it. */
import type { Artifact, ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { bytesDigest } from '../../domain/artifact/revision.ts';
import type { Clock, FetchProblem } from '../../domain/ports.ts';
import { FetchFailure, leftEarly } from '../../net/failure.ts';
import { parseManifest } from './manifest.ts';
import type { ManifestBytes } from './manifest.ts';
import { INDEX_TYPES } from './media-types.ts';
import type { ObjectStore } from './object-store.ts';
import type { Reader } from './reader.ts';
import type { RegistryClient } from './registry-client.ts';
import { currentAsker } from '../../flow/asker.ts';
import { createFairMemory } from '../../flow/fair-memory.ts';
import { createFlights } from '../../flow/single-flight.ts';

/** Questions about the artifact itself rather than its evidence. Everything throws FetchFailure. */
export interface Manifests {
  /**
   * The manifest a tag points to now; who asks while the same question is under way shares its answer. Throws what {@link examine}
   * finds: before its digest is believed it must be something that every runtime reads alike.
   */
  byTag(reader: Reader, ref: Pick<ArtifactRef, 'name' | 'tag'>, signal: AbortSignal): Promise<ManifestBytes>;
  /** What is wrong with the artifact's manifest; empty when it is a usable image or index. */
  diagnose(reader: Reader, artifact: Artifact, signal: AbortSignal): Promise<readonly FetchProblem[]>;
  /** Digest of the index that the tag names, when that index lists the artifact. */
  parentIndex(reader: Reader, artifact: Artifact, signal: AbortSignal): Promise<Digest | undefined>;
}

const MOST_CHILDREN = 1000;

/** Reads manifests by tag and digest; a tag is believed for `tagTTL` milliseconds, by default not at all. */
export function createManifests(client: RegistryClient, objects: ObjectStore, clock: Clock, tagTTL: number): Manifests {
  const tags = createFairMemory<{ readonly at: number; readonly manifest: ManifestBytes }>({ entries: 4096, bytes: 32 * 1024 * 1024 });
  const flights = createFlights<ManifestBytes | undefined>(leftEarly);

  async function byTag(
    reader: Reader,
    { name, tag = 'latest' }: Pick<ArtifactRef, 'name' | 'tag'>,
    signal: AbortSignal,
  ): Promise<ManifestBytes> {
    const key = `${name}:${tag}\n${reader.access.key}`;
    const kept = tags.known(key);
    const now = clock.now();
    if (kept !== undefined && now >= kept.at && now - kept.at < tagTTL) return kept.manifest;
    const manifest = await flights.run(key, (shared) => client.manifest(reader, tag, shared), signal);
    if (manifest === undefined)
      throw new FetchFailure({ code: 'FETCH_NOT_FOUND', source: reader.repository.origin.host.text, found: `no tag ${tag} in ${name}` });
    const [problem] = examine(manifest, name);
    if (problem !== undefined) throw new FetchFailure(problem);
    objects.remember(reader, manifest);
    if (tagTTL > 0) tags.keep(key, { at: now, manifest }, manifest.bytes.length + 512, currentAsker().namespace);
    return manifest;
  }

  return {
    byTag,
    async diagnose(reader, artifact, signal) {
      const digest = bytesDigest(artifact.digest);
      const manifest = digest === undefined ? undefined : await objects.manifest(reader, digest, signal);
      if (manifest === undefined) {
        return [
          {
            code: 'FETCH_NOT_FOUND',
            source: reader.repository.origin.host.text,
            found: `no manifest ${artifact.digest} in ${artifact.name}`,
          },
        ];
      }
      return examine(manifest, artifact.name);
    },
    async parentIndex(reader, artifact, signal) {
      if (artifact.tag === undefined || artifact.resolvedFromTag) return undefined;
      const manifest = await byTag(reader, artifact, signal);
      const index = parseManifest(manifest);
      const lists =
        index.kind === 'index' &&
        index.manifests.some(({ digest }) => digest === artifact.digest);
      return lists ? manifest.digest : undefined;
    },
  };
}

/** Problems of a manifest whose bytes are known to be the right ones. Only one level of indexes is allowed (E07). */
export function examine(manifest: ManifestBytes, source: string): readonly FetchProblem[] {
  const parsed = parseManifest(manifest);
  if (parsed.kind === 'unusable') {
    const code = ({ 'media-type': 'FETCH_MEDIA_TYPE', 'invalid': 'FETCH_MANIFEST_INVALID', 'too-many': 'FETCH_INDEX_TOO_LARGE' } as const)[
      parsed.reason
    ];
    return [{ code, source, found: parsed.found, expected: 'an OCI or Docker schema 2 image or index' }];
  }
  if (parsed.kind === 'manifest')
    return parsed.invalid === 0
      ? []
      : [
          {
            code: 'FETCH_MANIFEST_INVALID',
            source,
            found: `${parsed.invalid} layers that are no descriptors`,
            expected: 'a manifest of layers',
          },
        ];
  const count = parsed.manifests.length + parsed.invalid;
  if (count > MOST_CHILDREN)
    return [{ code: 'FETCH_INDEX_TOO_LARGE', source, found: `${count} entries`, expected: `at most ${MOST_CHILDREN}` }];
  if (parsed.invalid > 0)
    return [
      {
        code: 'FETCH_MANIFEST_INVALID',
        source,
        found: `${parsed.invalid} entries that are no descriptors`,
        expected: 'an index of manifests',
      },
    ];
  const nested = parsed.manifests.find(({ mediaType }) => INDEX_TYPES.has(mediaType));
  return nested === undefined
    ? []
    : [{ code: 'FETCH_INDEX_TOO_LARGE', source, found: `an index inside the index (${nested.digest})`, expected: 'an index of manifests' }];
}
