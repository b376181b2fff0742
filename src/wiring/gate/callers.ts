/** Who may ask the gate, put together: the issuers that the configuration names, their keys followed, and the API server's word. */
import {
  ciIssuer, createAuthenticator, createDocumentFetcher, createTokenCheck, kubernetesIssuer, spiffeIssuer,
} from '../../authn/index.ts';
import type { CiRule, Issuer } from '../../authn/index.ts';
import { createTokenReview } from '../../cluster/token-review.ts';
import type { Authenticator } from '../../domain/gate/authentication.ts';
import type { Clock } from '../../domain/ports.ts';
import { followDocument } from '../../feeds/documents.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import type { Cluster } from '../cluster.ts';
import type { Configuration } from '../live/configuration.ts';
import { outbound } from '../environment.ts';
import type { Lifetime } from '../lifetime.ts';
import { ciSystems, clusterKeys, followBundle } from './issuer-keys.ts';
import type { CallersConfig, Fetcher, Follow } from './issuer-keys.ts';
import { renewed } from '../live/renewed.ts';

/** What telling callers takes. */
export interface GateCallersParts {
  readonly config: Pick<ServerConfig, 'gate'>;
  readonly configuration: Configuration;
  /** Where keys and reviews are asked for; absent without a cluster. */
  readonly reviews?: Cluster['reviews'] | undefined;
  readonly clock: Clock;
  /** Told of everything that is followed, for the metrics. */
  readonly followed: (feed: Feed<unknown>) => void;
}

const MINUTE = 60_000;
/** Longer ago nobody is believed to have signed with what was published then. */
const STALE_MS = 24 * 60 * MINUTE;

/** Follows the keys of every issuer, and makes of them what says who holds a token. Ends with the lifetime. */
export async function openGateCallers(
  { config, configuration, reviews, clock, followed }: GateCallersParts, { logger }: Telemetry, lifetime: Lifetime,
): Promise<Authenticator> {
  const { audience, callers } = config.gate;
  const fetching = await renewed(
    configuration,
    ({ plainHttp, registries }) => [plainHttp, registries],
    ({ plainHttp, registries }) => createDocumentFetcher({ ...outbound(), plainHttp, registries }),
    lifetime,
  );
  const fetcher: Fetcher = {
    keySet: (issuer, signal) => fetching().keySet(issuer, signal),
    bundle: (url, signal) => fetching().bundle(url, signal),
  };
  const follow: Follow = (options) => {
    const feed = followDocument({
      ...options,
      staleMs: STALE_MS,
      refused: (problem, ready) => logger.error(
        { feed: options.name, problem }, ready ? 'new keys refused, the old ones stay' : 'no keys: tokens of this issuer cannot be checked',
      ),
    });
    followed(feed);
    lifetime.defer(() => feed.close());
    return feed;
  };
  const check = createTokenCheck({ clock, skewMs: callers.clockSkew });
  const ruleOf = ({ audience: own = audience, claims, namespace = '' }: CiEntry): CiRule =>
    ({ audience: own, claims: listed(claims), namespace });
  const issuers: Issuer[] = ciSystems(callers.ci, fetcher, follow)
    .map(({ entries, ...system }) => ciIssuer({ ...system, check, rules: entries.map(ruleOf) }));
  if (callers.spiffe.length > 0) {
    const domains = callers.spiffe.map(({ trustDomain: name, bundleFile, bundleUrl, ...rest }) => ({
      name, bundle: followBundle(name, bundleFile, bundleUrl ?? '', fetcher, follow), ...rest,
    }));
    issuers.push(spiffeIssuer({ domains, audience, check }));
  }
  const keys = callers.kubernetes ? clusterKeys(callers, reviews, follow) : undefined;
  if (keys !== undefined) {
    const review = reviews === undefined ? undefined : telling(createTokenReview(reviews, audience, { clock }), clock, (problem) =>
      logger.error({ problem }, 'the API server does not say whose tokens they are: callers are answered 503'));
    // Before the others: an issuer of CI jobs that names the cluster's own would believe its tokens without asking about their pods.
    issuers.unshift(kubernetesIssuer({ keys, audience, check, review }));
  }
  return createAuthenticator({ algorithms: callers.algorithms, issuers });
}

type Review = ReturnType<typeof createTokenReview>;

/** Tells that reviews fail, once a minute; what they reject with holds nothing of a token. */
function telling(review: Review, clock: Clock, tell: (problem: string) => void): Review {
  let toldAt = Number.NEGATIVE_INFINITY;
  return async (token, signal) => {
    try {
      return await review(token, signal);
    } catch (cause) {
      const now = clock.now();
      if (Math.abs(now - toldAt) >= MINUTE) {
        toldAt = now;
        tell(cause instanceof Error ? cause.message : 'unknown error');
      }
      throw cause;
    }
  };
}

type CiEntry = CallersConfig['ci'][number];

function listed(claims: CiEntry['claims']): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(claims).map(([name, texts]) => [name, typeof texts === 'string' ? [texts] : texts]));
}
