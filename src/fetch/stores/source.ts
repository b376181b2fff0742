/** Stores of evidence that are asked about artifacts of every kind; what they gave is kept, and nothing throws out of it. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import { canonicalRepository } from '../../domain/artifact/registry-host.ts';
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';
import { isRetryable, problemOf } from '../../net/failure.ts';
import { DEFAULT_CACHE, withDefaults } from '../../net/options.ts';
import type { CacheSettings } from '../../net/options.ts';
import { matcher } from '../evidence/elsewhere.ts';
import { createKept, worthOfBatch } from '../packages/kept.ts';
import type { Kept } from '../packages/kept.ts';
import type { AskOptions } from '../asker.ts';
import { createStoreHttp } from './ask.ts';
import type { StoreHttp } from './ask.ts';
import type { FindEvidence, OpenStore } from './store.ts';
import { finderOf } from './table.ts';
import type { StorePlace } from './table.ts';
import { wayTo } from './github/way.ts';
import { metered } from './within.ts';

/** Everything the stores need; what is left out has the defaults of the room. */
export interface StoreOptions extends AskOptions {
  readonly stores: readonly StorePlace[];
  readonly cache?: Partial<CacheSettings> | undefined;
}

/** Counters since the start, and what is kept now; for metrics. */
export interface StoreStats {
  readonly requests: number;
  readonly retries: number;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
}

/** One store for one artifact. Neither throws. */
export interface StoreLookup {
  /** What is kept of it and young enough. */
  known(fresh: boolean): Kept<EvidenceBatch> | undefined;
  ask(signal: AbortSignal): Promise<Kept<EvidenceBatch>>;
}

/** The stores of the configuration. */
export interface EvidenceStores {
  /** Those that are asked about this artifact. */
  for(artifact: Artifact): readonly StoreLookup[];
  /** Gives the memory back that answers take; what is under way goes on. */
  forget(): void;
  close(): Promise<void>;
  stats(): StoreStats;
}

interface Opened {
  readonly key: string;
  readonly store: OpenStore;
  readonly find: FindEvidence;
  readonly about: (name: string) => boolean;
  readonly conceal: (text: string) => string;
}

/** One look-up, all of its pages and pieces. */
const MOST_MS = 30_000;
const REFRESH_FROM = 0.8;
const REFRESH_AGAIN = 0.05;

/**
 * Opens the stores; nothing is sent yet. What was found is kept for `evidenceTTL` and asked for again in the background from 80 % of
 * it on, that there is nothing for `absenceTTL`, and what could not be said not at all.
 */
export function createEvidenceStores(options: StoreOptions): EvidenceStores {
  const { clock } = options;
  const settings = withDefaults(DEFAULT_CACHE, options.cache);
  const http = createStoreHttp(options);
  const batches = createKept<EvidenceBatch>(settings, clock, worthOfBatch);
  const opened = options.stores.map((place, index) => open(place, index, http));
  const refreshed = new WeakMap<Kept<EvidenceBatch>, number>();
  const closing = new AbortController();

  function lookUp({ key, store, find, conceal }: Opened, { kind, name, digest }: Artifact): StoreLookup {
    // A line break parts the name of the store, which messages of an early leaver show, from what is asked.
    const named = `${store.label}\n${JSON.stringify([key, kind, name, digest])}`;
    const ask = (signal: AbortSignal): Promise<Kept<EvidenceBatch>> =>
      batches.ask(named, (shared) => find({ kind, name, digest }, bounded(store), AbortSignal.any([shared, AbortSignal.timeout(MOST_MS)]))
        .catch((error: unknown) => failed(error, store.label)).then((batch) => told(batch, store.label, conceal)), signal)
        .catch((error: unknown) => ({ value: told(failed(error, store.label), store.label, conceal), at: clock.now() }));
    return {
      known(fresh) {
        const one = batches.known(named, fresh);
        if (one !== undefined && isOld(one)) void ask(closing.signal);
        return one;
      },
      ask,
    };
  }

  /** True when it is time to ask again behind the back of those who are answered from memory. */
  function isOld(one: Kept<EvidenceBatch>): boolean {
    const now = clock.now();
    if (one.value.evidence.length === 0 || now < (refreshed.get(one) ?? one.at + REFRESH_FROM * settings.evidenceTTL)) return false;
    refreshed.set(one, now + REFRESH_AGAIN * settings.evidenceTTL);
    return true;
  }

  return {
    for: (artifact) => opened.filter(({ about }) => about(artifact.name)).map((one) => lookUp(one, artifact)),
    forget: () => batches.clear(),
    async close() {
      closing.abort();
      await http.close();
    },
    stats: () => ({ ...http.stats, cacheEntries: batches.entries, cacheBytes: batches.bytes }),
  };
}

/** Answers of one look-up take as much as its evidence does, and once more for what stands around it. */
function bounded(store: OpenStore): OpenStore {
  const most = 2 * store.bounds.bytes;
  return { ...store, ask: metered(store.ask, store.label, most), elsewhere: store.elsewhere };
}

/** Each entry of the configuration stands for itself: another one for the same address may have another token, or other authorities. */
function open(place: StorePlace, index: number, http: StoreHttp): Opened {
  const { ask, host, conceal } = http.at(place);
  const { signatures: pieces, evidenceBytes: bytes, referrerPages: pages, concurrency } = http.limits;
  const patterns = place.artifacts.map((pattern) => matcher(canonicalRepository(pattern)));
  return {
    key: `${index}`, conceal, find: finderOf(place), about: (name) => patterns.some((matches) => matches(name)),
    store: {
      ask, label: `${place.kind} ${host}`, bounds: { pieces, bytes, pages, concurrency },
      elsewhere: place.kind === 'github' ? wayTo(place.bundles ?? [], place, http) : undefined,
    },
  };
}

/** Whoever reads what could not be found out is told that it was a store, and which: a registry would be looked at otherwise. */
function told({ evidence, problems }: EvidenceBatch, label: string, conceal: (text: string) => string): EvidenceBatch {
  return {
    evidence,
    problems: problems.map((problem) => concealed(problem, conceal)).map((problem) => {
      if (!isRetryable(problem)) return problem;
      const { cause = 'it did not give what was needed' } = problem;
      return { ...problem, cause: cause.startsWith(label) ? `the store ${cause}` : `the store ${label}: ${cause}` };
    }),
  };
}

/** Without what was sent in confidence, wherever a store may have repeated it. */
function concealed(problem: FetchProblem, conceal: (text: string) => string): FetchProblem {
  const { source, found, expected, cause } = problem;
  return {
    ...problem, source: conceal(source), ...(found === undefined ? {} : { found: conceal(found) }),
    ...(expected === undefined ? {} : { expected: conceal(expected) }), ...(cause === undefined ? {} : { cause: conceal(cause) }),
  };
}

function failed(error: unknown, source: string): EvidenceBatch {
  return { evidence: [], problems: [problemOf(error, source)] };
}
