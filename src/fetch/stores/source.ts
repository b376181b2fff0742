/** Stores of evidence that are asked about artifacts of every kind; what they gave is kept, and nothing throws out of it. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import { canonicalRepository } from '../../domain/artifact/registry-host.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';
import { isRetryable, problemOf } from '../../net/failure.ts';
import { DEFAULT_CACHE, withDefaults } from '../../net/options.ts';
import type { CacheSettings } from '../../net/options.ts';
import { matcher } from '../evidence/elsewhere.ts';
import type { AskOptions } from '../asker.ts';
import { createStoreHttp } from './ask.ts';
import type { StoreHttp } from './ask.ts';
import type { FindEvidence, OpenStore } from './store.ts';
import { finderOf } from './table.ts';
import type { StorePlace } from './table.ts';
import { createLookUps } from './look-up.ts';
import type { StoreLookup } from './look-up.ts';
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

/** Opens the stores; nothing is sent yet. What they gave is kept as `look-up.ts` says. */
export function createEvidenceStores(options: StoreOptions): EvidenceStores {
  const http = createStoreHttp(options);
  const closing = new AbortController();
  const kept = createLookUps(withDefaults(DEFAULT_CACHE, options.cache), options.clock, closing.signal);
  const opened = options.stores.map((place, index) => open(place, index, http));
  /** An artifact is that of one decision: what was heard for it need not be asked for again. */
  const lookUps = new WeakMap<Artifact, readonly StoreLookup[]>();

  function lookUp({ key, store, find, conceal }: Opened, { kind, name, digest }: Artifact): StoreLookup {
    const label = (batch: EvidenceBatch): EvidenceBatch => told(batch, store.label, conceal);
    return kept.of({
      // A line break parts the name of the store from what is asked.
      key: `${store.label}\n${JSON.stringify([key, kind, name, digest])}`,
      look: (held, signal) =>
        find({ kind, name, digest }, { ...bounded(store), held }, AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]))
          .catch((error: unknown): EvidenceBatch => ({ evidence: [], problems: [problemOf(error, store.label)] })).then(label),
      told: label,
    });
  }

  return {
    for(artifact) {
      const known = lookUps.get(artifact);
      if (known !== undefined) return known;
      const made = opened.filter(({ about }) => about(artifact.name)).map((one) => lookUp(one, artifact));
      lookUps.set(artifact, made);
      return made;
    },
    forget: () => kept.clear(),
    async close() {
      closing.abort();
      await http.close();
    },
    stats: () => ({ ...http.stats, cacheEntries: kept.entries, cacheBytes: kept.bytes }),
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
    evidence: evidence.map((piece) => withSource(piece, conceal(piece.source))),
    problems: problems.map((problem) => concealed(problem, conceal)).map((problem) => {
      if (!isRetryable(problem)) return problem;
      const { cause = 'it did not give what was needed' } = problem;
      return { ...problem, cause: cause.startsWith(label) ? `the store ${cause}` : `the store ${label}: ${cause}` };
    }),
  };
}

/** A source is shown wherever a piece is told of, and names what the store calls it. */
function withSource(piece: UnverifiedEvidence, source: string): UnverifiedEvidence {
  return source === piece.source ? piece : { ...piece, source };
}

/** Without what was sent in confidence, wherever a store may have repeated it. */
function concealed(problem: FetchProblem, conceal: (text: string) => string): FetchProblem {
  const { source, found, expected, cause } = problem;
  return {
    ...problem, source: conceal(source), ...(found === undefined ? {} : { found: conceal(found) }),
    ...(expected === undefined ? {} : { expected: conceal(expected) }), ...(cause === undefined ? {} : { cause: conceal(cause) }),
  };
}
