/** Examining off the event loop, with a memory of answers: an answer follows from its question alone and never grows old. */
import type { Examination, Examined, StatementExaminer } from '../domain/policy/content-check.ts';
import type { ExaminationNumbers } from '../domain/thread-numbers.ts';
import { createMemory } from '../flow/memory.ts';
import { threadModule } from '../flow/threads/thread-module.ts';
import type { Timers } from '../flow/timers.ts';
import { untilAborted } from '../flow/until-aborted.ts';
import { createExaminationThreads } from './threads.ts';

/** How statements are examined; every member has a default. */
export interface ExaminerOptions {
  /** Threads, each started when it is first needed. Default 2. */
  readonly threads?: number;
  /** Questions that may be without an answer at a time. Default 512. */
  readonly maxQueue?: number;
  /** Answers remembered. Default 20,000. */
  readonly cacheEntries?: number;
  /** Bytes that remembered answers may take. Default 16 MiB. */
  readonly cacheBytes?: number;
  /** Milliseconds one examination may take. Default 5,000. */
  readonly budgetMs?: number;
  /** Megabytes of heap per thread. Default 256. */
  readonly heapMb?: number;
  /** Module of the threads; default: the worker of this room. */
  readonly workerUrl?: URL;
  /** Timers of the budgets; default: the system's. */
  readonly timers?: Timers;
}

/** The examiner with its life cycle. */
export interface PooledExaminer extends StatementExaminer {
  close(): Promise<void>;
  stats(): ExaminationNumbers;
}

/** Bytes an answer without objections is reckoned at. */
const ENTRY_BYTES = 512;

const STOPPED: Examined = { ok: false, code: 'ENGINE_DEADLINE', cause: 'the request ended before the examination did' };

/**
 * Makes the examiner that the engine uses: threads behind a memory of answers, where one question is asked once for
 * all who ask it at the same time. An answer depends on nothing but its question, whose key names everything in it,
 * so it stays right for as long as it is kept; troubles of ours are not kept.
 */
export function createExaminer(options: ExaminerOptions = {}): PooledExaminer {
  const threads = createExaminationThreads({
    threads: Math.max(1, options.threads ?? 2),
    maxQueue: options.maxQueue ?? 512,
    budgetMs: options.budgetMs ?? 5000,
    heapMb: options.heapMb ?? 256,
    workerUrl: options.workerUrl ?? threadModule(import.meta.url),
    timers: options.timers,
  });
  const answers = createMemory<Examined>({ entries: options.cacheEntries ?? 20_000, bytes: options.cacheBytes ?? 16 * 1024 * 1024 });
  let cacheHits = 0;

  function remembered(key: string): Examined | undefined {
    const known = answers.known(key);
    if (known !== undefined) cacheHits += 1;
    return known;
  }

  function ask(examination: Examination): Promise<Examined> {
    const { key } = examination;
    const coming = answers.coming(key);
    if (coming !== undefined) cacheHits += 1;
    return coming ?? answers.share(key, threads.run(examination), (value) => (value.ok ? { value, bytes: sizeOf(value, key) } : { value }));
  }

  return {
    known: remembered,
    examine(examination, signal) {
      const known = remembered(examination.key);
      if (known !== undefined) return Promise.resolve(known);
      if (signal.aborted) return Promise.resolve(STOPPED);
      return untilAborted(ask(examination), signal, () => STOPPED);
    },
    close: () => threads.close(),
    stats() {
      const { accepted, working, unanswered, started, restarts, timeouts } = threads.stats();
      return {
        examinations: accepted, cacheHits, cacheBytes: answers.bytes, running: working, queued: unanswered - working,
        threads: started, restarts, timeouts,
      };
    },
  };
}

/** Texts at two bytes a character. */
function sizeOf(examined: Examined, key: string): number {
  const texts = examined.ok ? examined.objections.flatMap((objection) => Object.values(objection)) : [];
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? 2 * text.length + 32 : 8), ENTRY_BYTES + 2 * key.length);
}
