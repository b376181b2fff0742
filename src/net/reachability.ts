/** Who may be contacted how: what configuration and policies name decides on addresses, plain HTTP and credentials. */
import { LRUCache } from 'lru-cache';
import { canonicalRegistryHost, DOCKER_HUB } from '../domain/artifact/registry-host.ts';
import type { RegistryConfig } from '../domain/artifact/registry.ts';
import type { Reach } from './address.ts';
import { FetchFailure } from './failure.ts';
import { originText, parseHost } from './host.ts';
import type { Host, Origin, Scheme } from './host.ts';

/** The hub's image names live under `docker.io`, its registry answers at another host. */
const DOCKER_HUB_REGISTRY = 'registry-1.docker.io';
const DOCKER_HUB_TOKENS = 'auth.docker.io';

/** Where to ask for a repository, and who may see its credentials. */
export interface Repository {
  /** The canonical name it was found under. */
  readonly name: string;
  readonly origin: Origin;
  readonly reach: Reach;
  readonly ca: string | undefined;
  /** Path at the registry, with the mirror's prefix if there is one. */
  readonly path: string;
  /** Host under which credentials for it are looked up (`docker.io`, not the host that answers for it). */
  readonly credentialHost: string;
  /** Hosts other than its own that may receive its credentials. */
  readonly authHosts: ReadonlySet<string>;
  readonly credentialHelper: string | undefined;
}

/** Answers who may be contacted how. */
export interface Reachability {
  /** Where to ask for an image name; throws a FetchFailure when the name cannot be asked for. */
  repository(name: string): Repository;
  /** For hosts met on the way (redirects, token realms): throws when the scheme is not allowed there. */
  elsewhere(origin: Origin, from: Origin, met: 'redirect' | 'realm'): { readonly reach: Reach; readonly ca: string | undefined };
}

/** A repository, ready for both answers to whether a policy names its host now. */
interface PreparedName {
  readonly host: string;
  readonly ifLiteral: Repository;
  readonly otherwise: Repository;
}

const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** What the configuration says about hosts. */
export interface NamedHosts {
  readonly registries: readonly RegistryConfig[];
  readonly plainHttp: readonly string[];
  /** Hosts that may be private, as if a policy named them. */
  readonly alsoLiteral?: ReadonlySet<string>;
}

/** Hosts named by the configuration and by policies, compiled once (DESIGN §8, Network). */
export function compileReachability(
  { registries, plainHttp, alsoLiteral }: NamedHosts,
  literalHosts: () => ReadonlySet<string>,
): Reachability {
  const byHost = new Map(registries.map((registry) => [canonicalRegistryHost(registry.host), registry]));
  const byName = (host: string): RegistryConfig | undefined => byHost.get(canonicalRegistryHost(host));
  const named = new Set(
    registries.flatMap((registry) => [
      registry.host,
      ...(registry.mirror === undefined ? [] : [splitMirror(registry.mirror).host]),
      ...(registry.authHosts ?? []),
    ].map(canonicalRegistryHost)),
  );
  const plain = new Set([
    ...plainHttp,
    ...registries
      .filter((registry) => registry.plainHttp)
      .map((registry) => (registry.mirror === undefined ? registry.host : splitMirror(registry.mirror).host)),
  ]);
  const anyPort = new Set(plainHttp);
  const compiled = new LRUCache<string, PreparedName>({ max: 4096 });

  const isPlain = (host: Host): boolean => plain.has(host.text) || anyPort.has(host.name);
  const isNamed = (host: Host): boolean => named.has(canonicalRegistryHost(host.text)) || isPlain(host);

  function compile(name: string): PreparedName {
    const slash = name.indexOf('/');
    const wanted = { host: name.slice(0, Math.max(slash, 0)), path: name.slice(slash + 1) };
    const config = byName(wanted.host);
    const asked = config?.mirror === undefined ? wanted : splitMirror(config.mirror, wanted.path);
    const host = parseHost(asked.host === DOCKER_HUB ? DOCKER_HUB_REGISTRY : asked.host);
    if (host === undefined || asked.path.length > 255 || !PATH.test(asked.path)) {
      throw new FetchFailure({
        code: 'INPUT_IMAGE_INVALID',
        source: name,
        found: `${asked.host}/${asked.path}`,
        expected: 'host[:port]/path in lower case',
      });
    }
    const own = byName(asked.host) ?? config;
    const repository: Omit<Repository, 'reach'> = {
      name,
      origin: { scheme: isPlain(host) ? 'http' : 'https', host },
      ca: own?.ca,
      path: asked.path,
      credentialHost: canonicalRegistryHost(asked.host),
      authHosts: new Set([...(own?.authHosts ?? []).map(withoutDefaultPort), ...(asked.host === DOCKER_HUB ? [DOCKER_HUB_TOKENS] : [])]),
      credentialHelper: own?.credentialHelper,
    };
    const named = config !== undefined || isNamed(host);
    return {
      host: wanted.host,
      ifLiteral: { ...repository, reach: named ? 'named' : 'literal' },
      otherwise: { ...repository, reach: named ? 'named' : 'other' },
    };
  }

  function repository(name: string): Repository {
    let place = compiled.get(name);
    if (place === undefined) {
      place = compile(name);
      compiled.set(name, place);
    }
    return alsoLiteral?.has(place.host) === true || literalHosts().has(place.host) ? place.ifLiteral : place.otherwise;
  }

  function elsewhere(origin: Origin, from: Origin, met: 'redirect' | 'realm'): { readonly reach: Reach; readonly ca: string | undefined } {
    // Content is hashed whatever way it comes; a token is not, so its way is never downgraded (attack F04).
    const downgrade = met === 'realm' && from.scheme === 'https';
    if (origin.scheme === 'http' && (downgrade || !isPlain(origin.host))) {
      throw new FetchFailure({
        code: 'FETCH_HOST_FORBIDDEN',
        source: from.host.text,
        found: originText(origin),
        expected: 'an https URL',
        cause: 'the registry leads to plain HTTP',
      });
    }
    return { reach: isNamed(origin.host) ? 'named' : 'other', ca: byName(origin.host.text)?.ca };
  }

  return { repository, elsewhere };
}

/** A host that may receive credentials is that very host: no alias, and only the port that https has anyhow is left out. */
function withoutDefaultPort(host: string): string {
  return host.replace(/:443$/, '');
}

/** `mirror.acme.example/ghcr` and `acme/app` make host `mirror.acme.example` and path `ghcr/acme/app`. */
function splitMirror(mirror: string, path = ''): { readonly host: string; readonly path: string } {
  const slash = mirror.indexOf('/');
  const prefix = slash < 0 ? '' : mirror.slice(slash + 1).replace(/\/+$/, '');
  return { host: slash < 0 ? mirror : mirror.slice(0, slash), path: prefix === '' ? path : `${prefix}/${path}` };
}

/** True when the registry's credentials may go to this host: its own origin, or one that was named for it. */
export function mayReceiveCredentials(repository: Pick<Repository, 'origin' | 'authHosts'>, target: Origin): boolean {
  if (originText(target) === originText(repository.origin)) return true;
  return target.scheme === 'https' || repository.origin.scheme === 'http'
    ? matchesAuthHost(repository.authHosts, target.host, target.scheme)
    : false;
}

function matchesAuthHost(authHosts: ReadonlySet<string>, host: Host, scheme: Scheme): boolean {
  if (authHosts.has(host.text)) return true;
  return host.port === (scheme === 'https' ? 443 : 80) && authHosts.has(host.name);
}
