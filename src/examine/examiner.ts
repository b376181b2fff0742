import { LRUCache } from 'lru-cache';
import type { Examination, Examined, StatementExaminer } from '../domain/policy/content-check.ts';
import type { ExaminationNumbers } from '../domain/thread-numbers.ts';
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
  /** Bytes that remembered answers may take. Default 16 MiB. */
  readonly cacheBytes?: number;
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
  const threads: readonly ExaminationThread[] = Array.from({ length: Math.max(1, options.threads ?? 2) }, () =>
    createThread({ budgetMs: options.budgetMs ?? 5000, heapMb: options.heapMb ?? 256, workerUrl: options.workerUrl ?? workerModule() }),
  );
  const answers = new LRUCache<string, Examined>({
    max: options.cacheEntries ?? 20_000,
    maxSize: options.cacheBytes ?? 16 * 1024 * 1024,
    sizeCalculation: sizeOf,
  });
  const flights = new Map<string, Promise<Examined>>();
  let examinations = 0;
  let cacheHits = 0;

  function loaded(): number {
    return threads.reduce((sum, { load }) => sum + load, 0);
  }

  function remembered(key: string): Examined | undefined {
    const known = answers.get(key);
    if (known !== undefined) cacheHits += 1;
    return known;
  }

  function launch(examination: Examination): Promise<Examined> {
    if (loaded() >= (options.maxQueue ?? 512))
      return Promise.resolve({ ok: false, code: 'ENGINE_OVERLOADED', cause: `${loaded()} examinations are waiting` });
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
    known: remembered,
    examine(examination, signal) {
      const known = remembered(examination.key);
      if (known !== undefined) return Promise.resolve(known);
      if (signal.aborted) return Promise.resolve(STOPPED);
      const flight = flights.get(examination.key);
      if (flight !== undefined) cacheHits += 1;
      return orStopped(flight ?? launch(examination), signal);
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
    stats() {
      const running = threads.filter(({ load }) => load > 0).length;
      const sum = (name: 'restarts' | 'timeouts'): number => threads.reduce((total, thread) => total + thread[name], 0);
      return {
        examinations, cacheHits, cacheBytes: answers.calculatedSize, running, queued: loaded() - running,
        threads: threads.filter(({ started }) => started).length, restarts: sum('restarts'), timeouts: sum('timeouts'),
      };
    },
  };
}

/** Texts at two bytes a character. */
function sizeOf(examined: Examined, key: string): number {
  const texts = examined.ok ? examined.objections.flatMap((objection) => Object.values(objection)) : [];
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? 2 * text.length + 32 : 8), ENTRY_BYTES + 2 * key.length);
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
