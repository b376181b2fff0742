/** The settings of everything that asks registries: bounds, times, credentials, proxies, and their defaults. */
import type { Advice } from './words/advice.ts';
import type { Clock, PullSecrets } from '../domain/ports.ts';
import type { DockerAuths, EvidenceElsewhere, RegistryConfig } from '../domain/artifact/registry.ts';

/** One address of a host name. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Resolves a host name to all its addresses; rejects when there is none. */
export type HostLookup = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** How long and how much is kept. Times in milliseconds, sizes in bytes. */
export interface CacheSettings {
  /** Age up to which evidence found is used; it is refreshed in the background from 80 % of this age on. */
  readonly evidenceTTL: number;
  /** Age up to which the absence of evidence is believed. */
  readonly absenceTTL: number;
  /** Age up to which a tag's digest is believed; 0 resolves anew for every decision. */
  readonly tagTTL: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** Bounds on what one look-up may cost. Times in milliseconds, sizes in bytes. */
export interface FetchLimits {
  readonly manifestBytes: number;
  /** Evidence of one place (a tag, or all referrers) taken together; small pieces are read first. */
  readonly evidenceBytes: number;
  /** Signatures and attestations of one place; where there are more, none is read. */
  readonly signatures: number;
  readonly referrerPages: number;
  readonly redirects: number;
  /** Requests under way for one artifact, and connections to one host. */
  readonly concurrency: number;
  /** One request, from sending to the last byte. */
  readonly requestTimeout: number;
  /** Tries after the first, for 429, 502, 503 and reset connections. */
  readonly retries: number;
}

/** Outgoing proxies, with the meaning of the customary environment variables. */
export interface ProxySettings {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/** Everything the room needs; what is left out has the default of {@link DEFAULT_CACHE} and {@link DEFAULT_LIMITS}. */
export interface FetchOptions {
  readonly clock: Clock;
  readonly registries?: readonly RegistryConfig[] | undefined;
  /** Repositories in which evidence is looked for besides the image's own; their hosts may be private. */
  readonly evidenceSources?: readonly EvidenceElsewhere[] | undefined;
  /** `HOST[:PORT]` that may be asked over plain HTTP and may be loopback; without a port, on every port. */
  readonly plainHttp?: readonly string[] | undefined;
  /** Credentials of the server itself. */
  readonly dockerAuths?: DockerAuths | undefined;
  /** Credentials of the pods under review. */
  readonly pullSecrets?: PullSecrets | undefined;
  /** Hosts (with port, if one is written) that policy patterns name literally; asked anew for every connection. */
  readonly literalHosts?: (() => ReadonlySet<string>) | undefined;
  readonly cache?: Partial<CacheSettings> | undefined;
  readonly limits?: Partial<FetchLimits> | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly userAgent?: string | undefined;
  /** Name resolution; the system's resolver unless a test brings its own. */
  readonly lookup?: HostLookup | undefined;
  /** Absolute path of the folder with `docker-credential-*` programs; without it no helper is run. */
  readonly helperDir?: string | undefined;
  /** The environment that helpers see, all of it; empty when absent. */
  readonly helperEnv?: Readonly<Record<string, string>> | undefined;
  /** For whom messages say what helps; by default for those who ask a server, and cannot change its configuration. */
  readonly advice?: Advice | undefined;
}

const MiB = 1024 * 1024;

export const DEFAULT_CACHE: CacheSettings = { evidenceTTL: 600_000, absenceTTL: 5_000, tagTTL: 0, maxEntries: 20_000, maxBytes: 128 * MiB };

export const DEFAULT_LIMITS: FetchLimits = {
  manifestBytes: 4 * MiB,
  evidenceBytes: 16 * MiB,
  signatures: 1000,
  referrerPages: 20,
  redirects: 3,
  concurrency: 8,
  requestTimeout: 5_000,
  retries: 1,
};

/** Defaults filled in; a key given as `undefined` counts as left out. */
export function withDefaults<T extends object>(defaults: T, given: Partial<T> | undefined): T {
  const set = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(set) as Partial<T>) };
}
