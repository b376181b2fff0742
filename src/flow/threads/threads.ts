/** A pool of threads that answers every question, if need be with the answer for a lost one. */
import { currentAsker } from '../asker.ts';
import { ThreadQueue } from './thread-queue.ts';
import { ThreadSlot } from './thread-slot.ts';
import type { Bereaved } from './thread-slot.ts';
import type { Loss, ThreadRules, ThreadTask } from './thread-rules.ts';

export type { Loss, ThreadLoad, ThreadRules } from './thread-rules.ts';

/** Threads that answer questions; `run` never rejects. */
export interface Threads<Question, Answer> {
  /** The answer, of a thread or of the rules. */
  run(question: Question): Promise<Answer>;
  /**
   * Says that whoever is at work now waits for the answer to this question as well, which somebody else has asked: it then comes
   * when the turn of one of them has come. Nothing is asked anew.
   */
  join(question: Question): void;
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
 * Makes the pool. Whoever asks takes turns (`asker.ts`), and a question goes to the thread with the least to do. The first
 * question of a thread that runs out of its budget or memory answers for that; one whose thread ended otherwise is asked once more,
 * in its turn. Those behind it are given to another thread, so a hostile question spoils nobody else's answer.
 */
export function createThreads<Question, Answer>(rules: ThreadRules<Question, Answer>): Threads<Question, Answer> {
  return new ThreadPool(rules);
}

class ThreadPool<Question, Answer> implements Threads<Question, Answer> {
  readonly #rules: ThreadRules<Question, Answer>;
  readonly #slots: readonly ThreadSlot<Question, Answer>[];
  readonly #queue: ThreadQueue<Question, Answer>;
  #accepted = 0;
  #restarts = 0;
  #timeouts = 0;
  #closed = false;

  constructor(rules: ThreadRules<Question, Answer>) {
    this.#rules = rules;
    this.#slots = Array.from({ length: rules.threads }, () => new ThreadSlot(rules, {
      lost: (slot, loss, left) => this.#lost(slot, loss, left),
      free: () => this.#dispatch(),
    }));
    this.#queue = new ThreadQueue({ all: rules.threads * rules.ahead, heldBy: (namespace) => this.#heldBy(namespace) });
  }

  run(question: Question): Promise<Answer> {
    if (this.#closed) return Promise.resolve(this.#rules.lost(question, CLOSED));
    const asker = currentAsker();
    const { namespace } = asker;
    const refusal = this.#rules.refuse(question, {
      queued: this.#queue.size,
      unanswered: this.#unanswered(),
      ofNamespace: namespace === '' ? 0 : this.#queue.waitingOf(namespace) + this.#heldBy(namespace),
    });
    if (refusal !== undefined) return Promise.resolve(refusal);
    return new Promise((done) => {
      this.#queue.push({ id: (this.#accepted += 1), question, asker, cost: this.#rules.costOf?.(question) ?? 1, again: false, done });
      this.#dispatch();
    });
  }

  join(question: Question): void {
    this.#queue.join(question);
  }

  stats(): ThreadStats {
    return {
      started: this.#slots.filter(({ started }) => started).length,
      working: this.#slots.filter(({ load }) => load > 0).length,
      queued: this.#queue.size,
      unanswered: this.#unanswered(),
      accepted: this.#accepted,
      restarts: this.#restarts,
      timeouts: this.#timeouts,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#answer(this.#queue.drain(), CLOSED);
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #unanswered(): number {
    return this.#slots.reduce((sum, { load }) => sum + load, this.#queue.size);
  }

  #heldBy(namespace: string): number {
    return this.#slots.reduce((sum, slot) => sum + slot.loadOf(namespace), 0);
  }

  #dispatch(): void {
    while (this.#queue.size > 0 && !this.#closed) {
      const slot = this.#slots.reduce((least, other) => (other.load < least.load ? other : least));
      if (slot.load >= this.#rules.ahead) return;
      const task = this.#queue.next();
      if (task !== undefined) slot.give(task);
    }
  }

  #lost(slot: ThreadSlot<Question, Answer>, loss: Loss, { culprit, orphans, another }: Bereaved<Question, Answer>): void {
    const left = culprit === undefined ? [] : [culprit];
    if (this.#closed) return this.#answer([...left, ...orphans], CLOSED);
    this.#restarts += 1;
    if (loss.why === 'deadline') this.#timeouts += 1;
    for (const task of orphans) {
      // Whoever waits behind a question of his own namespace has had his turn with it.
      const own = task.asker.namespace !== '' && task.asker.namespace === culprit?.asker.namespace;
      if (own) this.#queue.push(task);
      else this.#queue.pushFirst(task);
    }
    for (const task of left) {
      if (loss.why === 'ended' && another && !task.again) this.#queue.push({ ...task, again: true });
      else this.#answer([task], loss);
    }
    slot.restart();
    this.#dispatch();
  }

  #answer(tasks: readonly ThreadTask<Question, Answer>[], loss: Loss): void {
    for (const { question, done } of tasks) done(this.#rules.lost(question, loss));
  }
}

const CLOSED: Loss = { why: 'closed', cause: '' };
