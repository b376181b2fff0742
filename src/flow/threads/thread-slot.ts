/** The life of one thread in a pool: started, watched while it works, and replaced when it fails. */
import { Worker } from 'node:worker_threads';
import type { Answered, Asked } from './asked.ts';
import { sourceEnvironment, sparesSources } from './thread-module.ts';
import type { Loss, ThreadRules, ThreadTask } from './thread-rules.ts';
import { SYSTEM_TIMERS } from '../timers.ts';
import type { Timer } from '../timers.ts';

/** Whom a slot tells what happened to it. */
export interface SlotEvents<Question, Answer> {
  /** Its thread is gone. */
  lost(slot: ThreadSlot<Question, Answer>, loss: Loss, left: Bereaved<Question, Answer>): void;
  /** It has one question less. */
  free(): void;
}

/** Whom a thread that ended leaves without an answer: the question that it was at work on, if any, and those behind it. */
export interface Bereaved<Question, Answer> {
  readonly culprit: ThreadTask<Question, Answer> | undefined;
  readonly orphans: readonly ThreadTask<Question, Answer>[];
  /** False when another thread would end the same way: there is no module for it. */
  readonly another: boolean;
}

interface Thread<Question> {
  readonly worker: Worker;
  readonly encode: (question: Question) => unknown;
}

/** A place for one thread: the thread, its unanswered questions in order, and the watch on the first of them. */
export class ThreadSlot<Question, Answer> {
  readonly #rules: ThreadRules<Question, Answer>;
  readonly #events: SlotEvents<Question, Answer>;
  #thread: Thread<Question> | undefined;
  #tasks: ThreadTask<Question, Answer>[] = [];
  #watch: Timer | undefined;
  #answered = false;

  constructor(rules: ThreadRules<Question, Answer>, events: SlotEvents<Question, Answer>) {
    this.#rules = rules;
    this.#events = events;
    if (rules.start === 'at once') this.#running();
  }

  /** Questions without an answer. */
  get load(): number {
    return this.#tasks.length;
  }

  /** Questions without an answer that were asked on behalf of this namespace. */
  loadOf(namespace: string): number {
    return this.#tasks.filter(({ asker }) => asker.namespace === namespace).length;
  }

  /** Whether there is a thread. */
  get started(): boolean {
    return this.#thread !== undefined;
  }

  /** Sends a question, through a new thread if there is none. */
  give(task: ThreadTask<Question, Answer>): void {
    const thread = this.#running();
    if ('why' in thread) return task.done(this.#rules.lost(task.question, thread));
    const { worker, encode } = thread;
    this.#tasks.push(task);
    if (this.#tasks.length === 1) {
      worker.ref();
      this.#rewind();
    }
    try {
      worker.postMessage({ id: task.id, question: encode(task.question) } satisfies Asked<unknown>);
    } catch (error) {
      // The encoder may have noted what was never sent: only a new thread is sure to agree with a new encoder.
      this.#lose(worker, task, { why: 'unsent', cause: String(error) });
    }
  }

  /**
   * Starts anew where threads wait for questions, unless the last one died before its first answer: then with the next question, not
   * in a loop.
   */
  restart(): void {
    if (this.#answered && this.#rules.start === 'at once') this.#running();
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    const worker = this.#thread?.worker;
    this.#lose(worker, undefined, { why: 'closed', cause: '' });
    await worker?.terminate();
  }

  /** The thread, started if there is none; the loss when the system gives us no further thread. */
  #running(): Thread<Question> | Loss {
    try {
      return (this.#thread ??= this.#start());
    } catch (error) {
      return { why: 'unstarted', cause: String(error) };
    }
  }

  #start(): Thread<Question> {
    const { worker: module, name, env, heapMb, youngMb } = this.#rules;
    sparesSources(module);
    const worker = new Worker(module, {
      name,
      env: { ...sourceEnvironment(module), ...env },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb },
    });
    let loss: Loss = { why: 'ended', cause: '' };
    let another = true;
    worker.on('message', (answer: Answered<Answer>) => this.#receive(worker, answer));
    worker.on('error', (error: unknown) => {
      loss = { why: hasCode(error, MEMORY) ? 'memory' : 'ended', cause: error instanceof Error ? error.message : String(error) };
      another = !hasCode(error, NO_MODULE);
    });
    worker.on('exit', () => this.#lose(worker, this.#tasks[0], loss, another));
    worker.unref();
    this.#answered = false;
    return { worker, encode: this.#rules.encoder() };
  }

  #receive(worker: Worker, { id, answer }: Answered<Answer>): void {
    const task = this.#tasks[0];
    if (worker !== this.#thread?.worker || task?.id !== id) return;
    this.#answered = true;
    this.#tasks.shift();
    if (this.#tasks.length > 0) this.#rewind();
    else {
      this.#unwatch();
      worker.unref();
    }
    task.done(answer);
    this.#events.free();
  }

  /** Gives the question that is now first its full budget. */
  #rewind(): void {
    this.#unwatch();
    const { timers = SYSTEM_TIMERS, budgetMs, budgetOf } = this.#rules;
    const [first] = this.#tasks;
    const budget = first === undefined ? budgetMs : (budgetOf?.(first.question) ?? budgetMs);
    this.#watch = timers.start(() => this.#lose(this.#thread?.worker, this.#tasks[0], { why: 'deadline', cause: '' }), budget);
  }

  #unwatch(): void {
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
  }

  /** Ends the thread; `culprit` and the questions behind it are handed back. */
  #lose(worker: Worker | undefined, culprit: ThreadTask<Question, Answer> | undefined, loss: Loss, another = true): void {
    if (worker === undefined || worker !== this.#thread?.worker) return;
    this.#unwatch();
    const orphans = this.#tasks.filter((task) => task !== culprit);
    this.#thread = undefined;
    this.#tasks = [];
    void worker.terminate();
    this.#events.lost(this, loss, { culprit, orphans, another });
  }
}

const MEMORY = /^ERR_WORKER_OUT_OF_MEMORY$/;
const NO_MODULE = /MODULE_NOT_FOUND$/;

function hasCode(error: unknown, pattern: RegExp): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && pattern.test(error.code);
}
