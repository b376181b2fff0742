import { LRUCache } from 'lru-cache';
import type { Examination, Examined, StatementExaminer } from '../domain/content.ts';
import { createThread } from './thread.ts';
import type { ExaminationThread } from './thread.ts';

/** How statements are examined; every member has a default. */
export interface ExaminerOptions {
  /** Threads, each started when it is first needed. Default 2. */
  readonly threads?: number;
  /** Questions that may wait. Default 512. */
  readonly maxQueue?: number;
  /** Answers remembered. Default 20,000. */
  readonly cacheEntries?: number;
  /** Milliseconds one examination may take. Default 5,000. */
  readonly budgetMs?: number;
  /** Megabytes of heap per thread. Default 256. */
  readonly heapMb?: number;
  /** Module of the threads; default: the worker of this room. */
  readonly workerUrl?: URL;
}

/** The examiner with its life cycle. */
export interface PooledExaminer extends StatementExaminer {
  close(): Promise<void>;
  stats(): { readonly examinations: number; readonly restarts: number; readonly queued: number };
}

const STOPPED: Examined = { ok: false, code: 'ENGINE_DEADLINE', cause: 'the request ended before the examination did' };

/**
 * Makes the examiner that the engine uses: threads behind a memory of answers, where one question is asked once for
 * all who ask it at the same time. An answer depends on nothing but its question, whose key names everything in it,
 * so it stays right for as long as it is kept; troubles of ours are not kept.
 */
export function createExaminer(options: ExaminerOptions = {}): PooledExaminer {
  const threads: readonly ExaminationThread[] = Array.from({ length: Math.max(1, options.threads ?? 2) }, () =>
    createThread({ budgetMs: options.budgetMs ?? 5000, heapMb: options.heapMb ?? 256, workerUrl: options.workerUrl ?? workerModule() }));
  const answers = new LRUCache<string, Examined>({ max: options.cacheEntries ?? 20_000 });
  const flights = new Map<string, Promise<Examined>>();
  let examinations = 0;

  function queued(): number {
    return threads.reduce((sum, { load }) => sum + load, 0);
  }

  function launch(examination: Examination): Promise<Examined> {
    if (queued() >= (options.maxQueue ?? 512)) return Promise.resolve({ ok: false, code: 'ENGINE_OVERLOADED', cause: `${queued()} examinations are waiting` });
    examinations += 1;
    const free = threads.reduce((least, other) => (other.load < least.load ? other : least));
    const flight = free.run(examination).then((examined) => {
      flights.delete(examination.key);
      if (examined.ok) answers.set(examination.key, examined);
      return examined;
    });
    flights.set(examination.key, flight);
    return flight;
  }

  return {
    known: (key) => answers.get(key),
    examine(examination, signal) {
      const known = answers.get(examination.key);
      if (known !== undefined) return Promise.resolve(known);
      if (signal.aborted) return Promise.resolve(STOPPED);
      return orStopped(flights.get(examination.key) ?? launch(examination), signal);
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
    stats: () => ({ examinations, restarts: threads.reduce((sum, { restarts }) => sum + restarts, 0), queued: queued() }),
  };
}

function orStopped(flight: Promise<Examined>, signal: AbortSignal): Promise<Examined> {
  return new Promise((resolve) => {
    const stop = (): void => resolve(STOPPED);
    signal.addEventListener('abort', stop, { once: true });
    void flight.then((examined) => {
      signal.removeEventListener('abort', stop);
      resolve(examined);
    });
  });
}

/** The worker beside this module: its source when types are stripped at run time, its JavaScript when compiled. */
function workerModule(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
}
