/** Asking ecosystems of packages: under the rules of the network room, at the address of the configuration and nowhere else. */
import type { Clock } from '../../domain/ports.ts';
import { createBreaker } from '../../net/breaker.ts';
import { createConnections } from '../../net/connections.ts';
import { FetchFailure } from '../../net/failure.ts';
import { parseHttpUrl } from '../../net/host.ts';
import { createHttp } from '../../net/http.ts';
import type { HttpReply, HttpStats } from '../../net/http.ts';
import { DEFAULT_LIMITS, withDefaults } from '../../net/options.ts';
import type { FetchLimits, HostLookup, ProxySettings } from '../../net/options.ts';
import { sharedLookup } from '../../net/resolver.ts';
import { createSlots } from '../../net/slots.ts';
import type { AskEcosystem, EcosystemName } from './ecosystem.ts';

/** Where one ecosystem is asked; `packages:` in the configuration. */
export interface EcosystemAddress {
  readonly ecosystem: EcosystemName;
  /** Base URL; a path in it stands before every path that is asked for. Naming a host here permits it to be private. */
  readonly url: string;
  /** PEM of certificate authorities that are trusted for it in addition to the system's. */
  readonly ca?: string | undefined;
}

/** What asking takes; what is left out has the defaults of the room. */
export interface AskOptions {
  readonly clock: Clock;
  /** `HOST[:PORT]` that may be asked over plain HTTP and may be loopback; without a port, on every port. */
  readonly plainHttp?: readonly string[] | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly userAgent?: string | undefined;
  readonly lookup?: HostLookup | undefined;
  readonly limits?: Partial<FetchLimits> | undefined;
}

/** Everything that asks ecosystems shares connections, slots and the breaker. */
export interface PackageHttp {
  at(address: EcosystemAddress): AskEcosystem;
  readonly stats: Readonly<HttpStats>;
  close(): Promise<void>;
}

const ABSENT: ReadonlySet<number> = new Set([404, 410]);

/** Opens what asks ecosystems. Nothing is sent yet. */
export function createPackageHttp(options: AskOptions): PackageHttp {
  const limits = withDefaults(DEFAULT_LIMITS, options.limits);
  const stats: HttpStats = { requests: 0, retries: 0 };
  const connections = createConnections(options.lookup ?? sharedLookup(), limits, options.proxy);
  const http = createHttp({
    connections, limits, stats, breaker: createBreaker(options.clock), slots: createSlots(limits.concurrency),
    userAgent: options.userAgent ?? 'gatehouse',
  });
  const plain = new Set(options.plainHttp);
  return {
    stats,
    at({ ecosystem, url, ca }) {
      const base = parseHttpUrl(url);
      const prefix = base?.path.replace(/\/+$/, '') ?? '';
      return async ({ path, accept, maxBytes, what }, signal) => {
        if (base === undefined || (base.origin.scheme === 'http' && !plain.has(base.origin.host.text) && !plain.has(base.origin.host.name)))
          throw notAllowed(ecosystem, url);
        const { origin } = base;
        const request = {
          target: { origin, reach: 'named' as const, ca }, path: `${prefix}${path}`, headers: { accept }, maxBytes,
          asker: { repository: `${ecosystem} ${url}`, access: '' }, what,
        };
        const reply = await http(request, signal);
        if (reply.status === 200) return reply.body;
        if (ABSENT.has(reply.status)) return undefined;
        throw refused(reply, origin.host.text, what);
      };
    },
    close: () => connections.close(),
  };
}

function notAllowed(ecosystem: string, url: string): FetchFailure {
  return new FetchFailure({
    code: 'FETCH_HOST_FORBIDDEN', source: url, found: 'an address without TLS', expected: 'an https URL, or a host that plainHttp names',
    cause: `this is where ${ecosystem} packages are to be asked for`,
  });
}

/** What a status other than 200, 404 and 410 means; a redirect leads away from the address that the operator named. */
function refused({ status, headers }: HttpReply, source: string, what: string): FetchFailure {
  const cause = `${source} was asked for ${what}`;
  if (status >= 300 && status < 400) {
    const to = headers['location'];
    return new FetchFailure({
      code: 'FETCH_REDIRECT', source, found: typeof to === 'string' ? to.slice(0, 200) : `status ${status}`,
      expected: 'an answer from the address that is configured', cause,
    });
  }
  const code = status === 401 || status === 403 ? 'FETCH_UNAUTHORIZED' : status === 429 ? 'FETCH_RATE_LIMITED' : 'FETCH_SERVER_ERROR';
  return new FetchFailure({ code, source, found: `status ${status}`, cause });
}
