/** Open connections, kept apart by whom they lead to and by what was checked when they were made. */
import { createHash } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import type { Advice } from './words/advice.ts';
import { classifyAddress, permits } from './address.ts';
import type { Reach } from './address.ts';
import { createConnector } from './connector.ts';
import type { ServerProof } from './connector.ts';
import { FetchFailure } from './failure.ts';
import { originText } from './host.ts';
import type { Origin } from './host.ts';
import type { FetchLimits, HostLookup, ProxySettings } from './options.ts';
import { compileProxies } from './proxy.ts';
import { guardedLookup } from './resolver.ts';
import { proxyAuthorization } from './tunnel.ts';

/** A place that requests are sent to, with what it takes to connect safely. */
export interface Target {
  readonly origin: Origin;
  readonly reach: Reach;
  /** Additional certificate authorities, PEM. */
  readonly ca: string | undefined;
  /** The server proves itself otherwise than to authorities of the web, by the name of its host; absent: as everybody. */
  readonly server?: ServerProof | undefined;
}

/** A way to a target. */
export interface Route {
  /** Can only connect to addresses the target may have. */
  readonly dispatcher: Dispatcher;
  /** What stands before the path: a proxy is asked for whole URLs where there is no tunnel (RFC 9112 §3.2.2). */
  readonly prefix: string;
  /** Headers for the proxy, where there is no tunnel. */
  readonly headers: Readonly<Record<string, string>>;
  /** Host of the proxy, for messages. */
  readonly proxy: string | undefined;
}

/** Keeps connections open, apart for every combination of host, reach and authorities. */
export interface Connections {
  /** The way to a target; throws a FetchFailure when the target is an address it may not have. */
  to(target: Target): Route;
  close(): Promise<void>;
}

const KEPT = 256;
const HEADER_BYTES = 32 * 1024;

/**
 * Connections to registries, token services and redirect targets. Throws an Error when the proxy settings cannot be used.
 *
 * The operator's proxy resolves names itself and is the boundary then; addresses written out are still checked.
 */
export function createConnections(lookup: HostLookup, limits: FetchLimits, proxy: ProxySettings | undefined, advice?: Advice): Connections {
  const proxyFor = compileProxies(proxy);
  const routes = new LRUCache<string, Route>({ max: KEPT, dispose: ({ dispatcher }) => void dispatcher.close().catch(() => undefined) });

  function open(target: Target): Route {
    const via = proxyFor(target.origin);
    const connect = createConnector({
      ca: target.ca === undefined ? undefined : [...getCACertificates('default'), target.ca],
      server: target.server,
      timeout: limits.requestTimeout,
      lookup: guardedLookup(lookup, target.reach),
      proxy: via,
    });
    const dispatcher = new Agent({
      connect,
      connections: limits.concurrency,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: limits.requestTimeout,
      bodyTimeout: limits.requestTimeout,
      keepAliveTimeout: 30_000,
    });
    const whole = via !== undefined && target.origin.scheme === 'http';
    return { dispatcher, prefix: whole ? originText(target.origin) : '', headers: whole ? proxyAuthorization(via) : {}, proxy: via?.host };
  }

  return {
    to(target) {
      const { address } = target.origin.host;
      if (address !== undefined && !permits(target.reach, classifyAddress(address))) throw hostForbidden(target.origin, address, advice);
      const key = routeKey(target);
      let route = routes.get(key);
      if (route === undefined) {
        route = open(target);
        routes.set(key, route);
      }
      return route;
    },
    async close() {
      const open = [...routes.values()];
      await Promise.all(open.map(({ dispatcher }) => dispatcher.destroy().catch(() => undefined)));
      routes.clear();
    },
  };
}

/**
 * What decides whether a target can be reached, as one text: two targets with the same share connections. Of authorities it holds a
 * hash: a bundle has hundreds of kilobytes, and the text is kept for every repository that anybody asks for.
 */
export function routeKey({ reach, origin, ca, server }: Target): string {
  const proof = server === undefined ? '' : ` ${server.name} ${hashOf(server.ca.join('\n'))}`;
  return `${reach} ${originText(origin)} ${ca === undefined ? '' : hashOf(ca)}${proof}`;
}

/** Authorities come from the configuration, so there are few. */
const hashes = new LRUCache<string, string>({ max: 64 });

function hashOf(ca: string): string {
  const known = hashes.get(ca) ?? createHash('sha256').update(ca).digest('hex');
  hashes.set(ca, known);
  return known;
}


/** The failure for an address that the guard refused. */
export function hostForbidden(origin: Origin, address: string, advice?: Advice): FetchFailure {
  const kind = classifyAddress(address);
  return new FetchFailure({
    code: 'FETCH_HOST_FORBIDDEN',
    source: origin.host.text,
    found: `${address} (${kind === 'forbidden' ? 'link-local, metadata or reserved' : kind} address)`,
    expected: 'a public address, or a registry named in the configuration',
    ...(advice === undefined ? {} : { fix: advice.named(origin.host.text) }),
  });
}
