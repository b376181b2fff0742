/** Questions that wait for a thread: askers take turns, and while others wait none of them holds nearly all of the places. */
import type { Asker } from '../asker.ts';
import { currentAsker } from '../asker.ts';
import { createFairQueue } from '../fair-queue.ts';
import type { ThreadTask } from './thread-rules.ts';

/** How many places there are on threads, and who holds them. */
export interface Places {
  /** All of them. */
  readonly all: number;
  /** Those that a namespace holds at this moment. */
  heldBy(namespace: string): number;
}

/** The part of all places that one namespace may hold while others wait; one place is always left to them. */
const SHARE = 0.75;

/** The queue of a pool. */
export class ThreadQueue<Question, Answer> {
  readonly #places: Places;
  readonly #most: number;
  readonly #turns = createFairQueue<ThreadTask<Question, Answer>>();
  /** Handed back by a thread that somebody else's question has ended: they have had their turn. */
  readonly #first: ThreadTask<Question, Answer>[] = [];
  /** What waits: a task may stand in the lanes of several askers, and is taken once. */
  readonly #waiting = new Set<ThreadTask<Question, Answer>>();

  constructor(places: Places) {
    this.#places = places;
    this.#most = Math.max(1, Math.min(places.all - 1, Math.floor(places.all * SHARE)));
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Questions of this namespace that wait. */
  waitingOf(namespace: string): number {
    let count = 0;
    for (const { asker } of this.#waiting) if (asker.namespace === namespace) count += 1;
    return count;
  }

  push(task: ThreadTask<Question, Answer>): void {
    this.#waiting.add(task);
    this.#turns.push(task.asker, task, task.cost);
  }

  /** Puts a task back that has had its turn and was not to blame that nothing came of it. */
  pushFirst(task: ThreadTask<Question, Answer>): void {
    this.#waiting.add(task);
    this.#first.push(task);
  }

  /** Lets whoever is at work now wait for this question as well, in his own turn, if it still waits. */
  join(question: Question): void {
    const asker = currentAsker();
    for (const task of this.#waiting) {
      if (task.question !== question) continue;
      if (asker.namespace !== task.asker.namespace) this.#turns.push(asker, task, task.cost);
      return;
    }
  }

  /** The next question, taken out: of those who hold no place before all others, of whoever holds his share only when he is alone. */
  next(): ThreadTask<Question, Answer> | undefined {
    const holdsNone = ({ namespace }: Asker): boolean => this.#places.heldBy(namespace) === 0;
    const mayHold = ({ namespace }: Asker): boolean => this.#places.heldBy(namespace) < this.#most;
    for (;;) {
      const task = this.#first.shift() ?? this.#turns.shift(holdsNone) ?? this.#turns.shift(mayHold) ?? this.#turns.shift();
      if (task === undefined || this.#waiting.delete(task)) return task;
    }
  }

  /** All that wait, taken out. */
  drain(): readonly ThreadTask<Question, Answer>[] {
    this.#first.splice(0);
    this.#turns.drain();
    const tasks = [...this.#waiting];
    this.#waiting.clear();
    return tasks;
  }
}
