import type { EvidenceBatch, EvidenceLookup } from '../domain/ports.ts';
import { isRetryable, problemOf } from './failure.ts';
import type { Place } from './places.ts';
import type { Reader } from './registry-client.ts';
import { createFlights } from './single-flight.ts';

/** A place in a repository, under the name by which it is remembered. */
export interface Spot {
  readonly name: string;
  readonly place: Place;
  readonly reader: Reader;
}

/** A spot without failures, and what it gave. */
export interface SoundResult {
  readonly spot: Spot;
  readonly batch: EvidenceBatch;
}

/** What a stage needs from outside. */
export interface StageRunner {
  look(spot: Spot, signal: AbortSignal): Promise<EvidenceBatch>;
  now(): number;
  /** Called after every stage, with the state in which it ended. */
  settled(state: EvidenceState): void;
}

/** Everything learned about one artifact's evidence so far; shared by all who ask for it with the same credentials. */
export interface EvidenceState {
  readonly batches: readonly EvidenceBatch[];
  /** Results without retryable problems: what a later state may start from. */
  readonly sound: readonly SoundResult[];
  /** Spots whose look-up failed in a way that says nothing. */
  readonly failed: readonly Spot[];
  /** Stages still to come. */
  readonly ahead: readonly (readonly Spot[])[];
  readonly fetchedAt: number;
  readonly busy: boolean;
  readonly bytes: number;
  readonly pieces: number;
  /** The batch at this position, fetched if need be; `undefined` behind the last. Rejects when the caller's time is up. */
  batchAt(index: number, signal: AbortSignal): Promise<EvidenceBatch | undefined>;
}

/** A state at its start: nothing known, or the sound part of an earlier state whose failed spots come next. */
export function createEvidenceState(stages: readonly (readonly Spot[])[], runner: StageRunner, earlier?: { readonly results: readonly SoundResult[]; readonly fetchedAt: number }): EvidenceState {
  const sound: SoundResult[] = [...(earlier?.results ?? [])];
  const seen = new Set<string>();
  const batches: EvidenceBatch[] = earlier === undefined ? [] : [merge(sound.map(({ batch }) => batch), seen)];
  const failed: Spot[] = [];
  const ahead = [...stages];
  const flights = createFlights<EvidenceBatch | undefined>();
  let fetchedAt = earlier?.fetchedAt ?? runner.now();

  async function runStage(signal: AbortSignal): Promise<EvidenceBatch | undefined> {
    const [spots] = ahead;
    if (spots === undefined) return undefined;
    const startedAt = runner.now();
    const results = await Promise.all(spots.map(async (spot) => ({ spot, batch: await runner.look(spot, signal) })));
    // Everybody who waited has left: the stage was cut short and is still to be done.
    if (signal.aborted) return undefined;
    ahead.shift();
    if (batches.length === 0) fetchedAt = startedAt;
    for (const result of results) {
      if (result.batch.problems.some(isRetryable)) failed.push(result.spot);
      else sound.push(result);
    }
    const batch = merge(results.map((result) => result.batch), seen);
    batches.push(batch);
    runner.settled(state);
    return batch;
  }

  const state: EvidenceState = {
    batches,
    sound,
    failed,
    ahead,
    get fetchedAt() {
      return fetchedAt;
    },
    get busy() {
      return flights.size > 0;
    },
    get bytes() {
      return batches.reduce((sum, batch) => sum + sizeOf(batch), 1024);
    },
    get pieces() {
      return batches.reduce((sum, batch) => sum + batch.evidence.length, 0);
    },
    async batchAt(index, signal) {
      return batches[index] ?? flights.run(`evidence look-up\n${index}`, runStage, signal);
    },
  };
  return state;
}

/**
 * One caller's view of a state: every batch is handed out exactly once, those known already without any request.
 * When the caller's time runs out, that is reported once and ends the view, without harm to others.
 */
export function viewOf(state: EvidenceState, decorate: (batch: EvidenceBatch) => EvidenceBatch): EvidenceLookup {
  const shown = state.batches.map(decorate);
  let ended = false;
  return {
    batches: shown,
    get fetchedAt() {
      return state.fetchedAt;
    },
    async next(signal) {
      if (ended) return undefined;
      const index = shown.length;
      try {
        const batch = await state.batchAt(index, signal);
        if (batch === undefined) return undefined;
        return (shown[index] ??= decorate(batch));
      } catch (error) {
        ended = true;
        return { evidence: [], problems: [problemOf(error, 'evidence')] };
      }
    },
  };
}

/** Joins the results of a stage; evidence that an earlier spot gave already is left out. */
function merge(results: readonly EvidenceBatch[], seen: Set<string>): EvidenceBatch {
  const evidence = results.flatMap((result) => result.evidence).filter(({ digest }) => !seen.has(digest) && seen.add(digest));
  return { evidence, problems: results.flatMap((result) => result.problems) };
}

function sizeOf(batch: EvidenceBatch): number {
  const pieces = batch.evidence.reduce((sum, { bytes, annotations }) => sum + bytes.length + 512 + annotationBytes(annotations), 0);
  return pieces + batch.problems.length * 256;
}

function annotationBytes(annotations: Readonly<Record<string, string>> = {}): number {
  return Object.entries(annotations).reduce((sum, [key, value]) => sum + 2 * (key.length + value.length), 0);
}
