/** Where all parts of fetching come together behind the ports that the engine asks; nothing throws out of it. */
import type { Artifact, ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { bytesDigest } from '../../domain/artifact/revision.ts';
import type {
  DefinitionSource, DigestResolver, EvidenceLookup, EvidencePublisher, EvidenceSource, FetchProblem,
} from '../../domain/ports.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import { createAuthorizer } from '../oci/authorizer.ts';
import { ASKED_ADVICE } from '../../net/words/advice.ts';
import { createBreaker } from '../../net/breaker.ts';
import { createConnections } from '../../net/connections.ts';
import { createCredentialHelpers } from '../credentials/credential-helper.ts';
import { compileElsewhere } from './elsewhere.ts';
import { createEvidenceCache } from './cache.ts';
import type { Sought } from './cache.ts';
import { viewOf } from './state.ts';
import { FetchFailure, problemOf } from '../../net/failure.ts';
import { createHttp } from '../../net/http.ts';
import type { HttpStats } from '../../net/http.ts';
import { createKeychain } from '../credentials/keychain.ts';
import { readBundle } from '../definitions/bundle.ts';
import { readLayers } from '../oci/layers.ts';
import { createManifests } from '../oci/manifests.ts';
import { createObjectStore } from '../oci/object-store.ts';
import { offlineLookup } from '../files/offline.ts';
import { createPolicyArtifacts } from '../policies/artifacts.ts';
import type { PolicyArtifacts } from '../policies/artifacts.ts';
import { createPut } from '../push/put.ts';
import { createPushReferrer } from '../push/referrer.ts';
import { createRegistryWrite } from '../push/registry-write.ts';
import { DEFAULT_CACHE, DEFAULT_LIMITS, withDefaults } from '../../net/options.ts';
import type { FetchOptions } from '../../net/options.ts';
import { createPlaces } from './places.ts';
import { createReaders } from './readers.ts';
import { withCredentialCause, withCredentialProblems } from './unread-credentials.ts';
import { hintAtPlatforms } from './platforms.ts';
import { compileReachability } from '../../net/reachability.ts';
import { createRegistryClient } from '../oci/registry-client.ts';
import { createRegistryGet } from '../oci/registry-get.ts';
import type { Reader } from '../oci/reader.ts';
import { sharedLookup } from '../../net/resolver.ts';
import { createSlots } from '../../net/slots.ts';

/** Counters since the start, and the present size of the evidence cache; for metrics. */
export interface FetchStats {
  readonly requests: number;
  readonly retries: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  /** Hosts that cannot be reached, or of which several repositories fail and none answers. */
  readonly pausedHosts: number;
  /** Repositories that are not asked at this moment because they mostly fail. */
  readonly pausedRepositories: number;
}

/** The evidence source of the server: registries over HTTP, which keep definitions as well. */
export type RegistrySource =
  EvidenceSource & DigestResolver & DefinitionSource & EvidencePublisher & PolicyArtifacts & {
    /** Gives the memory back that evidence takes; what is under way goes on. */
    forget(): void;
    close(): Promise<void>;
    stats(): FetchStats;
  };

/**
 * Fetches evidence from OCI registries (DESIGN §7 and §8, Network and Evidence).
 *
 * Everything returned has been hashed, nothing has been verified. "None there" is an empty batch without
 * problems; "could not look" is a problem whose reason is undetermined. No method throws.
 */
export function createEvidenceSource(options: FetchOptions): RegistrySource {
  const { clock } = options;
  const limits = withDefaults(DEFAULT_LIMITS, options.limits);
  const settings = withDefaults(DEFAULT_CACHE, options.cache);
  const counters: HttpStats = { requests: 0, retries: 0 };
  const elsewhere = compileElsewhere(options.evidenceSources ?? []);
  const reachability = compileReachability(
    { registries: options.registries ?? [], plainHttp: options.plainHttp ?? [], alsoLiteral: elsewhere.hosts },
    options.literalHosts ?? (() => new Set()),
  );
  const advice = options.advice ?? ASKED_ADVICE;
  const connections = createConnections(options.lookup ?? sharedLookup(), limits, options.proxy, advice);
  const breaker = createBreaker(clock);
  const http = createHttp({
    connections,
    breaker,
    slots: createSlots(limits.concurrency),
    limits,
    userAgent: options.userAgent ?? 'gatehouse',
    stats: counters,
    advice,
  });
  const authorizer = createAuthorizer(http, reachability, clock);
  const client = createRegistryClient(createRegistryGet({ http, authorizer, reachability, limits, clock, advice }), limits, advice);
  const write = createRegistryWrite(http, authorizer, limits);
  const pushReferrer = createPushReferrer(client, write);
  const objects = createObjectStore(client, Math.floor(settings.maxBytes / 4));
  const manifests = createManifests(client, objects, clock, settings.tagTTL);
  const cache = createEvidenceCache(createPlaces(client, objects, limits), clock, settings);
  const helpers = createCredentialHelpers({ folder: options.helperDir, environment: options.helperEnv ?? {} }, clock);
  const keychain = createKeychain({ pullSecrets: options.pullSecrets, dockerAuths: options.dockerAuths, helpers });
  // Reading secrets may not take longer than a request to a registry; without any there is nothing to wait for.
  const timeout = options.pullSecrets === undefined ? undefined : limits.requestTimeout;
  const readers = createReaders({ reachability, keychain, elsewhere, timeout });

  async function resolve(ref: ArtifactRef, scope: PullScope, signal: AbortSignal): ReturnType<DigestResolver['resolve']> {
    if (ref.digest !== undefined) return { ok: true, digest: ref.digest };
    let reader: Reader | undefined;
    try {
      reader = await readers.of(ref.name, scope, signal);
      if (reader.repository.origin.scheme === 'http' && WITH_TLS.test(ref.raw)) return { ok: false, problem: otherPort(ref.raw) };
      const manifest = await manifests.byTag(reader, ref, signal);
      return { ok: true, digest: manifest.digest };
    } catch (error) {
      return { ok: false, problem: withCredentialCause(problemOf(error, ref.name), reader) };
    }
  }

  /** What the images of an index have; a hint that fails must not make an answer of something else. */
  async function ofPlatforms(reader: Reader, artifact: Artifact, signal: AbortSignal): Promise<readonly FetchProblem[]> {
    const index = await objects.manifest(reader, imageDigest(artifact), signal);
    const hasEvidence = async (digest: Digest): Promise<boolean> => {
      const state = cache.state({ digest, readers: [reader] }, false);
      for (let at = 0; ; at += 1) {
        const batch = await state.batchAt(at, signal);
        if (batch === undefined || batch.evidence.length > 0) return batch !== undefined;
      }
    };
    return hintAtPlatforms(index, hasEvidence).catch(() => []);
  }

  async function diagnose(artifact: Artifact, scope: PullScope, signal: AbortSignal): Promise<readonly FetchProblem[]> {
    let reader: Reader | undefined;
    try {
      reader = await readers.of(artifact.name, scope, signal);
      const problems = await manifests.diagnose(reader, artifact, signal);
      return problems.length > 0 ? problems : await ofPlatforms(reader, artifact, signal);
    } catch (error) {
      return [withCredentialCause(problemOf(error, artifact.name), reader)];
    }
  }

  return {
    resolve,
    diagnose,
    open(artifact, scope, { fresh = false } = {}) {
      const view = (all: Sought['readers']): EvidenceLookup =>
        viewOf(cache.state({ digest: imageDigest(artifact), readers: all }, fresh), (batch) => withCredentialProblems(batch, all));
      const failed = (error: unknown): EvidenceLookup =>
        offlineLookup({ evidence: [], problems: [problemOf(error, artifact.name)] }, clock.now());
      try {
        const ready = readers.ready(artifact.name, scope);
        return ready === undefined ? readers.inTime(artifact.name, scope).then(view).catch(failed) : view(ready);
      } catch (error) {
        return failed(error);
      }
    },
    async parentIndex(artifact, scope, signal) {
      try {
        return await manifests.parentIndex(await readers.of(artifact.name, scope, signal), artifact, signal);
      } catch {
        return undefined;
      }
    },
    async manifest(artifact, scope, signal) {
      return (await objects.manifest(await readers.of(artifact.name, scope, signal), imageDigest(artifact), signal))?.bytes;
    },
    async layers(artifact, scope, signal) {
      try {
        return await readLayers(objects, await readers.of(artifact.name, scope, signal), imageDigest(artifact), signal);
      } catch (error) {
        return { ok: false, problem: problemOf(error, artifact.name) };
      }
    },
    async bundle(ref, entry, scope, signal) {
      const digest = ref.digest === undefined ? undefined : bytesDigest(ref.digest);
      if (digest === undefined)
        return { ok: false, problem: { code: 'FETCH_NOT_FOUND', source: ref.raw, found: 'a bundle without digest' } };
      try {
        return await readBundle(objects, await readers.of(ref.name, scope, signal), { ...ref, digest }, entry, signal);
      } catch (error) {
        return { ok: false, problem: problemOf(error, ref.name) };
      }
    },
    async publish(artifact, { text, predicateType }, signal) {
      try {
        const subject = imageDigest(artifact);
        const writer: Reader = { ...(await readers.of(artifact.name, OWN, signal)), writes: true };
        const digest = await pushReferrer(writer, { subject, text, predicateType }, signal);
        cache.forget(subject);
        return { ok: true, digest };
      } catch (error) {
        return { ok: false, problem: problemOf(error, artifact.name) };
      }
    },
    ...createPolicyArtifacts(objects, createPut(client, write), (name, signal) => readers.of(name, OWN, signal)),
    forget() {
      cache.clear();
      objects.clear();
    },
    async close() {
      cache.close();
      await connections.close();
    },
    stats: () => ({
      ...counters,
      cacheHits: cache.hits,
      cacheMisses: cache.misses,
      cacheEntries: cache.size,
      cacheBytes: cache.bytes,
      pausedHosts: breaker.pausedHosts,
      pausedRepositories: breaker.pausedRepositories,
    }),
  };
}

/** What we write is written with what was given to the server, never with pull secrets of others. */
const OWN: PullScope = { namespace: '', serviceAccount: '', pullSecrets: [], credentials: 'own' };

/** Registries know content by the digest of its bytes; a commit is nothing that one could have. */
function imageDigest({ digest, raw }: Artifact): Digest {
  const bytes = bytesDigest(digest);
  if (bytes === undefined) throw new FetchFailure({ code: 'FETCH_NOT_FOUND', source: raw, found: 'a commit, which no registry of images has' });
  return bytes;
}

/** A reference that asks for port 443. */
const WITH_TLS = /^[^/]+:443\//;

/** Names have no `:443`, as https has it; with a registry of plain HTTP it is another port, where other images may answer to the tag. */
function otherPort(source: string): FetchProblem {
  return {
    code: 'INPUT_IMAGE_INVALID',
    source,
    cause: 'this registry is configured for plain HTTP, and port 443 of it is another one',
    fix: 'write the registry without :443, or name the image by its digest',
  };
}
