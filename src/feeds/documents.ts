/** One document that somebody else publishes, a file or an answer over HTTPS, followed while the server runs: the last good one stays. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { untilAborted } from '../flow/until-aborted.ts';
import { readInputFile } from '../platform/input-file.ts';
import type { Feed } from './feed.ts';
import { createHeld, messageOf, shown } from './held.ts';
import { poll, REAL_TIME } from './polling.ts';
import type { FeedTime } from './polling.ts';

/** A document that is followed. */
export interface FollowedDocument<T> extends Feed<T | undefined> {
  /** What is in force, as long as it is young enough. */
  believed(): T | undefined;
  /** Something is missing in it: looks once more, unless that was done a moment ago. Resolves when the look is over or the signal fires. */
  missed(signal: AbortSignal): Promise<void>;
}

/** How a document is followed. */
export interface DocumentOptions<T> {
  /** Its name in metrics and messages. */
  readonly name: string;
  /** Brings it; rejects with words for people. */
  load(signal: AbortSignal): Promise<Uint8Array>;
  /** Its value; throws with words for people when it cannot be used, and then `inForce` stays so. */
  read(bytes: Uint8Array, inForce: T | undefined): T;
  /** Milliseconds until the next look, by what is in force. */
  pauseMs(inForce: T | undefined): number;
  /** Beyond this age, in milliseconds, what is in force is not believed. */
  readonly staleMs: number;
  /** Told of what cannot be used, once per content; must not throw. */
  readonly refused: (problem: string, ready: boolean) => void;
  /** Files whose stirring is worth a look at once. */
  readonly watch?: readonly string[];
  readonly time?: FeedTime;
}

const LOOK_AGAIN_MS = 60_000;
/** While there is nothing at all there is nothing to lose by asking sooner. */
const AGAIN_FOR_FIRST_MS = 2_000;

/** Follows a document from now on; the first look is under way when this returns. */
export function followDocument<T>(options: DocumentOptions<T>): FollowedDocument<T> {
  const { name, load, read, pauseMs, staleMs, refused, watch = [], time = REAL_TIME } = options;
  const held = createHeld<T>({ name, clock: time.clock, refused: (cause, ready) => refused(messageOf(cause), ready) });
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  const look = async (signal: AbortSignal): Promise<void> => {
    try {
      const bytes = await load(signal);
      if (signal.aborted) return;
      held.offer(createHash('sha256').update(bytes).digest('hex'), () => read(bytes, held.current()));
    } catch (cause) {
      if (!signal.aborted) held.unreadable(cause);
    }
  };
  const isYoung = (): boolean => (held.age() ?? Infinity) <= staleMs;
  const believed = (): T | undefined => (isYoung() ? held.current() : undefined);
  const polling = poll({
    look: (signal) => (looking = look(signal).finally(() => { looking = undefined; })),
    // However rarely its publisher wishes to be asked: before what is in force would be too old.
    pauseMs: () => (
      believed() === undefined ? Math.min(pauseMs(undefined), LOOK_AGAIN_MS / 2) : Math.min(pauseMs(held.current()), staleMs * 0.8)),
    watch: watch.map((path) => dirname(path)),
    time,
  });
  lookedAt = time.clock.now();
  void polling.now();

  return {
    ...shown(held),
    current: held.current,
    believed,
    missed(signal) {
      const now = time.clock.now();
      const pause = believed() === undefined ? AGAIN_FOR_FIRST_MS : LOOK_AGAIN_MS;
      // The look under way may bring it; everybody waits for the same one.
      if (looking === undefined && now - lookedAt >= pause) {
        lookedAt = now;
        void polling.now();
      }
      return looking === undefined ? Promise.resolve() : untilAborted(looking, signal, () => undefined);
    },
    refresh: polling.now,
    close() {
      polling.stop();
      held.close();
    },
  };
}

/** Brings a file of at most so many bytes. */
export function documentFile(path: string, mostBytes = 1024 * 1024): (signal: AbortSignal) => Promise<Uint8Array> {
  return async () => {
    const bytes = await readInputFile(path);
    if (bytes.length > mostBytes) throw new Error(`${path}: expected at most ${mostBytes} bytes`);
    return bytes;
  };
}
