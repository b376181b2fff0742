import { Worker } from 'node:worker_threads';
import type { VerificationJob } from '../domain/evidence.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { createTrustLedger } from './messages.ts';
import type { FromWorker, TrustLedger } from './messages.ts';
import type { RawOutcome } from './proof.ts';

/** How the verification threads are run. */
export interface ThreadOptions {
  readonly workers: number;
  /** Jobs that may wait for a thread; further ones answer ENGINE_OVERLOADED at once. */
  readonly maxQueue: number;
  /** Milliseconds one job may take before its thread is ended. */
  readonly jobBudgetMs: number;
  readonly workerUrl: URL;
  /** Megabytes of heap per thread. */
  readonly heapMb: number;
}

/** Threads that verify; `run` never rejects. */
export interface Threads {
  run(job: VerificationJob): Promise<readonly RawOutcome[]>;
  /** Jobs that wait or are being worked on. */
  readonly waiting: number;
  readonly restarts: number;
  close(): Promise<void>;
}

interface Task {
  readonly id: number;
  readonly job: VerificationJob;
  readonly done: (outcomes: readonly RawOutcome[]) => void;
}

/** Jobs handed to a thread ahead of time, so that it need not wait for the event loop between two small ones. */
const AHEAD = 2;

/**
 * Starts the threads. A job goes to the thread with the least to do. The first job of a thread that runs out of
 * its budget or takes its thread down answers for that (ENGINE_DEADLINE, ENGINE_FAULT); the jobs behind it are
 * given to another thread, so hostile evidence spoils nobody else's answer.
 */
export function createThreads(options: ThreadOptions): Threads {
  return new ThreadPool(options);
}

