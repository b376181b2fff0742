/** A list that stays true: all objects of one kind, kept up by a watch that is begun again whenever it ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM_TIMERS } from '../flow/timers.ts';
import type { Timers } from '../flow/timers.ts';
import { KubeStatusError } from './api.ts';
import type { KubeApi } from './api.ts';
import { listAll, readEvent, sameItems } from './list-watch.ts';
import type { Listed, Reflected } from './list-watch.ts';
import { whileQuiet } from './quiet.ts';

export type { Reflected } from './list-watch.ts';

/** Told what the API server says; must not throw. */
export interface ReflectorEvents<T> {
  /** All there is, after a list or an event of the watch. The map is the reflector's and changes with the next event. */
  items(items: ReadonlyMap<string, T>): void;
  /** The API server has confirmed what is known. */
  confirmed(): void;
  /** A list or watch has failed; what was known stays known. */
  failed(cause: unknown): void;
  /** A watch has come to its end in order, or was too old to go on: whatever fails next is another failure. */
  well(): void;
}

/** Pauses and sizes. */
export interface ReflectorOptions {
  /** First and longest pause after a failure. */
  readonly backoffMs?: { readonly first: number; readonly longest: number };
  readonly pageSize?: number;
  /** How long a watch may be silent before it is held against a list; default: 25 s. */
  readonly quietMs?: number;
  /** Of the silence of a watch; default: the system's. */
  readonly timers?: Timers;
  /** A number from 0 up to 1, by which pauses and the lengths of watches are spread; default: a random one. */
  readonly random?: () => number;
}

/** Objects that are followed. */
export interface Reflector {
  /** Lists anew; resolves when there is an answer, of whatever kind. */
  refresh(): Promise<void>;
  close(): void;
}

/** Watches of many replicas that began together must not end together. */
const WATCH_SECONDS = { shortest: 240, longest: 480 };
/** A watch may be quiet for as long as nothing changes; after so long it is asked whether anything has. */
const QUIET_MS = 25_000;

/**
 * Follows all objects of one kind: a list in pages, then a watch with bookmarks, for ever (security.md R07, H17).
 *
 * 410 Gone lists anew after the first pause, since it comes to all replicas at once; every other failure after a growing one.
 * Pauses and the lengths of watches are spread by chance. A watch that is quiet is not cut: it is held against a list. When that
 * says what is known, the watch goes on; when it says something else, or does not come, the connection of the watch is dead,
 * whatever it looks like, and another one takes its place. So what is known is confirmed twice a minute, and a frozen connection
 * noticed within one. With a longer `quietMs` than lies between two bookmarks nothing is listed again while these come.
 */
export function reflect<T>(api: KubeApi, kind: Reflected<T>, events: ReflectorEvents<T>, options: ReflectorOptions = {}): Reflector {
  const { backoffMs = { first: 500, longest: 10_000 }, pageSize = 500, quietMs = QUIET_MS } = options;
  const { timers = SYSTEM_TIMERS, random = Math.random } = options;
  const rest = (ms: number, signal: AbortSignal): Promise<unknown> =>
    sleep(ms * (0.5 + random()), undefined, { signal }).catch(() => undefined);
  const stop = new AbortController();
  /** Ends what is under way when somebody wants a list at once. */
  let round = new AbortController();
  const waiting: (() => void)[] = [];
  const answered = (): void => { for (const done of waiting.splice(0)) done(); };
  let known = new Map<string, T>();

  const readAll = (signal: AbortSignal): Promise<Listed<T>> => listAll(api, kind, { pageSize, timers, signal });
  /** Holds the watch that is open against a list; between two watches it is put off to the beginning of the next one. */
  let check: (() => Promise<void>) | undefined;
  let overdue = false;
  const quiet = whileQuiet(quietMs, timers, () => {
    overdue = check === undefined;
    return check?.() ?? Promise.resolve();
  });
  const take = ({ items, version }: Listed<T>): string => {
    quiet.heard();
    overdue = false;
    known = items;
    events.confirmed();
    events.items(known);
    return version;
  };

  const follow = async (from: string, signal: AbortSignal): Promise<string> => {
    let version = from;
    let heard = 0;
    /** What the watch has missed, or why it is taken for dead. */
    let instead: { readonly listed: Listed<T> } | { readonly cause: unknown } | undefined;
    const cut = new AbortController();
    check = async () => {
      const before = heard;
      const end = (other: typeof instead): void => {
        instead = other;
        cut.abort();
      };
      try {
        const listed = await readAll(AbortSignal.any([signal, cut.signal]));
        // What spoke meanwhile is alive, and may know more than the list does.
        if (heard === before && !sameItems(listed.items, known, kind.same)) return end({ listed });
        if (heard === before) version = listed.version;
        events.confirmed();
      } catch (cause) {
        end({ cause });
      }
    };
    if (overdue) void check();
    overdue = false;
    const seconds = WATCH_SECONDS.shortest + Math.floor(random() * (WATCH_SECONDS.longest - WATCH_SECONDS.shortest + 1));
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${seconds}&resourceVersion=${encodeURIComponent(from)}`;
    try {
      await api.watch(`${kind.path}?${query}`, (event) => {
        heard += 1;
        quiet.heard();
        const read = readEvent(event, kind.path);
        if (read === undefined) return events.confirmed();
        version = read.version ?? version;
        events.confirmed();
        const item = read.type === 'BOOKMARK' ? undefined : kind.read(read.object);
        if (item === undefined) return;
        if (read.type === 'DELETED') known.delete(item.key);
        else known.set(item.key, item.value);
        events.items(known);
      }, AbortSignal.any([signal, cut.signal]));
    } catch (cause) {
      if (signal.aborted || instead === undefined) throw cause;
      if ('cause' in instead) throw instead.cause;
      return take(instead.listed);
    } finally {
      check = undefined;
    }
    return version;
  };

  const run = async (): Promise<void> => {
    let pause = backoffMs.first;
    let version = '';
    while (!stop.signal.aborted) {
      const began = performance.now();
      if (round.signal.aborted) {
        round = new AbortController();
        version = '';
      }
      const signal = AbortSignal.any([stop.signal, round.signal]);
      try {
        if (version === '') version = take(await readAll(signal));
        // Asked for while it was under way: a list that begins after that is the answer.
        if (signal.aborted) continue;
        answered();
        version = await follow(version, signal);
        events.well();
        pause = backoffMs.first;
        // A server that ends every watch at once must not be asked in a tight loop.
        if (performance.now() - began < backoffMs.first) await rest(backoffMs.first, signal);
      } catch (cause) {
        if (signal.aborted) continue;
        const gone = cause instanceof KubeStatusError && cause.status === 410 && version !== '';
        version = '';
        if (gone) events.well();
        else events.failed(cause);
        answered();
        // A watch that lived for a while was well until then.
        if (gone && performance.now() - began > backoffMs.first) pause = backoffMs.first;
        await rest(pause, signal);
        pause = Math.min(pause * 2, backoffMs.longest);
      }
    }
    quiet.stop();
    answered();
  };
  void run();

  return {
    refresh() {
      if (stop.signal.aborted) return Promise.resolve();
      const done = new Promise<void>((resolve) => void waiting.push(resolve));
      round.abort();
      return done;
    },
    close: () => stop.abort(),
  };
}
