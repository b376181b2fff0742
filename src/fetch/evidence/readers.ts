/** Who reads of which repositories: those in which evidence of an image may lie, each with what its credentials are. */
import { createDeadline } from '../../flow/deadline.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import type { Reachability } from '../../net/reachability.ts';
import type { Keychain } from '../credentials/keychain.ts';
import type { Reader } from '../oci/reader.ts';
import type { Sought } from './cache.ts';
import type { Elsewhere } from './elsewhere.ts';

/** Readers of the repository of an image and of those where else its evidence may lie. */
export interface Readers {
  /** The reader of one repository. */
  of(name: string, scope: PullScope, signal: AbortSignal): Promise<Reader>;
  /** All of them when no credential has to be waited for, as for every image seen before. */
  ready(name: string, scope: PullScope): Sought['readers'] | undefined;
  /** All of them; for callers without a deadline of their own. */
  inTime(name: string, scope: PullScope): Promise<Sought['readers']>;
}

/** What readers are made of; `timeout` is in milliseconds, and absent where no secret has to be read. */
export interface ReaderParts {
  readonly reachability: Reachability;
  readonly keychain: Keychain;
  readonly elsewhere: Elsewhere;
  readonly timeout: number | undefined;
}

/** Makes them. Names that cannot be asked throw a `FetchFailure`. */
export function createReaders({ reachability, keychain, elsewhere, timeout }: ReaderParts): Readers {
  async function of(name: string, scope: PullScope, signal: AbortSignal): Promise<Reader> {
    const repository = reachability.repository(name);
    return { repository, access: await keychain.access(repository, scope, signal) };
  }

  async function all(name: string, scope: PullScope, signal: AbortSignal): Promise<Sought['readers']> {
    const others = elsewhere.repositories(name);
    const own = await of(name, scope, signal);
    return others.length === 0 ? [own] : [own, ...(await Promise.all(others.map((other) => of(other, scope, signal))))];
  }

  return {
    of,
    ready(name, scope) {
      const readers: Reader[] = [];
      for (const one of [name, ...elsewhere.repositories(name)]) {
        const repository = reachability.repository(one);
        const access = keychain.ready(repository, scope);
        if (access === undefined) return undefined;
        readers.push({ repository, access });
      }
      const [own, ...others] = readers;
      return own === undefined ? undefined : [own, ...others];
    },
    async inTime(name, scope) {
      if (timeout === undefined) return all(name, scope, NEVER);
      const limit = createDeadline(() => timeout, { signal: NEVER });
      try {
        return await all(name, scope, limit.work);
      } finally {
        limit.clear();
      }
    },
  };
}

const NEVER = new AbortController().signal;
