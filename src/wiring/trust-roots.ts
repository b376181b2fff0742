import { join } from 'node:path';
import type { TrustReader } from '../domain/ports.ts';
import { createTufMirror } from '../fetch/index.ts';
import type { ServerConfig } from '../platform/config/config.ts';
import type { Telemetry } from './serving.ts';
import type { CompilePolicies } from '../feeds/policies/store.ts';
import { createFileStore, createTrustRootFollower, reportTrustRoots } from '../feeds/trust-roots/index.ts';
import { VERSION } from '../platform/version.ts';
import { compilePolicies, PUBLIC_GOOD } from '../policy/index.ts';
import { createTrustReader, createTufRootSource, PUBLIC_GOOD_AT, publicGoodTuf } from '../trust/index.ts';
import { proxyFromEnvironment } from './environment.ts';

/** The compiler of policies, with the trust roots that are followed for it. */
export interface TrustRoots {
  readonly compile: CompilePolicies;
  /** Calls `changed` whenever a repository has published something new; resolves once the first answers are in, or late. */
  follow(changed: () => void): Promise<void>;
  close(): Promise<void>;
}

/** How long the start waits for trust roots over TUF; what is not there by then is undetermined until it is. */
const PRIMED_WITHIN = 5_000;

/** Compiles policies with what TUF repositories publish, and follows these in the background. */
export function openTrustRoots(config: ServerConfig, telemetry: Telemetry): TrustRoots {
  const { logger } = telemetry;
  let recompile = (): void => undefined;
  const mirror = createTufMirror({
    clock: Date,
    plainHttp: config.plainHttp,
    registries: config.registries,
    proxy: proxyFromEnvironment(),
    userAgent: `gatehouse/${VERSION}`,
  });
  const { refreshPublicGood, cacheDir } = config.trust;
  const follower = createTrustRootFollower({
    clock: Date,
    open(spec, id) {
      const store = createFileStore(cacheDir === undefined ? undefined : join(cacheDir, id), (problem) =>
        logger.warn({ problem }, 'trust.cacheDir cannot be written, TUF metadata is kept in memory only'),
      );
      return createTufRootSource(spec, { store, files: mirror.files });
    },
    events: reportTrustRoots(telemetry, () => follower.states()),
    changed: () => recompile(),
  });
  const reader = createTrustReader();
  const trust: TrustReader = {
    ...reader,
    tufRoot: follower.tufRoot,
    get publicGood() {
      const published = refreshPublicGood ? follower.follow(PUBLIC_GOOD, publicGoodTuf, PUBLIC_GOOD_AT) : undefined;
      return published?.usable === true ? published.content : reader.publicGood;
    },
  };
  return {
    compile: (files) => follower.during(() => compilePolicies(files, { trust })),
    async follow(changed) {
      recompile = changed;
      if (await follower.primed(PRIMED_WITHIN)) changed();
    },
    async close() {
      follower.close();
      await mirror.close();
    },
  };
}
