/** Who may ask the gate, put together: the issuers that the configuration names, their keys followed, and the API server's word. */
import {
  ciIssuer, createAuthenticator, createDocumentFetcher, createTokenCheck, kubernetesIssuer, readKeySet, readTrustBundle, refuseOlder,
  spiffeIssuer,
} from '../../authn/index.ts';
import type { CiRule, DocumentFetcher, Issuer, IssuerKeys, TrustBundle } from '../../authn/index.ts';
import { createTokenReview } from '../../cluster/token-review.ts';
import type { Authenticator } from '../../domain/gate/authentication.ts';
import type { Clock } from '../../domain/ports.ts';
import { documentFile, followDocument } from '../../feeds/documents.ts';
import type { DocumentOptions, FollowedDocument } from '../../feeds/documents.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { isObject, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import type { Cluster } from '../cluster.ts';
import { outbound } from '../environment.ts';
import type { Lifetime } from '../lifetime.ts';

/** What telling callers takes. */
export interface GateCallersParts {
  readonly config: Pick<ServerConfig, 'gate' | 'plainHttp' | 'registries'>;
  /** Where keys and reviews are asked for; absent without a cluster. */
  readonly reviews?: Cluster['reviews'] | undefined;
  readonly clock: Clock;
  /** Told of everything that is followed, for the metrics. */
  readonly followed: (feed: Feed<unknown>) => void;
}

const MINUTE = 60_000;
/** Longer ago nobody is believed to have signed with what was published then. */
const STALE_MS = 24 * 60 * MINUTE;
const FILE_PAUSE_MS = 5_000;
const PAUSES = { ci: 15 * MINUTE, kubernetes: 5 * MINUTE, bundle: 5 * MINUTE };
const KEYS = { accept: 'application/json, application/jwk-set+json', maxBytes: 1024 * 1024 };

/** Follows the keys of every issuer, and makes of them what says who holds a token. Ends with the lifetime. */
export function openGateCallers(
  { config, reviews, clock, followed }: GateCallersParts, { logger }: Telemetry, lifetime: Lifetime,
): Authenticator {
  const { audience, callers } = config.gate;
  const fetcher = createDocumentFetcher({ ...outbound(), plainHttp: config.plainHttp, registries: config.registries });
  lifetime.defer(() => fetcher.close());
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
    const review = reviews === undefined ? undefined : createTokenReview(reviews, audience, { clock });
    issuers.push(kubernetesIssuer({ keys, audience, check, review }));
  }
  return createAuthenticator({ algorithms: callers.algorithms, issuers });
}

type Follow = <T>(options: Omit<DocumentOptions<T>, 'staleMs' | 'refused'>) => FollowedDocument<T>;
type CallersConfig = ServerConfig['gate']['callers'];
type CiEntry = CallersConfig['ci'][number];

function listed(claims: CiEntry['claims']): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(claims).map(([name, texts]) => [name, typeof texts === 'string' ? [texts] : texts]));
}

/** Entries by issuer: keys are followed once for all of them. */
function ciSystems(all: CallersConfig['ci'], fetcher: DocumentFetcher, follow: Follow) {
  return [...Map.groupBy(all, ({ issuer }) => issuer)].map(([issuer, entries]) => {
    const { kind = 'generic', run = [], jwksFile } = entries[0] ?? {};
    const load = jwksFile === undefined ? (signal: AbortSignal) => fetcher.keySet(issuer, signal) : documentFile(jwksFile);
    const keys = follow<IssuerKeys>({
      name: `gate-keys ${issuer}`,
      load,
      read: (bytes) => ({ issuer, keys: readKeySet(jsonOf(bytes), 'sig') }),
      pauseMs: () => (jwksFile === undefined ? PAUSES.ci : FILE_PAUSE_MS),
      ...(jwksFile === undefined ? {} : { watch: [jwksFile] }),
    });
    return { issuer, kind, run, keys, entries };
  });
}

function followBundle(
  name: string, file: string | undefined, url: string, fetcher: DocumentFetcher, follow: Follow,
): FollowedDocument<TrustBundle> {
  return follow<TrustBundle>({
    name: `gate-bundle ${name}`,
    load: file === undefined ? (signal) => fetcher.bundle(url, signal) : documentFile(file),
    read(bytes, inForce) {
      const bundle = readTrustBundle(jsonOf(bytes));
      // A file is put there by whoever runs us; an endpoint may answer from a copy of before.
      if (file === undefined) refuseOlder(bundle, inForce);
      return bundle;
    },
    pauseMs: (bundle) => (file === undefined ? bundle?.refreshMs ?? PAUSES.bundle : FILE_PAUSE_MS),
    ...(file === undefined ? {} : { watch: [file] }),
  });
}

/** Keys of the cluster's issuer, from a file or from the API server; `undefined` when there is neither. */
function clusterKeys(
  { kubernetesIssuer: issuer, kubernetesJwksFile: file }: CallersConfig, api: Cluster['reviews'], follow: Follow,
): FollowedDocument<IssuerKeys> | undefined {
  const name = 'gate-keys kubernetes';
  if (issuer !== undefined && file !== undefined) {
    const read = (bytes: Uint8Array): IssuerKeys => ({ issuer, keys: readKeySet(jsonOf(bytes), 'sig') });
    return follow({ name, load: documentFile(file), read, pauseMs: () => FILE_PAUSE_MS, watch: [file] });
  }
  if (api === undefined) return undefined;
  return follow<IssuerKeys>({
    name,
    async load(signal) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
      const get = async (path: string): Promise<unknown> => {
        const { status, body } = await api.get(path, within, KEYS);
        if (status !== 200) throw new Error(`the API server answers ${status} to GET ${path}`);
        return body;
      };
      const [discovery, keys] = await Promise.all([get('/.well-known/openid-configuration'), get('/openid/v1/jwks')]);
      return Buffer.from(JSON.stringify({ issuer: ownText(discovery, 'issuer'), keys }));
    },
    read(bytes) {
      const document = jsonOf(bytes);
      const named = ownText(document, 'issuer');
      if (named === undefined || named === '') throw new Error('the API server does not say which issuer it is');
      return { issuer: named, keys: readKeySet(isObject(document) ? document['keys'] : undefined, 'sig') };
    },
    pauseMs: () => PAUSES.kubernetes,
  });
}

function jsonOf(bytes: Uint8Array): unknown {
  const read = readJsonBytes(bytes, { maxDepth: 32, maxItems: 50_000 });
  if (!read.ok) throw new Error(`expected JSON that can be read in one way only, found a fault of ${read.fault.kind}`);
  return read.value;
}
