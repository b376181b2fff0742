/** What readers of engines, and of what builds rely on, make of a request. */
import type { BuildImage } from '../domain/build/image.ts';
import type { Matter } from '../domain/build/matter.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import type { KindTable } from './table/rows.ts';

/** What was read; `problems` are enforced, since no policy asked for them. */
export interface EngineReading {
  readonly matter?: Matter;
  /** Every image place, in the order of the object. */
  readonly images: readonly BuildImage[];
  readonly problems: readonly Finding[];
}

/** How objects that stand inside of others, as text or as they are, are read: by all engines, and how deep they lie already. */
export interface NestedReaders {
  readonly readers: EngineReaders;
  /** 0 for the object of the request. */
  readonly depth: number;
  /** Kinds of others that are known by their places; absent: those that everybody has. */
  readonly table?: KindTable;
}

/**
 * Reads the requests about one resource (or subresource); the resource alone decides. Pure; bounded in time and size by its limits.
 * Without `nested` objects of engines inside of the object are read by their shape alone.
 */
export interface EngineReader {
  readonly kind: string;
  read(review: ReviewRequest, nested?: NestedReaders): EngineReading;
}

/** Readers by `group/resource`, with `/subresource` for one of those. */
export type EngineReaders = Readonly<Record<string, EngineReader>>;

/** The reader of an object by its group and kind, with the resource that serves it; `undefined` when there is none. */
export function readerOfKind(
  readers: EngineReaders, group: string, kind: string,
): { readonly reader: EngineReader; readonly resource: string } | undefined {
  for (const [key, reader] of Object.entries(readers)) {
    const [of = '', resource = '', sub] = key.split('/');
    if (of === group && sub === undefined && reader.kind === kind) return { reader, resource };
  }
  return undefined;
}
