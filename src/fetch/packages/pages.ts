/** Pages of an ecosystem that many questions need are read once for all of them, at the same time or within a minute. */
import { LRUCache } from 'lru-cache';
import { createFlights } from '../../flow/single-flight.ts';
import type { Flights } from '../../flow/single-flight.ts';
import { outOfTime } from '../../net/failure.ts';
import type { AskEcosystem } from './ecosystem.ts';

const KEPT_MS = 60_000;

/**
 * Reads a page by its path, shared with whoever waits for the same, or gives what was read of it within the last minute; what fails or is
 * absent is not kept. The signal that `read` gets is over when nobody waits any more.
 */
export type ReadPage<T extends object> = (
  ask: AskEcosystem, path: string, read: (signal: AbortSignal) => Promise<T | undefined>, signal: AbortSignal,
) => Promise<T | undefined>;

interface Pages<T extends object> {
  readonly known: LRUCache<string, T>;
  readonly flights: Flights<T | undefined>;
}

/** Pages of each address apart, bounded by `most` units of `size`. */
export function createPages<T extends object>(most: number, size: (page: T) => number): ReadPage<T> {
  const kept = new WeakMap<AskEcosystem, Pages<T>>();
  const pagesOf = (ask: AskEcosystem): Pages<T> => {
    const before = kept.get(ask);
    if (before !== undefined) return before;
    const known = new LRUCache<string, T>({ maxSize: most, ttl: KEPT_MS, sizeCalculation: (page) => 1 + size(page) });
    const pages = { known, flights: createFlights<T | undefined>(outOfTime) };
    kept.set(ask, pages);
    return pages;
  };
  return async (ask, path, read, signal) => {
    const { known, flights } = pagesOf(ask);
    return known.get(path) ?? flights.run(path, async (shared) => {
      const page = await read(shared);
      if (page !== undefined) known.set(path, page);
      return page;
    }, signal);
  };
}