class ThreadPool implements Threads {
  readonly #options: ThreadOptions;
  readonly #slots: Slot[];
  #queue: Task[] = [];
  #nextId = 0;
  #restarts = 0;
  #closed = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#slots = Array.from(
      { length: options.workers },
      () =>
        new Slot(
          options,
          (lost, usable) => this.#restart(lost, usable),
          () => this.#dispatch(),
        ),
    );
  }

  get waiting(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.load, this.#queue.length);
  }

  get restarts(): number {
    return this.#restarts;
  }

  run(job: VerificationJob): Promise<readonly RawOutcome[]> {
    if (this.#closed) return Promise.resolve(engineOutcomes(job, 'ENGINE_FAULT', 'verification has been shut down'));
    if (this.#queue.length >= this.#options.maxQueue)
      return Promise.resolve(engineOutcomes(job, 'ENGINE_OVERLOADED', `${this.#queue.length} jobs are waiting`));
    return new Promise((done) => {
      this.#queue.push({ id: (this.#nextId += 1), job, done });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const task of this.#queue.splice(0)) task.done(engineOutcomes(task.job, 'ENGINE_FAULT', 'verification has been shut down'));
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const slot = this.#slots.reduce((least, other) => (other.load < least.load ? other : least));
      if (slot.load >= AHEAD) return;
      const task = this.#queue.shift();
      if (task !== undefined) slot.give(task);
    }
  }

  #restart(lost: readonly Task[], slot: Slot): void {
    if (this.#closed) {
      for (const task of lost) task.done(engineOutcomes(task.job, 'ENGINE_FAULT', 'verification has been shut down'));
      return;
    }
    this.#restarts += 1;
    this.#queue = [...lost, ...this.#queue];
    slot.restart();
    this.#dispatch();
  }
}

/** One thread, its unanswered jobs in order, and the watch on the first of them. */
class Slot {
  readonly #options: ThreadOptions;
  readonly #onLoss: (lost: readonly Task[], slot: Slot) => void;
  readonly #onFree: () => void;
  #worker: Worker | undefined;
  #ledger: TrustLedger = createTrustLedger();
  #tasks: Task[] = [];
  #watch: NodeJS.Timeout | undefined;
  #answered = false;

  constructor(options: ThreadOptions, onLoss: (lost: readonly Task[], slot: Slot) => void, onFree: () => void) {
    this.#options = options;
    this.#onLoss = onLoss;
    this.#onFree = onFree;
    this.#running();
  }

  get load(): number {
    return this.#tasks.length;
  }

  give(task: Task): void {
    const worker = this.#running();
    if (worker === undefined) {
      task.done(engineOutcomes(task.job, 'ENGINE_FAULT', 'no verification thread can be started'));
      return;
    }
    this.#tasks.push(task);
    if (this.#tasks.length === 1) {
      worker.ref();
      this.#rewind();
    }
    try {
      worker.postMessage(question(task, this.#ledger));
    } catch (error) {
      // The ledger may have recorded what was never sent: only a new thread is sure to agree with it.
      this.#lose(worker, task, 'ENGINE_FAULT', `job could not be sent to its thread: ${String(error)}`);
    }
  }

  /** Starts anew at once, unless the last thread died before its first answer: then with the next job, not in a loop. */
  restart(): void {
    if (this.#answered) this.#running();
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#lose(worker, undefined, 'ENGINE_FAULT', 'verification has been shut down');
    await worker?.terminate();
  }

  /** The thread, started if there is none; `undefined` when the system gives us no further thread. */
  #running(): Worker | undefined {
    try {
      return this.#worker ?? this.#start();
    } catch {
      return undefined;
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#options.workerUrl, {
      name: 'gatehouse-verify',
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMb, maxYoungGenerationSizeMb: 24 },
    });
    let cause = 'verification thread ended';
    worker.on('message', (answer: FromWorker) => this.#receive(worker, answer));
    worker.on('error', (error) => {
      cause = `verification thread failed: ${error instanceof Error ? error.message : String(error)}`;
    });
    worker.on('exit', () => this.#lose(worker, this.#tasks[0], 'ENGINE_FAULT', cause));
    worker.unref();
    this.#worker = worker;
    this.#ledger = createTrustLedger();
    this.#answered = false;
    return worker;
  }

  #receive(worker: Worker, answer: FromWorker): void {
    const task = this.#tasks[0];
    if (worker !== this.#worker || task?.id !== answer.id) return;
    this.#answered = true;
    this.#tasks.shift();
    if (this.#tasks.length > 0) this.#rewind();
    else {
      clearTimeout(this.#watch);
      worker.unref();
    }
    task.done(answer.outcomes);
    this.#onFree();
  }

  /** Gives the job that is now first its full budget. */
  #rewind(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      const { jobBudgetMs } = this.#options;
      this.#lose(this.#worker, this.#tasks[0], 'ENGINE_DEADLINE', `verification took longer than ${jobBudgetMs} ms`);
    }, this.#options.jobBudgetMs);
  }

  /** Ends the thread; `culprit` answers with `code`, the other jobs are handed back. */
  #lose(worker: Worker | undefined, culprit: Task | undefined, code: ReasonCode, cause: string): void {
    if (worker === undefined || worker !== this.#worker) return;
    clearTimeout(this.#watch);
    const lost = this.#tasks.filter((task) => task !== culprit);
    this.#worker = undefined;
    this.#tasks = [];
    void worker.terminate();
    culprit?.done(engineOutcomes(culprit.job, code, cause));
    this.#onLoss(lost, this);
  }
}

function question(task: Task, ledger: TrustLedger): unknown {
  const { artifact, evidence, now, trust } = task.job;
  // A view into a larger buffer would be cloned with the whole buffer.
  const pieces = evidence.map((piece) =>
    piece.bytes.byteLength === piece.bytes.buffer.byteLength ? piece : { ...piece, bytes: new Uint8Array(piece.bytes) },
  );
  return { id: task.id, job: { artifact, evidence: pieces, now }, ...ledger.send(trust) };
}

/** One and the same engine problem for every piece of a job; never kept. */
function engineOutcomes(job: Pick<VerificationJob, 'evidence'>, code: ReasonCode, cause: string): readonly RawOutcome[] {
  return job.evidence.map(({ digest, source }) => ({
    evidenceDigest: digest,
    source,
    proofs: [],
    problems: [{ code, source, cause }],
    cacheable: false,
  }));
}
