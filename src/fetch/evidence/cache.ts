/** Evidence that was found is kept, absence for a moment, failure never. */
import { LRUCache } from 'lru-cache';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { Clock, EvidenceBatch } from '../../domain/ports.ts';
import { currentAsker } from '../../flow/asker.ts';
import { createFairMemory } from '../../flow/fair-memory.ts';
import { createEvidenceState } from './state.ts';
import type { EvidenceState, Spot, StageRunner } from './state.ts';
import type { CacheSettings } from '../../net/options.ts';
import { PLACES } from './places.ts';
import type { LookAt } from './places.ts';
import type { Reader } from '../oci/reader.ts';

/** Where evidence of an artifact is looked for. */
export interface Sought {
  readonly digest: Digest;
  /** The artifact's own repository first, then those where its signers keep evidence besides. */
  readonly readers: readonly [own: Reader, ...elsewhere: Reader[]];
}

/** Evidence by digest, repositories and credentials. */
export interface EvidenceCache {
  /** The state for an artifact: a kept one that is young enough, or a new one about which nothing is known. */
  state(sought: Sought, fresh: boolean): EvidenceState;
  /** What is kept of an artifact is looked up again: something was just put beside it. */
  forget(artifact: Digest): void;
  /** Nothing is kept any more. */
  clear(): void;
  readonly size: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  close(): void;
}

const REFRESH_FROM = 0.8;
const REFRESH_AGAIN = 0.05;

/**
 * Keeps what was found for `evidenceTTL`, what was not found for `absenceTTL`, and nothing that failed. Evidence older
 * than 80 % of its time is looked up again in the background, so that a decision seldom waits for a registry. The room is shared out
 * among the namespaces on whose behalf it was looked for.
 */
export function createEvidenceCache(lookAt: LookAt, clock: Clock, settings: CacheSettings): EvidenceCache {
  const states = createFairMemory<EvidenceState>({ entries: settings.maxEntries, bytes: settings.maxBytes });
  const keep = (key: string, state: EvidenceState): void => states.keep(key, state, state.bytes, currentAsker().namespace);
  const lastGave = new LRUCache<string, string>({ max: settings.maxEntries });
  const refreshAt = new WeakMap<EvidenceState, number>();
  const closing = new AbortController();
  let hits = 0;
  let misses = 0;

  function runner(key: string, sought: Sought): StageRunner {
    const [own] = sought.readers;
    return {
      async look({ place, reader }, signal) {
        const batch = await lookAt(place, reader, sought.digest, signal, own);
        return reader === own ? batch : placed(batch, reader.repository.name);
      },
      now: () => clock.now(),
      settled(state) {
        remember(spotsKey(own), state);
        if (states.known(key) !== state) return;
        keep(key, state.failed.length === 0 ? state : successor(state, key, sought));
      },
    };
  }

  /** After a failure: what is sound stays, the spots that failed are looked at again by whoever comes next. */
  function successor(state: EvidenceState, key: string, sought: Sought): EvidenceState {
    const stages = [state.failed, ...state.ahead].filter((stage) => stage.length > 0);
    const earlier = state.sound.length === 0 ? undefined : { results: [...state.sound], fetchedAt: state.fetchedAt };
    return createEvidenceState(stages, runner(key, sought), earlier);
  }

  function remember(repository: string, state: EvidenceState): void {
    const giving = state.sound.filter(({ batch }) => batch.evidence.length > 0).map(({ spot }) => spot.name);
    const known = lastGave.get(repository);
    const [first] = giving;
    if (first !== undefined && (known === undefined || !giving.includes(known))) lastGave.set(repository, first);
  }

  function usable(state: EvidenceState, fresh: boolean): boolean {
    const age = clock.now() - state.fetchedAt;
    if (age < 0) return false;
    if (fresh && age > settings.absenceTTL) return false;
    return state.busy || age < (state.pieces > 0 ? settings.evidenceTTL : settings.absenceTTL);
  }

  function refreshInBackground(key: string, sought: Sought, old: EvidenceState): void {
    const now = clock.now();
    if (old.pieces === 0 || now < (refreshAt.get(old) ?? old.fetchedAt + REFRESH_FROM * settings.evidenceTTL)) return;
    refreshAt.set(old, now + REFRESH_AGAIN * settings.evidenceTTL);
    const plan = plannedStages(sought);
    const renewed = createEvidenceState(plan, runner(key, sought));
    void renew(renewed, Math.max(1, plan.length - old.ahead.length)).then((good) => {
      if (good && states.known(key) === old) keep(key, renewed);
    });
  }

  async function renew(state: EvidenceState, stages: number): Promise<boolean> {
    try {
      for (let index = 0; index < stages; index += 1) await state.batchAt(index, closing.signal);
      return !closing.signal.aborted && state.failed.length === 0;
    } catch {
      return false;
    }
  }

  function plannedStages({ readers }: Sought): readonly (readonly Spot[])[] {
    const spots = readers.flatMap((reader) => PLACES.map((place): Spot => ({ name: `${place} ${reader.repository.name}`, place, reader })));
    return stagesFor(spots, lastGave.get(spotsKey(readers[0])));
  }

  return {
    state(sought, fresh) {
      const key = keyOf(sought);
      const kept = states.known(key);
      if (kept !== undefined && usable(kept, fresh)) {
        hits += 1;
        refreshInBackground(key, sought, kept);
        return kept;
      }
      misses += 1;
      const state = createEvidenceState(plannedStages(sought), runner(key, sought));
      keep(key, state);
      return state;
    },
    forget(artifact) {
      for (const key of [...states.keys()]) if (key.startsWith(`${artifact}\n`)) states.drop(key);
    },
    clear() {
      states.clear();
      lastGave.clear();
    },
    get size() {
      return states.entries;
    },
    get bytes() {
      return states.bytes;
    },
    get hits() {
      return hits;
    },
    get misses() {
      return misses;
    },
    close: () => closing.abort(),
  };
}

/** Holds the credentials of every repository that is asked: nobody is shown what others may read (attack F12). */
function keyOf({ digest, readers }: Sought): string {
  let key: string = digest;
  for (const { repository, access } of readers) key += `\n${repository.name}\n${access.key}`;
  return key;
}

/** Which place gave something is remembered with the credentials, like what it gave: the order of look-ups can be timed. */
function spotsKey({ repository, access }: Reader): string {
  return `${repository.name}\n${access.key}`;
}

/** Says in which repository things were found that is not the artifact's own. */
function placed({ evidence, problems }: EvidenceBatch, repository: string): EvidenceBatch {
  const inside = <T extends { readonly source: string }>(thing: T): T => ({ ...thing, source: `${repository} ${thing.source}` });
  return { evidence: evidence.map(inside), problems: problems.map(inside) };
}

/** The spot that gave evidence last time alone, then all others together; everything at once where nothing is known. */
export function stagesFor(spots: readonly Spot[], lastGave: string | undefined): readonly (readonly Spot[])[] {
  const first = spots.filter(({ name }) => name === lastGave);
  return [first, spots.filter(({ name }) => name !== lastGave)].filter((stage) => stage.length > 0);
}
