/** Who is left alone for a while because it mostly fails: a repository, and a host only when that is the host's own trouble. */
import { LRUCache } from 'lru-cache';
import type { Clock, FetchProblem } from '../domain/ports.ts';
import { Circuit } from './circuit.ts';

/** Whom a request is sent to, and for what. */
export interface Asked {
  /** The host, and whatever else decides whether it can be reached: two with the same text share a connection. */
  readonly host: string;
  /** The repository for which it is asked; a token service and a blob host are asked for a repository as well. */
  readonly repository: string;
  /** The credentials it is asked with: they may be what makes the host fail. */
  readonly access: string;
}

/** How a request ended: `unknown` says nothing, `unreached` blames the host, `failed` the repository. */
export type Ending =
  { readonly kind: 'good' | 'unknown' } | { readonly kind: 'unreached' | 'failed'; readonly problem: FetchProblem };

/** Stops asking what mostly fails, so that a struggling registry is not finished off by those who wait for it (R24). */
export interface Breaker {
  /** Why this is not asked now; `undefined` when it may be. */
  refusal(asked: Asked): FetchProblem | undefined;
  /** Somebody is just finding out whether this may be asked again: settles when that is known, never rejects. */
  probing(asked: Asked): Promise<void> | undefined;
  /** Notes that a request is sent; the function takes how it ended. Only when there is neither refusal nor probe. */
  begin(asked: Asked): (ending: Ending) => void;
  /** Hosts that cannot be reached, or of which several repositories fail and none answers. */
  readonly pausedHosts: number;
  readonly pausedRepositories: number;
}

interface Host {
  /** Whether the host can be reached at all: name, connection, TLS. */
  readonly reach: Circuit;
  /** Repositories that fail, and since when; empty as soon as one answers well. */
  readonly failing: Map<string, number>;
}

const SEVERAL = 3;
const MOST_FAILING = 64;
const FORGOTTEN = 60_000;

/**
 * Breakers by repository (and credentials), and by host for what only a host can be blamed for. Where several repositories fail
 * and none answers, the host is in trouble: every other repository is asked one request first, and paused when that fails too.
 * One good answer outweighs: the host is well again. So nobody is refused for what another repository did.
 */
export function createBreaker(clock: Clock): Breaker {
  const hosts = new LRUCache<string, Host>({ max: 1024 });
  const repositories = new LRUCache<string, Circuit>({ max: 4096 });
  const keyOf = ({ host, repository, access }: Asked): string => `${host}\n${repository}\n${access}`;

  function troubled({ failing }: Host): boolean {
    const now = clock.now();
    for (const [repository, since] of failing) if (Math.abs(now - since) > FORGOTTEN) failing.delete(repository);
    return failing.size >= SEVERAL;
  }

  function hostOf({ host }: Asked): Host {
    let known = hosts.get(host);
    if (known === undefined) hosts.set(host, (known = { reach: new Circuit(clock, true), failing: new Map() }));
    return known;
  }

  function repositoryOf(asked: Asked): Circuit {
    const key = keyOf(asked);
    let known = repositories.get(key);
    if (known === undefined) repositories.set(key, (known = new Circuit(clock, false)));
    return known;
  }

  return {
    refusal: (asked) => hosts.peek(asked.host)?.reach.refusal ?? repositories.peek(keyOf(asked))?.refusal,
    probing: (asked) => hosts.peek(asked.host)?.reach.probing ?? repositories.peek(keyOf(asked))?.probing,
    begin(asked) {
      const [at, own] = [hostOf(asked), repositoryOf(asked)];
      const [reached, answered] = [at.reach.begin(false), own.begin(troubled(at))];
      return (ending) => {
        reached(ending.kind === 'unknown' ? 'unknown' : ending.kind === 'unreached' ? ending.problem : undefined);
        answered(ending.kind === 'failed' ? ending.problem : ending.kind === 'good' ? undefined : 'unknown');
        if (ending.kind === 'good') at.failing.clear();
        else if (ending.kind === 'failed' && own.paused && at.failing.size < MOST_FAILING) at.failing.set(asked.repository, clock.now());
      };
    },
    get pausedHosts() {
      return [...hosts.values()].filter((one) => one.reach.refusal !== undefined || troubled(one)).length;
    },
    get pausedRepositories() {
      return [...repositories.values()].filter(({ refusal }) => refusal !== undefined).length;
    },
  };
}
