/** What is known of one artifact's evidence so far, growing stage by stage and shared by all who ask. */
import type { EvidenceBatch, EvidenceLookup } from '../../domain/ports.ts';
import { isRetryable, leftEarly, problemOf } from '../../net/failure.ts';
import type { EvidencePlace } from './places.ts';
import { batchBytes } from './size.ts';
import type { Reader } from '../oci/reader.ts';
import { createFlights } from '../../flow/single-flight.ts';
import type { Flights } from '../../flow/single-flight.ts';

/** A place in a repository, under the name by which it is remembered. */
export interface Spot {
  readonly name: string;
  readonly place: EvidencePlace;
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
export function createEvidenceState(
  stages: readonly (readonly Spot[])[],
  runner: StageRunner,
  earlier?: { readonly results: readonly SoundResult[]; readonly fetchedAt: number },
): EvidenceState {
  return new GrowingState(stages, runner, earlier);
}

// Classes, because there is a state for every artifact and a view for every request: accessors of a literal make a hidden class for
// each object.
class GrowingState implements EvidenceState {
  readonly batches: EvidenceBatch[] = [];
  readonly sound: SoundResult[];
  readonly failed: Spot[] = [];
  readonly ahead: (readonly Spot[])[];
  // There while somebody waits: a state is kept for minutes and looked up for milliseconds.
  #flights: Flights<EvidenceBatch | undefined> | undefined;
  readonly #runner: StageRunner;
  fetchedAt: number;

  constructor(
    stages: readonly (readonly Spot[])[],
    runner: StageRunner,
    earlier?: { readonly results: readonly SoundResult[]; readonly fetchedAt: number },
  ) {
    this.sound = [...(earlier?.results ?? [])];
    this.ahead = [...stages];
    this.#runner = runner;
    this.fetchedAt = earlier?.fetchedAt ?? runner.now();
    if (earlier !== undefined) this.batches.push(merge(this.sound.map(({ batch }) => batch), []));
  }

  get busy(): boolean {
    return this.#flights !== undefined && this.#flights.size > 0;
  }

  get bytes(): number {
    return this.batches.reduce((sum, batch) => sum + batchBytes(batch), 1024);
  }

  get pieces(): number {
    let pieces = 0;
    for (const { evidence } of this.batches) pieces += evidence.length;
    return pieces;
  }

  async batchAt(index: number, signal: AbortSignal): Promise<EvidenceBatch | undefined> {
    return (
      this.batches[index] ??
      (this.#flights ??= createFlights(leftEarly)).run(`evidence look-up\n${index}`, (shared) => this.#runStage(shared), signal)
    );
  }

  async #runStage(signal: AbortSignal): Promise<EvidenceBatch | undefined> {
    const [spots] = this.ahead;
    if (spots === undefined) return undefined;
    const startedAt = this.#runner.now();
    const results = await Promise.all(spots.map(async (spot) => ({ spot, batch: await this.#runner.look(spot, signal) })));
    // Everybody who waited has left: the stage was cut short and is still to be done.
    if (signal.aborted) return undefined;
    this.ahead.shift();
    if (this.batches.length === 0) this.fetchedAt = startedAt;
    for (const result of results) {
      if (result.batch.problems.some(isRetryable)) this.failed.push(result.spot);
      else this.sound.push(result);
    }
    const batch = merge(results.map((result) => result.batch), this.batches);
    this.batches.push(batch);
    this.#flights = undefined;
    this.#runner.settled(this);
    return batch;
  }
}

/**
 * One caller's view of a state: every batch is handed out exactly once, those known already without any request.
 * When the caller's time runs out, that is reported once and ends the view, without harm to others.
 */
export function viewOf(state: EvidenceState, decorate: (batch: EvidenceBatch) => EvidenceBatch): EvidenceLookup {
  return new View(state, decorate);
}

class View implements EvidenceLookup {
  readonly batches: EvidenceBatch[];
  readonly #state: EvidenceState;
  readonly #decorate: (batch: EvidenceBatch) => EvidenceBatch;
  #ended = false;

  constructor(state: EvidenceState, decorate: (batch: EvidenceBatch) => EvidenceBatch) {
    this.#state = state;
    this.#decorate = decorate;
    this.batches = state.batches.map(decorate);
  }

  get fetchedAt(): number {
    return this.#state.fetchedAt;
  }

  async next(signal: AbortSignal): Promise<EvidenceBatch | undefined> {
    if (this.#ended) return undefined;
    const index = this.batches.length;
    try {
      const batch = await this.#state.batchAt(index, signal);
      if (batch === undefined) return undefined;
      return (this.batches[index] ??= this.#decorate(batch));
    } catch (error) {
      this.#ended = true;
      return { evidence: [], problems: [problemOf(error, 'evidence')] };
    }
  }
}

/** Joins the results of a stage; evidence that an earlier spot or stage gave already is left out. */
function merge(results: readonly EvidenceBatch[], earlier: readonly EvidenceBatch[]): EvidenceBatch {
  const seen = new Set(earlier.flatMap(({ evidence }) => evidence.map(({ digest }) => digest)));
  const evidence = results.flatMap((result) => result.evidence).filter(({ digest }) => !seen.has(digest) && seen.add(digest));
  return { evidence, problems: results.flatMap((result) => result.problems) };
}
