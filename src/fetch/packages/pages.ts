/** Pages of an ecosystem that many questions need are read once for all of them, for a minute. */
import { LRUCache } from 'lru-cache';
import type { AskEcosystem } from './ecosystem.ts';

const KEPT_MS = 60_000;

/** Reads a page by its path, or gives what was read of it within the last minute; what fails or is absent is not kept. */
export type ReadPage<T extends object> = (ask: AskEcosystem, path: string, read: () => Promise<T | undefined>) => Promise<T | undefined>;

/** Pages of each address apart, bounded by `most` units of `size`. */
export function createPages<T extends object>(most: number, size: (page: T) => number): ReadPage<T> {
  const kept = new WeakMap<AskEcosystem, LRUCache<string, T>>();
  return async (ask, path, read) => {
    const pages = kept.get(ask) ?? new LRUCache<string, T>({ maxSize: most, ttl: KEPT_MS, sizeCalculation: (page) => 1 + size(page) });
    kept.set(ask, pages);
    const known = pages.get(path);
    if (known !== undefined) return known;
    const page = await read();
    if (page !== undefined) pages.set(path, page);
    return page;
  };
}
