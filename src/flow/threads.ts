/** A pool of threads that answers every question, if need be with the answer for a lost one. */
import { ThreadSlot } from './thread-slot.ts';
import type { Loss, ThreadRules, ThreadTask } from './thread-rules.ts';

export type { Loss, ThreadLoad, ThreadRules } from './thread-rules.ts';

/** Threads that answer questions; `run` never rejects. */
export interface Threads<Question, Answer> {
  /** The answer, of a thread or of the rules. */
  run(question: Question): Promise<Answer>;
  /** Numbers of this moment, and counters since the start. */
  stats(): ThreadStats;
  /** Ends all threads. Whoever waits, and whoever asks later, is answered as lost (`closed`). */
  close(): Promise<void>;
}

/** What can be counted of threads. */
export interface ThreadStats {
  /** Threads that live. */
  readonly started: number;
  /** Threads that are at work. */
  readonly working: number;
  /** Questions that wait and have not been handed to a thread. */
  readonly queued: number;
  /** Questions without an answer, the queued ones among them. */
  readonly unanswered: number;
  /** Questions let in since the start. */
  readonly accepted: number;
  /** Threads that ended before their time. */
  readonly restarts: number;
  /** Of these, those whose question exceeded its budget. */
  readonly timeouts: number;
}

/**
 * Makes the pool. A question goes to the thread with the least to do. The first question of a thread that runs out of its
 * budget or takes its thread down answers for that; those behind it are given to another thread, so a hostile question
 * spoils nobody else's answer.
 */
export function createThreads<Question, Answer>(rules: ThreadRules<Question, Answer>): Threads<Question, Answer> {
  return new ThreadPool(rules);
}

class ThreadPool<Question, Answer> implements Threads<Question, Answer> {
  readonly #rules: ThreadRules<Question, Answer>;
  readonly #slots: readonly ThreadSlot<Question, Answer>[];
  #queue: ThreadTask<Question, Answer>[] = [];
  #accepted = 0;
  #restarts = 0;
  #timeouts = 0;
  #closed = false;

  constructor(rules: ThreadRules<Question, Answer>) {
    this.#rules = rules;
    this.#slots = Array.from({ length: rules.threads }, () => new ThreadSlot(rules, {
      lost: (slot, loss, orphans) => this.#lost(slot, loss, orphans),
      free: () => this.#dispatch(),
    }));
  }

  run(question: Question): Promise<Answer> {
    if (this.#closed) return Promise.resolve(this.#rules.lost(question, CLOSED));
    const refusal = this.#rules.refuse(question, { queued: this.#queue.length, unanswered: this.#unanswered() });
    if (refusal !== undefined) return Promise.resolve(refusal);
    return new Promise((done) => {
      this.#queue.push({ id: (this.#accepted += 1), question, done });
      this.#dispatch();
    });
  }

  stats(): ThreadStats {
    return {
      started: this.#slots.filter(({ started }) => started).length,
      working: this.#slots.filter(({ load }) => load > 0).length,
      queued: this.#queue.length,
      unanswered: this.#unanswered(),
      accepted: this.#accepted,
      restarts: this.#restarts,
      timeouts: this.#timeouts,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#answerClosed(this.#queue.splice(0));
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #unanswered(): number {
    return this.#slots.reduce((sum, { load }) => sum + load, this.#queue.length);
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const slot = this.#slots.reduce((least, other) => (other.load < least.load ? other : least));
      if (slot.load >= this.#rules.ahead) return;
      const task = this.#queue.shift();
      if (task !== undefined) slot.give(task);
    }
  }

  #lost(slot: ThreadSlot<Question, Answer>, { why }: Loss, orphans: readonly ThreadTask<Question, Answer>[]): void {
    if (this.#closed) return this.#answerClosed(orphans);
    this.#restarts += 1;
    if (why === 'deadline') this.#timeouts += 1;
    this.#queue = [...orphans, ...this.#queue];
    slot.restart();
    this.#dispatch();
  }

  #answerClosed(tasks: readonly ThreadTask<Question, Answer>[]): void {
    for (const { question, done } of tasks) done(this.#rules.lost(question, CLOSED));
  }
}

const CLOSED: Loss = { why: 'closed', cause: '' };
