/** All that differs from one pool of threads to another. */
import type { Asker } from '../asker.ts';
import type { Timers } from '../timers.ts';

/** Why a question got no answer from its thread. `cause` is the text of an error; empty where there was none. */
export interface Loss {
  /**
   * `deadline`: it took longer than its budget; `memory`: it needed more memory than a thread has; `ended`: its thread ended, twice
   * if it could be started again, with `cause` if by an error; `unsent`: it could not be sent; `unstarted`: no thread could be
   * started for it; `closed`: the threads have been shut down.
   */
  readonly why: 'deadline' | 'memory' | 'ended' | 'unsent' | 'unstarted' | 'closed';
  readonly cause: string;
}

/** How many questions there are at this moment. */
export interface ThreadLoad {
  /** Questions that wait and have not been handed to a thread. */
  readonly queued: number;
  /** Questions without an answer, the queued ones among them. */
  readonly unanswered: number;
  /** Of these, those of the namespace on whose behalf is asked now; 0 for work that is nobody's. */
  readonly ofNamespace: number;
}

/** How threads are run, and what is answered when none of them did. None of the functions may throw. */
export interface ThreadRules<Question, Answer> {
  /** Name of the threads, for whoever looks at the process. */
  readonly name: string;
  /** Module that calls `answerQuestions`. */
  readonly worker: URL;
  /** Threads at most, at least 1. */
  readonly threads: number;
  /** Whether all threads are started with the pool, and again when they end, or each with its first question. */
  readonly start: 'at once' | 'when asked';
  /** Questions handed to one thread at a time, at least 1; with 2 it need not wait for the event loop between two small ones. */
  readonly ahead: number;
  /** Milliseconds for one question, from the moment it is the first of its thread. */
  readonly budgetMs: number;
  /** Where it differs by question; default: the same for all. */
  readonly budgetOf?: (question: Question) => number;
  /** What a question takes of its asker's share of the threads, above 0; default 1. */
  readonly costOf?: (question: Question) => number;
  /** Megabytes of heap per thread: old and young generation. */
  readonly heapMb: number;
  readonly youngMb: number;
  /** The whole environment of the threads. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes what turns questions into messages; one for every thread started, so that it may remember what that thread was told. */
  readonly encoder: () => (question: Question) => unknown;
  /** The answer to a question that is one too many; `undefined` lets it in. */
  readonly refuse: (question: Question, load: ThreadLoad) => Answer | undefined;
  /** The answer to a question that got none. */
  readonly lost: (question: Question, loss: Loss) => Answer;
  /** Timers of the budgets; default: the system's. */
  readonly timers?: Timers;
}

/** A question on its way, and who waits for its answer. */
export interface ThreadTask<Question, Answer> {
  readonly id: number;
  readonly question: Question;
  /** On whose behalf it was asked. */
  readonly asker: Asker;
  readonly cost: number;
  /** True once it was lost with a thread: it is not asked a third time. */
  readonly again: boolean;
  readonly done: (answer: Answer) => void;
}

/** The most questions of one namespace that `refuse` should let wait where `most` may wait in all: the rest is left to others. */
export function shareOf(most: number): number {
  return Math.max(1, Math.floor(most / 2));
}
