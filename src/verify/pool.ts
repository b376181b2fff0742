/** Verification off the event loop: what was verified before is remembered, what is under way is shared. */
import type { UnverifiedEvidence, VerificationJob, VerificationOutcome } from '../domain/evidence.ts';
import type { OpinionReport } from '../domain/opinion.ts';
import type { EvidenceVerifier } from '../domain/ports.ts';
import type { VerificationNumbers } from '../domain/thread-numbers.ts';
import { currentAsker } from '../flow/asker.ts';
import { createMemory } from '../flow/memory.ts';
import type { Memory } from '../flow/memory.ts';
import { threadModule } from '../flow/threads/thread-module.ts';
import type { Timers } from '../flow/timers.ts';
import { untilAborted } from '../flow/until-aborted.ts';
import { foundAt, landed, orDeadline, outcomeKey } from './outcome.ts';
import { createOpinionReports } from './second-opinion/reports.ts';
import type { OpinionReports } from './second-opinion/reports.ts';
import { Attempts } from './attempts.ts';
import { Overruns } from './overruns.ts';
import { createVerificationThreads } from './threads.ts';
import type { ThreadOptions } from './threads.ts';

/** How verification is run; every member has a default. */
export interface VerifierOptions {
  /** Threads; default: one less than there are processors, at least one. */
  readonly workers?: number;
  /** Jobs that may wait for a thread. Default 1024. */
  readonly maxQueue?: number;
  /** Outcomes remembered. Default 20,000. */
  readonly cacheEntries?: number;
  /** Bytes of evidence whose outcomes are remembered. Default 64 MiB. */
  readonly cacheBytes?: number;
  /** Milliseconds one job may take. Default 10,000. */
  readonly jobBudgetMs?: number;
  /** Megabytes of heap per thread. Default 192. */
  readonly heapMb?: number;
  /** Module of the threads; default: the worker of this room. */
  readonly workerUrl?: URL;
  /** Timers of the budgets; default: the system's. */
  readonly timers?: Timers;
  /** Milliseconds of a clock that does not jump, for what is remembered only for a while; default: the process's own. */
  readonly now?: () => number;
  /** Told every second opinion that a trust root wants reported; without it none is asked for. Must not throw. */
  readonly opinion?: (report: OpinionReport) => void;
}

/** The verifier with its life cycle. After `close` every answer is ENGINE_FAULT. */
export interface PooledVerifier extends EvidenceVerifier {
  close(): Promise<void>;
  stats(): VerificationNumbers;
}

/**
 * Makes the verifier that the engine uses: worker threads behind a bounded memory of outcomes, where one piece of
 * evidence is verified once for all who ask at the same time.
 *
 * Outcomes are remembered per artifact, evidence and trust material, so a changed policy or root never meets an
 * old outcome; faults, time-outs and overload are not remembered. Of a piece that took too long or ended its thread it is
 * remembered for a minute that it did (`overruns.ts`). An aborted caller gets ENGINE_DEADLINE while the work goes on for others and
 * for the next try. Threads are shared by namespace and caller (`flow/asker.ts`). Never throws, never rejects.
 */
export function createVerifier(options: VerifierOptions = {}): PooledVerifier {
  return new Pool(options);
}

class Pool implements PooledVerifier {
  readonly #attempts: Attempts;
  readonly #overruns: Overruns;
  readonly #memory: Memory<VerificationOutcome>;
  readonly #opinions: OpinionReports | undefined;
  #verifications = 0;
  #cacheHits = 0;

