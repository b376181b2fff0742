/** A list that stays true: all objects of one kind, kept up by a watch that is begun again whenever it ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeStatusError } from './api.ts';
import type { KubeApi } from './api.ts';
import { readEvent, readList } from './list-watch.ts';

/** Which objects are followed, and what is kept of each. */
export interface Reflected<T> {
  /** Path of the list, as `/api/v1/namespaces`. */
  readonly path: string;
  /** Key and value of one object of the list or watch, unchecked until here; `undefined` when it is none of them. */
  read(object: unknown): { readonly key: string; readonly value: T } | undefined;
}

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
}

/** Objects that are followed. */
export interface Reflector {
  /** Lists anew; resolves when there is an answer, of whatever kind. */
  refresh(): Promise<void>;
  close(): void;
}

const WATCH_SECONDS = 290;
const LIST_MS = 30_000;

/**
 * Follows all objects of one kind: a list in pages, then a watch with bookmarks, for ever (security.md R07, H17).
 *
 * 410 Gone lists anew at once; every other failure lists anew after a growing pause with jitter.
 */
export function reflect<T>(api: KubeApi, kind: Reflected<T>, events: ReflectorEvents<T>, options: ReflectorOptions = {}): Reflector {
  const { backoffMs = { first: 500, longest: 30_000 }, pageSize = 500 } = options;
  const stop = new AbortController();
  /** Ends what is under way when somebody wants a list at once. */
  let round = new AbortController();
  const waiting: (() => void)[] = [];
  const answered = (): void => { for (const done of waiting.splice(0)) done(); };
  let known = new Map<string, T>();

  const list = async (signal: AbortSignal): Promise<string> => {
    const fresh = new Map<string, T>();
    let version = '';
    let next = '';
    do {
      const path = `${kind.path}?limit=${pageSize}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`;
      const { status, body } = await api.get(path, AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]));
      if (status !== 200) throw new KubeStatusError(status, kind.path);
      const page = readList(body, kind.path);
      for (const item of page.items) {
        const read = kind.read(item);
        if (read !== undefined) fresh.set(read.key, read.value);
      }
      version = page.version;
      next = page.next;
    } while (next !== '');
    known = fresh;
    events.confirmed();
    events.items(known);
    return version;
  };

  const follow = async (from: string, signal: AbortSignal): Promise<string> => {
    let version = from;
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${encodeURIComponent(from)}`;
    await api.watch(`${kind.path}?${query}`, (event) => {
      const read = readEvent(event, kind.path);
      if (read === undefined) return events.confirmed();
      version = read.version ?? version;
      events.confirmed();
      const item = read.type === 'BOOKMARK' ? undefined : kind.read(read.object);
      if (item === undefined) return;
      if (read.type === 'DELETED') known.delete(item.key);
      else known.set(item.key, item.value);
      events.items(known);
    }, signal);
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
        if (version === '') version = await list(signal);
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
        if (gone && performance.now() - began > backoffMs.first) continue;
        await rest(pause, signal);
        pause = Math.min(pause * 2, backoffMs.longest);
      }
    }
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

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
}
