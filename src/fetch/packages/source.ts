/** Evidence of packages from their ecosystems, behind the ports that the engine asks; nothing throws out of it. */
import type { Artifact, ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { IndexEntry, IndexFact, IndexQuestion } from '../../domain/artifact/package-index.ts';
import { parsePackageUrl } from '../../domain/artifact/package-url.ts';
import type { PackageUrl } from '../../domain/artifact/package-url.ts';
import { bytesDigest } from '../../domain/artifact/revision.ts';
import type { DigestResolver, EvidenceBatch, EvidenceLookup, EvidenceSource, FetchProblem, Resolution } from '../../domain/ports.ts';
import { FetchFailure, problemOf } from '../../net/failure.ts';
import { DEFAULT_CACHE, withDefaults } from '../../net/options.ts';
import type { CacheSettings } from '../../net/options.ts';
import { offlineLookup } from '../files/offline.ts';
import { createPackageHttp } from './ask.ts';
import type { AskOptions } from '../asker.ts';
import type { EcosystemAddress } from './ask.ts';
import type { AskEcosystem, Ecosystem, EcosystemName } from './ecosystem.ts';
import { createKept, worthOfBatch, worthOfEntry } from './kept.ts';
import type { Kept } from './kept.ts';
import { notConfigured, silentType } from './missing.ts';
import { ECOSYSTEM } from './table.ts';

/** Everything the source needs; what is left out has the defaults of the room. */
export interface PackageOptions extends AskOptions {
  /** At most one address of each ecosystem. */
  readonly ecosystems: readonly EcosystemAddress[];
  readonly cache?: Partial<CacheSettings> | undefined;
}

/** Counters since the start, and what is kept now; for metrics. */
export interface PackageStats {
  readonly requests: number;
  readonly retries: number;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
}

/** The source of packages, with what an index says of them. */
export interface PackageSource extends EvidenceSource, DigestResolver {
  index(artifact: Artifact, question: IndexQuestion, signal: AbortSignal): Promise<IndexFact>;
  knownIndex(artifact: Artifact, question: IndexQuestion): IndexFact | undefined;
  /** Gives the memory back that answers take; what is under way goes on. */
  forget(): void;
  close(): Promise<void>;
  stats(): PackageStats;
}

interface Configured {
  readonly ecosystem: Ecosystem;
  readonly ask: AskEcosystem;
  readonly key: string;
}

/**
 * Asks ecosystems for evidence of packages. What is found has been verified by nobody; "none there" is an empty batch without problems,
 * and "could not look", or an ecosystem that is not configured, a problem whose reason is undetermined.
 */
export function createPackageSource(options: PackageOptions): PackageSource {
  const { clock } = options;
  const http = createPackageHttp(options);
  const settings = withDefaults(DEFAULT_CACHE, options.cache);
  const half = { ...settings, maxBytes: Math.max(1, Math.floor(settings.maxBytes / 2)) };
  const batches = createKept<EvidenceBatch>(half, clock, worthOfBatch);
  const entries = createKept<IndexEntry | 'none'>(half, clock, worthOfEntry);
  const configured = new Map<string, Configured>(options.ecosystems.map((address) =>
    [address.ecosystem, { ecosystem: ECOSYSTEM[address.ecosystem], ask: http.at(address), key: `${address.ecosystem} ${address.url}` }]));

  /** Where a package is asked for; throws a FetchFailure when nowhere. */
  function placeOf(name: string): { readonly url: PackageUrl } & Configured {
    const read = parsePackageUrl(name);
    if (!read.ok) throw new FetchFailure({ code: 'INPUT_ARTIFACT_INVALID', source: name, cause: `the package URL ${read.problem}` });
    const found = configured.get(read.value.type);
    if (found === undefined) throw new FetchFailure(missing(read.value));
    return { url: read.value, ...found };
  }

  function open(artifact: Artifact, fresh: boolean): EvidenceLookup {
    try {
      const digest = bytesDigest(artifact.digest);
      if (digest === undefined) return offlineLookup(NOTHING, 0);
      const { url, ecosystem, ask, key } = placeOf(artifact.name);
      const named = `${key} ${url.name} ${digest}`;
      const known = batches.known(named, fresh);
      if (known !== undefined) return offlineLookup(known.value, known.at);
      return new Pending(clock.now(), (signal) =>
        batches.ask(named, (shared) => ecosystem.evidence({ url, digest }, ask, shared)
          .catch((error: unknown): EvidenceBatch => ({ evidence: [], problems: [problemOf(error, url.name)] })), signal)
          .catch((error: unknown) => ({ value: { evidence: [], problems: [problemOf(error, url.name)] }, at: clock.now() })));
    } catch (error) {
      return offlineLookup({ evidence: [], problems: [problemOf(error, artifact.name)] }, clock.now());
    }
  }

  async function entryOf(name: string, question: IndexQuestion, signal: AbortSignal): Promise<IndexEntry | undefined> {
    const place = placeOf(name);
    const { url, ecosystem, ask } = place;
    const named = keyOf(place, question);
    const kept = entries.known(named)
      ?? (await entries.ask(named, async (shared) => (await ecosystem.index(url, question, ask, shared)) ?? 'none', signal));
    return kept.value === 'none' ? undefined : kept.value;
  }

  async function index(artifact: Artifact, question: IndexQuestion, signal: AbortSignal): Promise<IndexFact> {
    try {
      const entry = await entryOf(artifact.name, ofFile(question, artifact), signal);
      return entry === undefined ? { ok: false, problem: unlisted(artifact.name) } : { ok: true, entry };
    } catch (error) {
      return { ok: false, problem: problemOf(error, artifact.name) };
    }
  }

  function knownIndex(artifact: Artifact, question: IndexQuestion): IndexFact | undefined {
    const { name } = artifact;
    try {
      const kept = entries.known(keyOf(placeOf(name), ofFile(question, artifact)));
      if (kept === undefined) return undefined;
      return kept.value === 'none' ? { ok: false, problem: unlisted(name) } : { ok: true, entry: kept.value };
    } catch (error) {
      return { ok: false, problem: problemOf(error, name) };
    }
  }

  async function resolve(ref: ArtifactRef, signal: AbortSignal): Promise<Resolution> {
    if (ref.digest !== undefined) return { ok: true, digest: ref.digest };
    try {
      const entry = await entryOf(ref.name, { history: false }, signal);
      const [digest, ...others] = entry?.digests ?? [];
      if (entry === undefined) return { ok: false, problem: unlisted(ref.name) };
      if (digest !== undefined && others.length === 0) return { ok: true, digest };
      return { ok: false, problem: ambiguous(ref.name, entry.digests.length) };
    } catch (error) {
      return { ok: false, problem: problemOf(error, ref.name) };
    }
  }

  return {
    open: (artifact, _scope, { fresh = false } = {}) => open(artifact, fresh),
    diagnose: () => Promise.resolve([]),
    parentIndex: () => Promise.resolve(undefined),
    resolve: (ref, _scope, signal) => resolve(ref, signal),
    index,
    knownIndex,
    forget() {
      batches.clear();
      entries.clear();
    },
    close: () => http.close(),
    stats: () => ({
      ...http.stats,
      cacheEntries: batches.entries + entries.entries,
      cacheBytes: batches.bytes + entries.bytes,
    }),
  };
}

function keyOf({ key, url }: Pick<Configured, 'key'> & { readonly url: PackageUrl }, { history, digest }: IndexQuestion): string {
  return `${key} ${url.name} ${history ? `history ${digest ?? ''}` : 'version'}`;
}

/** The history is that of the file in question; everything else an index says of a version as a whole. */
function ofFile(question: IndexQuestion, artifact: Artifact): IndexQuestion {
  const digest = question.history ? bytesDigest(artifact.digest) : undefined;
  return digest === undefined ? question : { ...question, digest };
}

const NOTHING: EvidenceBatch = { evidence: [], problems: [] };

function missing(url: PackageUrl): FetchProblem {
  return Object.hasOwn(ECOSYSTEM, url.type) ? notConfigured(url.type as EcosystemName) : silentType(url);
}

function unlisted(name: string): FetchProblem {
  return { code: 'FETCH_NOT_FOUND', source: name, found: 'no such version', cause: 'the index of its ecosystem does not list it' };
}

function ambiguous(source: string, count: number): FetchProblem {
  return {
    code: 'INPUT_DIGEST_MISSING', source, found: count === 0 ? 'a version without a digest' : `${count} files of this version`,
    expected: 'one digest', cause: 'nothing says which content is meant',
  };
}

/** A look-up that asks when somebody waits for it. A class, since accessors in literals cost (ADR 0003). */
class Pending implements EvidenceLookup {
  readonly #ask: (signal: AbortSignal) => Promise<Kept<EvidenceBatch>>;
  #asked: Promise<Kept<EvidenceBatch>> | undefined;
  #batches: readonly EvidenceBatch[] = [];
  #fetchedAt: number;

  constructor(now: number, ask: (signal: AbortSignal) => Promise<Kept<EvidenceBatch>>) {
    this.#fetchedAt = now;
    this.#ask = ask;
  }

  get batches(): readonly EvidenceBatch[] {
    return this.#batches;
  }

  get fetchedAt(): number {
    return this.#fetchedAt;
  }

  async next(signal: AbortSignal): Promise<EvidenceBatch | undefined> {
    if (this.#asked !== undefined) {
      await this.#asked;
      return undefined;
    }
    const { value, at } = await (this.#asked = this.#ask(signal));
    this.#batches = [value];
    this.#fetchedAt = at;
    return value;
  }
}
