import { Worker } from 'node:worker_threads';
import type { Examination, Examined } from '../domain/policy/content-check.ts';
import type { FromExaminer } from './worker.ts';

/** How an examination thread is run. */
export interface ThreadOptions {
  /** Milliseconds one examination may take before the thread is ended. */
  readonly budgetMs: number;
  /** Megabytes of heap. */
  readonly heapMb: number;
  readonly workerUrl: URL;
}

/** A thread that examines one statement after the other; `run` never rejects. */
export interface ExaminationThread {
  run(examination: Examination): Promise<Examined>;
  /** Questions that wait or are being answered. */
  readonly load: number;
  /** True from the first question on, except between the end of a thread and the next question. */
  readonly started: boolean;
  readonly restarts: number;
  /** Of these, those that exceeded their budget. */
  readonly timeouts: number;
  close(): Promise<void>;
}

interface Task {
  readonly id: number;
  readonly examination: Examination;
  readonly done: (examined: Examined) => void;
}

/**
 * Makes a thread, started with its first question. A running expression cannot be stopped from inside, so a
 * question that exceeds its budget ends the thread; only that question answers ENGINE_DEADLINE, the others go to a new one.
 */
export function createThread(options: ThreadOptions): ExaminationThread {
  return new Thread(options);
}

class Thread implements ExaminationThread {
  readonly #options: ThreadOptions;
  readonly #tasks: Task[] = [];
  #worker: Worker | undefined;
  #watch: NodeJS.Timeout | undefined;
  #nextId = 0;
  #restarts = 0;
  #timeouts = 0;
  #closed = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  get load(): number {
    return this.#tasks.length;
  }

  get started(): boolean {
    return this.#worker !== undefined;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get timeouts(): number {
    return this.#timeouts;
  }

  run(examination: Examination): Promise<Examined> {
    if (this.#closed) return Promise.resolve({ ok: false, code: 'ENGINE_FAULT', cause: 'examination has been shut down' });
    return new Promise((done) => {
      this.#tasks.push({ id: (this.#nextId += 1), examination, done });
      if (this.#tasks.length === 1) this.#ask();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#watch);
    for (const task of this.#tasks.splice(0)) task.done({ ok: false, code: 'ENGINE_FAULT', cause: 'examination has been shut down' });
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  /** Sends the first question; the next one waits here, so that a thread that ends takes nothing else with it. */
  #ask(): void {
    const [task] = this.#tasks;
    if (task === undefined || this.#closed) return;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#expire(), this.#options.budgetMs);
    try {
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage({ id: task.id, examination: task.examination });
    } catch (error) {
      this.#lose({ ok: false, code: 'ENGINE_FAULT', cause: `question could not be sent to its thread: ${String(error).slice(0, 200)}` });
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#options.workerUrl, {
      name: 'gatehouse-examine',
      env: { TZ: 'UTC' },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMb, maxYoungGenerationSizeMb: 32 },
    });
    let cause = 'examination thread ended';
    worker.on('message', (answer: FromExaminer) => this.#receive(worker, answer));
    worker.on('error', (error) => {
      cause = `examination thread failed: ${error instanceof Error ? error.message : String(error)}`;
    });
    worker.on('exit', () => {
      if (worker === this.#worker) this.#lose({ ok: false, code: 'ENGINE_FAULT', cause });
    });
    return worker;
  }

  #receive(worker: Worker, answer: FromExaminer): void {
    const [task] = this.#tasks;
    if (worker !== this.#worker || task?.id !== answer.id) return;
    clearTimeout(this.#watch);
    this.#tasks.shift();
    worker.unref();
    task.done(answer.examined);
    this.#ask();
  }

  #expire(): void {
    this.#timeouts += 1;
    this.#lose({ ok: false, code: 'ENGINE_DEADLINE', cause: `examination took longer than ${this.#options.budgetMs} ms` });
  }

  /** Ends the thread; the question it was at gets this answer, the next one a new thread. */
  #lose(answer: Examined): void {
    clearTimeout(this.#watch);
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) this.#restarts += 1;
    void worker?.terminate();
    this.#tasks.shift()?.done(answer);
    this.#ask();
  }
}
