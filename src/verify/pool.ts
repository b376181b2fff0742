import { LRUCache } from 'lru-cache';
import type { UnverifiedEvidence, VerificationJob, VerificationOutcome } from '../domain/evidence.ts';
import type { EvidenceVerifier } from '../domain/ports.ts';
import type { VerificationNumbers } from '../domain/thread-numbers.ts';
import { faultOutcome } from './job.ts';
import type { RawOutcome } from './proof.ts';
import { createThreads } from './threads.ts';
import type { Threads } from './threads.ts';
import { toOutcome } from './verified.ts';

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
}

/** The verifier with its life cycle. After `close` every answer is ENGINE_FAULT. */
export interface PooledVerifier extends EvidenceVerifier {
  close(): Promise<void>;
  stats(): VerificationNumbers;
}

/** Bytes an outcome is reckoned at beside its evidence. */
const ENTRY_BYTES = 1024;

/**
 * Makes the verifier that the engine uses: worker threads behind a bounded memory of outcomes, where one piece of
 * evidence is verified once for all who ask at the same time.
 *
 * Outcomes are remembered per artifact, evidence and trust material, so a changed policy or root never meets an
 * old outcome; faults, time-outs and overload are not remembered. An aborted caller gets ENGINE_DEADLINE while the
 * work goes on for others and for the next try. Never throws, never rejects.
 */
export function createVerifier(options: VerifierOptions = {}): PooledVerifier {
  return new Pool(options);
}

class Pool implements PooledVerifier {
  readonly #threads: Threads;
  readonly #cache: LRUCache<string, VerificationOutcome>;
  readonly #flights = new Map<string, Promise<VerificationOutcome>>();
  #verifications = 0;
  #cacheHits = 0;

  constructor(options: VerifierOptions) {
    this.#threads = createThreads({
      workers: Math.max(1, options.workers ?? navigator.hardwareConcurrency - 1),
      maxQueue: options.maxQueue ?? 1024,
      jobBudgetMs: options.jobBudgetMs ?? 10_000,
      heapMb: options.heapMb ?? 192,
      workerUrl: options.workerUrl ?? workerModule(),
    });
    this.#cache = new LRUCache({ max: options.cacheEntries ?? 20_000, maxSize: options.cacheBytes ?? 64 * 1024 * 1024 });
  }

  known(job: VerificationJob): readonly VerificationOutcome[] | undefined {
    const outcomes: VerificationOutcome[] = [];
    for (const evidence of job.evidence) {
      const outcome = this.#cache.get(cacheKey(evidence, job));
      if (outcome === undefined) return undefined;
      outcomes.push(foundAt(outcome, evidence.source));
    }
    this.#cacheHits += outcomes.length;
    return outcomes;
  }

  verify(job: VerificationJob, signal: AbortSignal): Promise<readonly VerificationOutcome[]> {
    const keys = job.evidence.map((evidence) => cacheKey(evidence, job));
    const known = job.evidence.map((evidence, index) => this.#known(keys[index] ?? '', evidence));
    if (known.every((outcome) => outcome !== undefined)) return Promise.resolve(known);
    if (signal.aborted) return Promise.resolve(orDeadline(known, job));
    this.#launch(job, keys, known);
    return this.#collect(job, keys, known, signal);
  }

  stats(): VerificationNumbers {
    return {
      verifications: this.#verifications,
      cacheHits: this.#cacheHits,
      cacheBytes: this.#cache.calculatedSize,
      queued: this.#threads.waiting,
      restarts: this.#threads.restarts,
    };
  }

  close(): Promise<void> {
    return this.#threads.close();
  }

  #known(key: string, evidence: UnverifiedEvidence): VerificationOutcome | undefined {
    const outcome = this.#cache.get(key);
    if (outcome === undefined) return undefined;
    this.#cacheHits += 1;
    return foundAt(outcome, evidence.source);
  }

  /** Sends the pieces that are neither known nor under way to a thread, as one job. */
  #launch(job: VerificationJob, keys: readonly string[], known: readonly (VerificationOutcome | undefined)[]): void {
    const fresh = new Map<string, UnverifiedEvidence>();
    job.evidence.forEach((evidence, index) => {
      const key = keys[index] ?? '';
      if (known[index] !== undefined) return;
      if (this.#flights.has(key) || fresh.has(key)) this.#cacheHits += 1;
      else fresh.set(key, evidence);
    });
    if (fresh.size === 0) return;
    this.#verifications += fresh.size;
    const running = this.#threads.run({ ...job, evidence: [...fresh.values()] });
    [...fresh].forEach(([key, evidence], index) => {
      this.#flights.set(key, running.then((outcomes) => this.#land(key, evidence, outcomes[index])));
    });
  }

  #land(key: string, evidence: UnverifiedEvidence, raw: RawOutcome | undefined): VerificationOutcome {
    this.#flights.delete(key);
    if (raw === undefined) return toOutcome(faultOutcome(evidence, 'verification thread gave no answer for this piece'), evidence.source);
    const outcome = toOutcome(raw, evidence.source);
    if (raw.cacheable) this.#cache.set(key, outcome, { size: evidence.bytes.length + ENTRY_BYTES });
    return outcome;
  }

  async #collect(
    job: VerificationJob,
    keys: readonly string[],
    known: readonly (VerificationOutcome | undefined)[],
    signal: AbortSignal,
  ): Promise<readonly VerificationOutcome[]> {
    const answers = [...known];
    const all = job.evidence.map(async ({ source }, index) => {
      const flight = answers[index] === undefined ? this.#flights.get(keys[index] ?? '') : undefined;
      if (flight !== undefined) answers[index] = foundAt(await flight, source);
    });
    await settledOrAborted(Promise.all(all), signal);
    return orDeadline(answers, job);
  }
}

/**
 * Everything an outcome depends on. The trust id stands for all keys and roots, the evidence digest for bytes and
 * annotations. Only of packages the name matters as well, which statements must not contradict.
 */
function cacheKey(evidence: UnverifiedEvidence, { artifact, trust }: VerificationJob): string {
  const artifactKey = artifact.kind === 'package' ? `package ${artifact.name} ${artifact.digest}` : `${artifact.kind} ${artifact.digest}`;
  return `${artifactKey} ${trust.id} ${evidence.format} ${evidence.digest}`;
}

/** An outcome under the name of the place where this caller found the evidence. */
function foundAt(outcome: VerificationOutcome, source: string): VerificationOutcome {
  if (outcome.source === source) return outcome;
  return {
    ...outcome,
    source,
    verified: outcome.verified.map((evidence) => ({ ...evidence, source })),
    ...(outcome.related === undefined ? {} : { related: outcome.related.map((evidence) => ({ ...evidence, source })) }),
    problems: outcome.problems.map((problem) => ({ ...problem, source })),
  };
}

/** The answers there are, and ENGINE_DEADLINE for those that the caller did not wait for. */
function orDeadline(answers: readonly (VerificationOutcome | undefined)[], job: VerificationJob): readonly VerificationOutcome[] {
  return job.evidence.map(({ digest, source }, index) => answers[index] ?? {
    evidenceDigest: digest,
    source,
    verified: [],
    problems: [{ code: 'ENGINE_DEADLINE', source, cause: 'the request ended before the verification did' }],
  });
}

function settledOrAborted(all: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    signal.addEventListener('abort', stop);
    all.then(stop, stop);
  });
}

/** The worker beside this module: its source when types are stripped at run time, its JavaScript when compiled. */
function workerModule(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
}
