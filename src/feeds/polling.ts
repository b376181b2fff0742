/** When a source is looked at: after a pause, at once when something stirs, and never twice at a time. */
import { watch } from 'node:fs';
import type { Clock } from '../domain/ports.ts';

/** Calls once after so many milliseconds, keeping no process alive; gives what takes it back. */
export type After = (ms: number, run: () => void) => () => void;

/** What tells a feed when to look. Tests put their own in its place, and then wait for no time and no disk. */
export interface FeedTime {
  readonly clock: Clock;
  readonly after: After;
  /** Calls whenever something in the folder, or the file, stirs; gives what ends that. What it misses, the next pause finds. */
  watch(path: string, stirred: () => void): () => void;
}

/** How a source is looked at again and again. */
export interface PollingOptions {
  /** One look; must not reject. The signal fires when the polling ends. */
  look(signal: AbortSignal): Promise<void>;
  /** Milliseconds from the end of a look to the next. */
  pauseMs(): number;
  /** Files and folders whose stirring is worth a look at once; where the system tells nothing, the pause finds it. */
  readonly watch?: readonly string[];
  readonly time?: FeedTime;
}

/** A source that is looked at again and again. */
export interface Polling {
  /** Looks now, or once more after the look under way; resolves when a look is over that began after the call. */
  now(): Promise<void>;
  /** The next look is at most so many milliseconds away. */
  within(ms: number): void;
  stop(): void;
}

/** The time that passes; a clock that is set changes nothing. */
export const REAL_TIME: FeedTime = { clock: { now: () => performance.now() }, after: afterReal, watch: watchReal };

/** Sleep and clocks that are set are noticed within an hour, however long the pause. */
const LONGEST_TIMER = 3_600_000;
const SHORTEST_TIMER = 10;
/** A folder may stir all the time (a log lies in it): looks that it causes begin no closer together than this. */
const STIR_MS = 100;

/**
 * Looks after every pause, at once when `now` is called, and never twice at a time; when a path stirs at once or, where it
 * was just looked at, a tenth of a second after that. The first pause begins here.
 */
export function poll({ look, pauseMs, watch: paths = [], time = REAL_TIME }: PollingOptions): Polling {
  const { clock, after } = time;
  const stopped = new AbortController();
  let running: Promise<void> | undefined;
  let again: Promise<void> | undefined;
  let due = clock.now() + pauseMs();
  let cancel = (): void => undefined;
  let began = -Infinity;
  let hasStirred = false;

  const arm = (): void => {
    cancel();
    if (stopped.signal.aborted) return;
    cancel = after(Math.min(Math.max(due - clock.now(), SHORTEST_TIMER), LONGEST_TIMER), () => {
      if (clock.now() < due) arm();
      else if (running === undefined) void now();
    });
  };
  const now = (): Promise<void> => {
    if (stopped.signal.aborted) return Promise.resolve();
    // The look under way may have passed what has changed since.
    if (running !== undefined)
      return (again ??= running.then(() => {
        again = undefined;
        return now();
      }));
    began = clock.now();
    hasStirred = false;
    return (running = look(stopped.signal).finally(() => {
      running = undefined;
      due = hasStirred ? began + STIR_MS : clock.now() + pauseMs();
      arm();
    }));
  };
  const stir = (): void => {
    if (running === undefined && clock.now() - began >= STIR_MS) return void now();
    hasStirred = true;
    due = Math.min(due, began + STIR_MS);
    arm();
  };
  arm();
  const watchers = [...new Set(paths)].map((path) => time.watch(path, stir));
  return {
    now,
    within(ms) {
      due = Math.min(due, clock.now() + ms);
      arm();
    },
    stop() {
      cancel();
      stopped.abort();
      for (const end of watchers) end();
    },
  };
}

function afterReal(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
}

/** Where the path does not exist there is nothing to watch: the pause finds it once it does. */
function watchReal(path: string, stirred: () => void): () => void {
  try {
    const watcher = watch(path, { persistent: false }, stirred).on('error', () => undefined);
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}
