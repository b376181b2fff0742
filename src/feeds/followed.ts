/** All objects of one kind, as the API server tells them while the server runs; what it has not confirmed for a minute is not believed. */
import type { Clock } from '../domain/ports.ts';
import { KubeStatusError } from '../cluster/api.ts';
import type { KubeApi } from '../cluster/api.ts';
import { reflect } from '../cluster/reflector.ts';
import type { Reflected, ReflectorOptions as Pauses } from '../cluster/reflector.ts';
import type { Feed } from './feed.ts';
import { createHeld, messageOf, shown } from './held.ts';

/** Objects by key, kept by list and watch; the age is the time since the API server last confirmed that what is kept is current. */
export interface Followed<T> extends Feed<ReadonlyMap<string, T> | undefined> {
  /** What is kept while it is young enough to be believed. The map is the reflector's and changes with the next event. */
  believed(): ReadonlyMap<string, T> | undefined;
}

/** How objects are followed. */
export interface FollowOptions extends Pauses {
  /** Told of failed lists and watches, once until all is well again; must not throw. */
  readonly failed?: (problem: string) => void;
  /** Beyond this age what is kept is not believed and the API server is asked; default: a minute. */
  readonly staleMs?: number;
  /** Default: a monotonic one. */
  readonly clock?: Clock;
}

/** Whether the problem of such a feed is that the API server does not let us read: then no replica can. */
export function isRefusal(problem: string | undefined): boolean {
  return problem !== undefined && [401, 403].some((status) => problem.startsWith(new KubeStatusError(status, '').message));
}

/** Twice what passes between two confirmations while all is well (`cluster/reflector.ts`). */
const STALE_MS = 60_000;

/**
 * For many or large objects, which are not to be listed again while nothing changes: bookmarks confirm them, which API servers send once a
 * minute. Only where none came is there a list, and it has its 15 seconds before what is known counts as old.
 */
export const CONFIRMED_BY_BOOKMARKS: Pick<FollowOptions, 'quietMs' | 'staleMs'> = { quietMs: 75_000, staleMs: 95_000 };

/** Follows all objects of one kind from now on (security.md R07, H17), under this name in metrics. */
export function follow<T>(name: string, api: KubeApi, kind: Reflected<T>, options: FollowOptions = {}): Followed<T> {
  const { failed = () => undefined, staleMs = STALE_MS, clock, ...pauses } = options;
  const held = createHeld<ReadonlyMap<string, T>>({
    name,
    ...(clock === undefined ? {} : { clock }),
    refused: (cause) => failed(messageOf(cause)),
  });
  const isYoung = (): boolean => (held.age() ?? Infinity) <= staleMs;
  const reflector = reflect<T>(
    api,
    kind,
    { items: held.replace, confirmed: () => held.confirm(), failed: held.unreadable, well: held.well },
    pauses,
  );
  return {
    ...shown(held),
    condition() {
      const condition = held.condition();
      return { ...condition, ready: condition.ready && isYoung() };
    },
    current: held.current,
    believed: () => (isYoung() ? held.current() : undefined),
    refresh: reflector.refresh,
    close() {
      reflector.close();
      held.close();
    },
  };
}
