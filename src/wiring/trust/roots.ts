/** Policies are compiled with the trust roots that they name, again whenever one has something new. */
import { join } from 'node:path';
import type { TrustReader } from '../../domain/ports.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { Composing } from '../../feeds/policies/composed/offer.ts';
import type { CompilePolicies } from '../../feeds/policies/store.ts';
import { createFileStore, reportTrustRoots } from '../../feeds/trust-roots/index.ts';
import type { AskedRoots, TrustRootFollower } from '../../feeds/trust-roots/index.ts';
import { inSlices } from '../../flow/slices.ts';
import { compilePolicySetSteps, PUBLIC_GOOD } from '../../policy/index.ts';
import { createTrustReader, PUBLIC_GOOD_AT, publicGoodTuf } from '../../trust/index.ts';
import type { Configuration } from '../live/configuration.ts';
import type { Lifetime } from '../lifetime.ts';
import { renewed } from '../live/renewed.ts';
import type { PolicySignatures } from '../signed/index.ts';
import { openMirror, openTuf } from './tuf.ts';

/** The compiler of policies, with the trust roots that are followed for it. */
export interface TrustRoots {
  readonly compile: CompilePolicies;
  /** Reads trust with what is known by now, and has nothing followed that is not: for documents that are only tried out. */
  readonly known: TrustReader;
  /** The same, for what compiles several times until all is well. */
  readonly composing: Composing;
  /** Calls `changed` whenever a repository has published something new; resolves once the first answers are in, or late. */
  follow(changed: () => Promise<void>): Promise<void>;
  /** The roots that are followed at this moment. */
  feeds(): readonly Feed<unknown>[];
}

/** How long the start waits for trust roots over TUF; what is not there by then is undetermined until it is. */
const PRIMED_WITHIN = 5_000;

/** Compiles policies with what TUF repositories publish, and follows these in the background until the lifetime ends. */
export async function openTrustRoots(
  configuration: Configuration, telemetry: Telemetry, lifetime: Lifetime, signatures?: PolicySignatures,
): Promise<TrustRoots> {
  const { refreshPublicGood, cacheDir } = configuration.current().trust;
  const mirror = await renewed(configuration, ({ plainHttp, registries }) => [plainHttp, registries], openMirror, lifetime);
  let recompile = (): Promise<void> => Promise.resolve();
  const unwritable = (problem: string): void =>
    telemetry.logger.warn({ problem }, 'trust.cacheDir cannot be written, TUF metadata is kept in memory only');
  const follower: TrustRootFollower = openTuf(
    {
      mirror,
      store: (id) => createFileStore(cacheDir === undefined ? undefined : join(cacheDir, id), unwritable),
      events: reportTrustRoots(telemetry, () => follower.states()),
      changed: () => void recompile(),
    },
    lifetime,
  );
  const reader = createTrustReader();
  const trust = ({ tufRoot, follow }: AskedRoots): TrustReader => ({
    ...reader,
    tufRoot,
    get publicGood() {
      const published = refreshPublicGood ? follow(PUBLIC_GOOD, publicGoodTuf, PUBLIC_GOOD_AT) : undefined;
      return published?.usable === true ? published.content : reader.publicGood;
    },
  });
  const known: TrustReader = {
    ...reader,
    tufRoot: (name, spec) => follower.known(name, spec) ?? reader.tufRoot(name, spec),
    get publicGood() {
      const published = refreshPublicGood ? follower.known(PUBLIC_GOOD, publicGoodTuf) : undefined;
      return published?.usable === true ? published.content : reader.publicGood;
    },
  };
  const judged: PolicySignatures['during'] = signatures?.during ?? ((run) => run(undefined));
  return {
    known,
    compile: (files, signal) =>
      follower.during((roots) => judged((refuses) => inSlices(compilePolicySetSteps(files, { trust: trust(roots), refuses }), { signal }))),
    // Each compilation for itself: what was let through in one whose set never came to be is not in force.
    composing: (work) => follower.during((roots) => work((files, signal, extras) => judged((refuses) =>
      inSlices(compilePolicySetSteps(files, { trust: trust(roots), refuses, ...extras }), { signal })))),
    async follow(changed) {
      recompile = changed;
      if (await follower.primed(PRIMED_WITHIN)) await changed();
    },
    feeds: follower.feeds,
  };
}
