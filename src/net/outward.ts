/** Single documents from wherever settings and certificates lead: keys, lists and mirrors, each asked under the rules of this room. */
import type { RegistryConfig } from '../domain/artifact/registry.ts';
import type { Clock } from '../domain/ports.ts';
import type { Reach } from './address.ts';
import { createBreaker } from './breaker.ts';
import { createConnections } from './connections.ts';
import type { ServerProof } from './connector.ts';
import { FetchFailure } from './failure.ts';
import { originText } from './host.ts';
import type { Host, Origin } from './host.ts';
import { createHttp } from './http.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import { DEFAULT_LIMITS, withDefaults } from './options.ts';
import type { FetchLimits, HostLookup, ProxySettings } from './options.ts';
import { sharedLookup } from './resolver.ts';
import { createSlots } from './slots.ts';

/** What reaching such places takes; what is left out has the defaults of the room. */
export interface OutwardOptions {
  readonly clock: Clock;
  /** `HOST[:PORT]` that may be asked over plain HTTP and may be loopback; without a port, on every port. */
  readonly plainHttp?: readonly string[] | undefined;
  /** Hosts with certificate authorities of their own. */
  readonly registries?: readonly RegistryConfig[] | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly userAgent?: string | undefined;
  readonly lookup?: HostLookup | undefined;
  readonly limits?: Partial<FetchLimits> | undefined;
}

/** One document. */
export interface OutwardRequest extends Pick<HttpRequest, 'path' | 'maxBytes' | 'what' | 'send'> {
  readonly origin: Origin;
  /** Where it may be when no setting names its host. */
  readonly reach: Reach;
  /** For whom failures are counted; by default its origin. */
  readonly asker?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly server?: ServerProof | undefined;
}

/** Asks for documents. */
export interface Outward {
  readonly limits: FetchLimits;
  /** Whether this host may be asked over plain HTTP. */
  isPlain(host: Host): boolean;
  /** One answer, whatever its status; redirects are not followed. Rejects with an Error in words for people. Nothing in it is verified. */
  ask(request: OutwardRequest, signal: AbortSignal): Promise<HttpReply>;
  close(): Promise<void>;
}

/** Makes the asker. A host that `plainHttp` or `registries` names is reached wherever it is (DESIGN §8, Network). */
export function createOutward(options: OutwardOptions): Outward {
  const limits = withDefaults({ ...DEFAULT_LIMITS, requestTimeout: 10_000 }, options.limits);
  const connections = createConnections(options.lookup ?? sharedLookup(), limits, options.proxy);
  const http = createHttp({
    connections, limits, breaker: createBreaker(options.clock), slots: createSlots(limits.concurrency),
    userAgent: options.userAgent ?? 'gatehouse', stats: { requests: 0, retries: 0 },
  });
  const plain = new Set(options.plainHttp);
  const registries = new Map((options.registries ?? []).map((registry) => [registry.host, registry]));
  const isPlain = (host: Host): boolean => plain.has(host.text) || plain.has(host.name);
  return {
    limits,
    isPlain,
    async ask({ origin, reach, server, asker = originText(origin), headers = {}, ...request }, signal) {
      const { host } = origin;
      const own = registries.get(host.text);
      const target = { origin, reach: own !== undefined || isPlain(host) ? 'named' : reach, ca: own?.ca, server };
      return http({ ...request, headers, target, asker: { repository: asker, access: '' } }, signal).catch((error: unknown) => {
        throw error instanceof FetchFailure ? inWords(`${originText(origin)}${request.path}`, error) : error;
      });
    },
    close: () => connections.close(),
  };
}

/** What to say of an answer that is no document. */
export function notAnswered(origin: Origin, path: string, status: number): Error {
  return new Error(`${originText(origin)}${path}: HTTP ${status}${status >= 300 && status < 400 ? ', redirects are not followed' : ''}`);
}

function inWords(place: string, { problem: { code, found, expected, cause } }: FetchFailure): Error {
  return new Error(`${place}: ${[code, found, expected === undefined ? undefined : `expected ${expected}`, cause].filter(Boolean).join(': ')}`);
}
