/** The rules by which examination threads are run: one question at a time, and an end to those that take too long. */
import type { Examination, Examined } from '../domain/policy/content-check.ts';
import { shareOf } from '../flow/threads/thread-rules.ts';
import { createThreads } from '../flow/threads/threads.ts';
import type { Loss, Threads } from '../flow/threads/threads.ts';
import type { Timers } from '../flow/timers.ts';

/** How the examination threads are run. */
export interface ThreadOptions {
  readonly threads: number;
  /** Questions that may be without an answer at a time; further ones answer ENGINE_OVERLOADED at once. */
  readonly maxQueue: number;
  /** Milliseconds one examination may take before its thread is ended. */
  readonly budgetMs: number;
  /** Megabytes of heap per thread. */
  readonly heapMb: number;
  readonly workerUrl: URL;
  /** Timers of the budgets; default: the system's. */
  readonly timers?: Timers | undefined;
}

/**
 * Makes threads, each started with its first question and handed one at a time. A running expression cannot be stopped from
 * inside, so a question that exceeds its budget ends its thread and answers ENGINE_DEADLINE; the others go to a new one.
 */
export function createExaminationThreads(options: ThreadOptions): Threads<Examination, Examined> {
  return createThreads<Examination, Examined>({
    name: 'gatehouse-examine',
    worker: options.workerUrl,
    threads: options.threads,
    start: 'when asked',
    ahead: 1,
    budgetMs: options.budgetMs,
    heapMb: options.heapMb,
    youngMb: 32,
    env: { TZ: 'UTC' },
    encoder: () => (examination) => examination,
    refuse: (_, { unanswered, ofNamespace }) => (unanswered >= options.maxQueue || ofNamespace >= shareOf(options.maxQueue)
      ? { ok: false, code: 'ENGINE_OVERLOADED', cause: `${unanswered} examinations are waiting, ${ofNamespace} of them of this namespace` }
      : undefined),
    lost: (_, loss) => ({ ok: false, code: loss.why === 'deadline' ? 'ENGINE_DEADLINE' : 'ENGINE_FAULT', cause: causeOf(loss, options) }),
    ...(options.timers === undefined ? {} : { timers: options.timers }),
  });
}

function causeOf({ why, cause }: Loss, { budgetMs }: ThreadOptions): string {
  switch (why) {
    case 'deadline': return `examination took longer than ${budgetMs} ms`;
    case 'memory': return `examination needed too much memory: ${cause}`;
    case 'ended': return cause === '' ? 'examination thread ended' : `examination thread failed: ${cause}`;
    case 'unsent':
    case 'unstarted': return `question could not be sent to its thread: ${cause.slice(0, 200)}`;
    case 'closed': return 'examination has been shut down';
  }
}