  constructor(options: VerifierOptions) {
    const threads: ThreadOptions = {
      workers: Math.max(1, options.workers ?? navigator.hardwareConcurrency - 1),
      maxQueue: options.maxQueue ?? 1024,
      jobBudgetMs: options.jobBudgetMs ?? 10_000,
      heapMb: options.heapMb ?? 192,
      workerUrl: options.workerUrl ?? threadModule(import.meta.url),
      timers: options.timers,
    };
    this.#overruns = new Overruns(options.now ?? (() => performance.now()));
    this.#attempts = new Attempts(threads, this.#overruns);
    if (options.opinion !== undefined) {
      this.#opinions = createOpinionReports({
        threads: createVerificationThreads({ ...threads, workers: 1, start: 'when asked' }),
        busy: () => this.#attempts.threads.stats().unanswered > 0,
        heard: options.opinion,
        timers: options.timers,
      });
    }
    this.#memory = createMemory({ entries: options.cacheEntries ?? 20_000, bytes: options.cacheBytes ?? 64 * 1024 * 1024 });
  }

  known(job: VerificationJob): readonly VerificationOutcome[] | undefined {
    const outcomes: VerificationOutcome[] = [];
    for (const evidence of job.evidence) {
      const outcome = this.#memory.known(outcomeKey(evidence, job));
      if (outcome === undefined) return undefined;
      outcomes.push(foundAt(outcome, evidence.source));
    }
    this.#cacheHits += outcomes.length;
    return outcomes;
  }

  verify(job: VerificationJob, signal: AbortSignal): Promise<readonly VerificationOutcome[]> {
    const keys = job.evidence.map((evidence) => outcomeKey(evidence, job));
    const known = job.evidence.map((evidence, index) => this.#known(keys[index] ?? '', evidence));
    if (known.every((outcome) => outcome !== undefined)) return Promise.resolve(known);
    if (signal.aborted) return Promise.resolve(orDeadline(known, job));
    this.#launch(job, keys, known);
    return this.#collect(job, keys, known, signal);
  }

  stats(): VerificationNumbers {
    const { unanswered, restarts } = this.#attempts.threads.stats();
    return {
      verifications: this.#verifications,
      cacheHits: this.#cacheHits,
      cacheBytes: this.#memory.bytes,
      queued: unanswered,
      restarts,
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#attempts.threads.close(), this.#opinions?.close()]);
  }

  #known(key: string, evidence: UnverifiedEvidence): VerificationOutcome | undefined {
    const outcome = this.#memory.known(key);
    if (outcome === undefined) return this.#overruns.known(key, evidence, currentAsker().namespace);
    this.#cacheHits += 1;
    return foundAt(outcome, evidence.source);
  }

  /** Sends the pieces that are neither known nor under way to a thread, as one job. */
  #launch(job: VerificationJob, keys: readonly string[], known: readonly (VerificationOutcome | undefined)[]): void {
    const fresh = new Map<string, UnverifiedEvidence>();
    const coming: string[] = [];
    job.evidence.forEach((evidence, index) => {
      const key = keys[index] ?? '';
      if (known[index] !== undefined) return;
      const shared = this.#memory.coming(key) !== undefined;
      if (shared) coming.push(key);
      if (shared || fresh.has(key)) this.#cacheHits += 1;
      else fresh.set(key, evidence);
    });
    this.#attempts.join(coming);
    if (fresh.size === 0) return;
    this.#verifications += fresh.size;
    const answers = this.#attempts.judge(job, fresh);
    for (const [key, evidence] of fresh) {
      void this.#memory.share(key, answers.get(key) ?? Promise.resolve(undefined), (answer) => {
        const outcome = landed(evidence, answer);
        this.#opinions?.consider(job, evidence, outcome.value);
        return outcome;
      });
    }
  }

  async #collect(
    job: VerificationJob,
    keys: readonly string[],
    known: readonly (VerificationOutcome | undefined)[],
    signal: AbortSignal,
  ): Promise<readonly VerificationOutcome[]> {
    const answers = [...known];
    const all = job.evidence.map(async ({ source }, index) => {
      const coming = answers[index] === undefined ? this.#memory.coming(keys[index] ?? '') : undefined;
      if (coming !== undefined) answers[index] = foundAt(await coming, source);
    });
    await untilAborted(Promise.allSettled(all), signal, () => undefined);
    return orDeadline(answers, job);
  }
}
