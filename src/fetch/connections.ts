import { getCACertificates } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { classifyAddress, permits } from './address.ts';
import type { Reach } from './address.ts';
import { FetchFailure } from './failure.ts';
import { originText } from './host.ts';
import type { Origin } from './host.ts';
import type { FetchLimits, HostLookup, ProxySettings } from './options.ts';
import { proxyFor } from './proxy.ts';
import { guardedLookup } from './resolver.ts';

/** A place that requests are sent to, with what it takes to connect safely. */
export interface Target {
  readonly origin: Origin;
  readonly reach: Reach;
  /** Additional certificate authorities, PEM. */
  readonly ca: string | undefined;
}

/** Keeps connections open, apart for every combination of host, reach and authorities. */
export interface Connections {
  /** A dispatcher that can only connect to addresses the target may have; throws when it is an address it may not have. */
  to(target: Target): Dispatcher;
  close(): Promise<void>;
}

const KEPT = 256;
const HEADER_BYTES = 32 * 1024;

/** Connections to registries, token services and redirect targets. Certificates are always checked. */
export function createConnections(lookup: HostLookup, limits: FetchLimits, proxy: ProxySettings | undefined): Connections {
  const agents = new LRUCache<string, Dispatcher>({ max: KEPT, dispose: (agent) => void agent.close().catch(() => undefined) });

  function open(target: Target): Dispatcher {
    const via = proxyFor(target.origin, proxy);
    const tls = target.ca === undefined ? {} : { ca: [...getCACertificates('default'), target.ca] };
    const common = {
      connections: limits.concurrency,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: limits.requestTimeout,
      bodyTimeout: limits.requestTimeout,
      keepAliveTimeout: 30_000,
    };
    // The operator's proxy resolves names itself and is the boundary then; addresses written out are still checked.
    if (via !== undefined) return new ProxyAgent({ ...common, uri: via, requestTls: tls });
    const connect = { ...tls, timeout: limits.requestTimeout, lookup: guardedLookup(lookup, target.reach) };
    return new Agent({ ...common, connect });
  }

  return {
    to(target) {
      const { address } = target.origin.host;
      if (address !== undefined && !permits(target.reach, classifyAddress(address))) throw hostForbidden(target.origin, address);
      const key = `${target.reach} ${originText(target.origin)} ${target.ca ?? ''}`;
      let agent = agents.get(key);
      if (agent === undefined) {
        agent = open(target);
        agents.set(key, agent);
      }
      return agent;
    },
    async close() {
      const open = [...agents.values()];
      await Promise.all(open.map((agent) => agent.destroy().catch(() => undefined)));
      agents.clear();
    },
  };
}

/** The failure for an address that the guard refused. */
export function hostForbidden(origin: Origin, address: string): FetchFailure {
  const kind = classifyAddress(address);
  return new FetchFailure({
    code: 'FETCH_HOST_FORBIDDEN',
    source: origin.host.text,
    found: `${address} (${kind === 'forbidden' ? 'link-local, metadata or reserved' : kind} address)`,
    expected: 'a public address, or a registry named in the configuration',
  });
}
