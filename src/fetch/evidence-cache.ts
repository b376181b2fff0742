import { LRUCache } from 'lru-cache';
import type { Artifact } from '../domain/artifact.ts';
import type { Clock } from '../domain/ports.ts';
import { createEvidenceState } from './evidence-state.ts';
import type { EvidenceState, StageRunner } from './evidence-state.ts';
import type { CacheSettings } from './options.ts';
import type { LookAt, Place } from './places.ts';
import type { Reader } from './registry-client.ts';

/** Evidence by repository, digest and credentials. */
export interface EvidenceCache {
  /** The state for an artifact: a kept one that is young enough, or a new one about which nothing is known. */
  state(reader: Reader, artifact: Pick<Artifact, 'digest'>, fresh: boolean): EvidenceState;
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
 * than 80 % of its time is looked up again in the background, so that a decision seldom waits for a registry.
 */
export function createEvidenceCache(lookAt: LookAt, clock: Clock, settings: CacheSettings): EvidenceCache {
  const states = new LRUCache<string, EvidenceState>({ max: settings.maxEntries, maxSize: settings.maxBytes, sizeCalculation: ({ bytes }) => bytes });
  const lastGave = new LRUCache<string, Place>({ max: settings.maxEntries });
  const refreshAt = new WeakMap<EvidenceState, number>();
  const closing = new AbortController();
  let hits = 0;
  let misses = 0;

  function runner(key: string, reader: Reader, artifact: Pick<Artifact, 'digest'>): StageRunner {
    return {
      look: (place, signal) => lookAt(place, reader, artifact.digest, signal),
      now: () => clock.now(),
      settled(state) {
        remember(reader, state);
        if (states.peek(key) !== state) return;
        states.set(key, state.failed.length === 0 ? state : successor(state, key, reader, artifact));
      },
    };
  }

  /** After a failure: what is sound stays, the places that failed are looked at again by whoever comes next. */
  function successor(state: EvidenceState, key: string, reader: Reader, artifact: Pick<Artifact, 'digest'>): EvidenceState {
    const stages = [state.failed, ...state.ahead].filter((stage) => stage.length > 0);
    const earlier = state.sound.length === 0 ? undefined : { results: [...state.sound], fetchedAt: state.fetchedAt };
    return createEvidenceState(stages, runner(key, reader, artifact), earlier);
  }

  function remember(reader: Reader, state: EvidenceState): void {
    const giving = state.sound.filter((result) => result.evidence.length > 0).map((result) => result.gave);
    const known = lastGave.get(reader.repository.name);
    const [first] = giving;
    if (first !== undefined && (known === undefined || !giving.includes(known))) lastGave.set(reader.repository.name, first);
  }

  function usable(state: EvidenceState, fresh: boolean): boolean {
    const age = clock.now() - state.fetchedAt;
    if (age < 0) return false;
    if (fresh && age > settings.absenceTTL) return false;
    return state.busy || age < (state.pieces > 0 ? settings.evidenceTTL : settings.absenceTTL);
  }

  function refreshInBackground(key: string, reader: Reader, artifact: Pick<Artifact, 'digest'>, old: EvidenceState): void {
    const now = clock.now();
    if (old.pieces === 0 || now < (refreshAt.get(old) ?? old.fetchedAt + REFRESH_FROM * settings.evidenceTTL)) return;
    refreshAt.set(old, now + REFRESH_AGAIN * settings.evidenceTTL);
    const plan = stagesFor(lastGave.get(reader.repository.name));
    const renewed = createEvidenceState(plan, runner(key, reader, artifact));
    void renew(renewed, Math.max(1, plan.length - old.ahead.length)).then((good) => {
      if (good && states.peek(key) === old) states.set(key, renewed);
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

  return {
    state(reader, artifact, fresh) {
      const key = `${reader.repository.name}\n${artifact.digest}\n${reader.access.key}`;
      const kept = states.get(key);
      if (kept !== undefined && usable(kept, fresh)) {
        hits += 1;
        refreshInBackground(key, reader, artifact, kept);
        return kept;
      }
      misses += 1;
      const state = createEvidenceState(stagesFor(lastGave.get(reader.repository.name)), runner(key, reader, artifact));
      states.set(key, state);
      return state;
    },
    get size() {
      return states.size;
    },
    get bytes() {
      return states.calculatedSize;
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

const EVERYWHERE: readonly Place[] = ['referrers', 'signatureTag', 'attestationTag'];

/** The place that gave evidence last time alone, then all others together; everything at once where nothing is known. */
export function stagesFor(lastGave: Place | undefined): readonly (readonly Place[])[] {
  if (lastGave === undefined) return [EVERYWHERE];
  if (lastGave === 'fallback') return [['fallback'], ['api', 'signatureTag', 'attestationTag']];
  return [[lastGave], EVERYWHERE.filter((place) => place !== lastGave)];
}
