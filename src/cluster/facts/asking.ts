/** One question to the API server, in the asker's turn and within bounds; whatever is no answer is not known, and says why. */
import { createFairSlots } from '../../flow/fair-slots.ts';
import { isObject } from '../../text/json/fields.ts';
import type { GetOptions, KubeApi } from '../api.ts';
import { readList } from '../list-watch.ts';

/** Something is not known; the message is the cause in words of ours, without anything that the API server wrote. */
export class NotKnown extends Error {
  /** What the API server answered instead, if it did. */
  readonly status: number | undefined;
  constructor(cause: string, status?: number) {
    super(cause);
    this.status = status;
  }
}

/** Asks the API server. Both reject with {@link NotKnown} and nothing else. */
export interface Asking {
  /** GET of one path: its JSON, or `undefined` when the API server says that there is no such object. */
  get(path: string, signal: AbortSignal, options?: GetOptions): Promise<unknown>;
  /** All items of a list, page by page; more than `most` of them are not known. */
  list(path: string, signal: AbortSignal, options: ListOptions): Promise<readonly unknown[]>;
}

/** Of which size a list may be. */
export interface ListOptions extends GetOptions {
  readonly most: number;
  /** Default 500. */
  readonly pageSize?: number;
  /** Further parameters of the query, encoded. */
  readonly query?: string;
  /** What is kept of an item: lists of large objects are made small while they come. */
  readonly keep?: (item: unknown) => unknown;
}

/** How the API server is asked. */
export interface AskingOptions {
  /** Questions at once, of which one namespace has three quarters at most. Default 32. */
  readonly atOnce?: number;
  /** Milliseconds for one answer. Default 4 s. */
  readonly timeoutMs?: number;
}

/** Asks through this API; whoever is at work (`flow/asker.ts`) waits in his own turn. */
export function createAsking(api: KubeApi, { atOnce = 32, timeoutMs = 4000 }: AskingOptions = {}): Asking {
  const turns = createFairSlots({ slots: atOnce });

  async function get(path: string, signal: AbortSignal, options?: GetOptions): Promise<unknown> {
    const what = path.replace(/\?.*/s, '');
    const giveBack = await turns.take(signal).catch(() => { throw new NotKnown('time ran out before the API server could be asked'); });
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const { status, body } = await api.get(path, AbortSignal.any([signal, late]), options);
      if (status === 404 && isObject(body) && body['reason'] === 'NotFound') return undefined;
      if (status !== 200) throw new NotKnown(`the API server answers ${status} to GET ${what}`, status);
      return body;
    } catch (cause) {
      if (cause instanceof NotKnown) throw cause;
      throw new NotKnown(signal.aborted || late.aborted ? `the API server does not answer GET ${what} in time` : failure(what, cause));
    } finally {
      giveBack();
    }
  }

  return {
    get,
    async list(path, signal, { most, pageSize = 500, query = '', keep = (item) => item, ...options }) {
      const items: unknown[] = [];
      let next = '';
      do {
        const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
        const body = await get(`${path}?limit=${pageSize}${more}${query === '' ? '' : `&${query}`}`, signal, options);
        const page = pageOf(body, path);
        for (const item of page.items) items.push(keep(item));
        if (items.length > most) throw new NotKnown(`there are more than ${most} objects at ${path}`);
        next = page.next;
      } while (next !== '');
      return items;
    },
  };
}

function pageOf(body: unknown, path: string): ReturnType<typeof readList> {
  try {
    return readList(body, path);
  } catch {
    throw new NotKnown(`the API server answers something that is no list to GET ${path}`);
  }
}

/** A code of the system says enough; the words of other errors may hold anything. */
function failure(what: string, cause: unknown): string {
  const code = isObject(cause) || cause instanceof Error ? (cause as { readonly code?: unknown }).code : undefined;
  return `the API server gives no usable answer to GET ${what}${typeof code === 'string' ? ` (${code})` : ''}`;
}
