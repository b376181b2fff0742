/** All trust roots over TUF that are asked for, followed in the background; what is known of them is given at once. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/ports.ts';
import type { PublishedRoot, TufRootSpec } from '../../domain/policy/trust-root.ts';
import type { Feed } from '../feed.ts';
import type { After } from '../polling.ts';
import { createFollowed } from './followed.ts';
import type { Followed } from './followed.ts';
import type { RootDocument, RootSource, TrustRootEvents } from './root.ts';

/** How a follower is made. */
export interface TrustRootFollowerOptions {
  readonly clock: Clock;
  /** Opens the repository of a root; `id` is a safe name for its folder, different for every root and repository. */
  open(spec: TufRootSpec, id: string): RootSource;
  readonly after?: After;
  readonly events: TrustRootEvents;
  /** What may be used has changed: policies must be compiled anew. */
  changed(): void;
}

/** A root as the metrics show it. */
export interface TrustRootState {
  readonly name: string;
  /** Milliseconds since the repository confirmed it; absent when it never did. */
  readonly age?: number;
  readonly failures: number;
  readonly usable: boolean;
}

/** How one compilation asks for roots. */
export type AskedRoots = Pick<TrustRootFollower, 'tufRoot' | 'follow'>;

/** Follows the TUF repositories of all trust roots in the background; what it answers, it answers at once. */
export interface TrustRootFollower {
  /** Begins to follow the root, unless it is followed already, and says what is known of it now. */
  tufRoot(name: string, spec: TufRootSpec): PublishedRoot;
  /** As `tufRoot`, for a root that is followed for ever and whose kept content counts only when it was confirmed after `since`. */
  follow(name: string, spec: TufRootSpec, since: number): PublishedRoot;
  /**
   * Runs a compilation, which asks for roots by what it is given; when it gives a set, roots that it did not ask for are
   * followed no longer. Rejects with what it rejects with.
   */
  during<T extends { readonly set?: unknown }>(compile: (asking: AskedRoots) => T | Promise<T>): Promise<T>;
  /** What is known of a root that is followed already; `undefined` for others, which are not followed for that. Asks nobody. */
  known(name: string, spec: TufRootSpec): PublishedRoot | undefined;
  /** Resolves when every root that policies name has content or failed once, at the latest after `ms`. True when any root is followed. */
  primed(ms: number): Promise<boolean>;
  states(): readonly TrustRootState[];
  /** The roots that are followed at this moment. */
  feeds(): readonly Feed<RootDocument | undefined>[];
  close(): void;
}

/** Makes the follower. Nothing is asked before the first root is named. */
export function createTrustRootFollower(options: TrustRootFollowerOptions): TrustRootFollower {
  const roots = new Map<string, Followed>();
  const forEver = new Set<string>();

  function followed(name: string, spec: TufRootSpec, asked?: Set<string>, since?: number): Followed {
    const key = keyOf(name, spec);
    const known = roots.get(key);
    asked?.add(key);
    known?.adjust(spec);
    if (known !== undefined) return known;
    const { clock, after, events, changed } = options;
    const root = createFollowed({
      name,
      spec,
      source: options.open(spec, key),
      clock,
      ...(after === undefined ? {} : { after }),
      events,
      changed,
      ...(since === undefined ? {} : { since }),
    });
    roots.set(key, root);
    return root;
  }

  const asking = (asked?: Set<string>): AskedRoots => ({
    tufRoot: (name, spec) => followed(name, spec, asked).published(),
    follow(name, spec, since) {
      forEver.add(keyOf(name, spec));
      return followed(name, spec, asked, since).published();
    },
  });
  return {
    ...asking(),
    async during(compile) {
      const asked = new Set<string>();
      const compiled = await compile(asking(asked));
      if (compiled.set !== undefined) drop(roots, new Set([...asked, ...forEver]));
      return compiled;
    },
    known: (name, spec) => roots.get(keyOf(name, spec))?.published(),
    async primed(ms) {
      // What is followed for ever has content of its own to begin with.
      const waiting = [...roots].flatMap(([key, root]) => (forEver.has(key) ? [] : [root.primed]));
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([Promise.all(waiting), new Promise((done) => { timer = setTimeout(done, ms); })]);
      clearTimeout(timer);
      return roots.size > 0;
    },
    feeds: () => [...roots.values()],
    states: () => [...roots.values()].map((root) => root.state()),
    close: () => drop(roots, new Set()),
  };
}

function drop(roots: Map<string, Followed>, keep: ReadonlySet<string>): void {
  for (const [key, root] of roots) {
    if (keep.has(key)) continue;
    root.close();
    roots.delete(key);
  }
}

/** Another mirror, pinned root or target is another repository; how often it is asked is not. */
function keyOf(name: string, { mirror, targets, root, target }: TufRootSpec): string {
  return createHash('sha256').update(JSON.stringify([name, mirror, targets, root, target])).digest('hex').slice(0, 32);
}
