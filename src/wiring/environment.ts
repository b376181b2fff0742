/** What the process around us says about the network, and how we name ourselves in it. */
import type { PodEnvironment } from '../cluster/service-account.ts';
import type { Clock } from '../domain/ports.ts';
import { lookupThreads, sharedLookup } from '../fetch/index.ts';
import type { HostLookup, ProxySettings } from '../fetch/index.ts';
import { VERSION } from '../platform/version.ts';

/** The proxy settings of the process, in capitals or not, as other tools read them. */
export function proxyFromEnvironment(): ProxySettings {
  const read = (name: string): string | undefined => process.env[name] ?? process.env[name.toLowerCase()];
  return { httpProxy: read('HTTP_PROXY'), httpsProxy: read('HTTPS_PROXY'), noProxy: read('NO_PROXY') };
}

/** The environment of the pod that this is; `false` elsewhere. */
export function podEnvironment(): PodEnvironment | false {
  return process.env['KUBERNETES_SERVICE_HOST'] === undefined ? false : process.env;
}

/** What everything that goes out over HTTP has in common. */
export interface Outbound {
  readonly clock: Clock;
  /** The proxies of the process. */
  readonly proxy: ProxySettings;
  readonly userAgent: string;
  /** Names are resolved on the threads that the process has for it, by all of it together. */
  readonly lookup: HostLookup;
}

/** What the process says about going out over HTTP. */
export function outbound(): Outbound {
  return { clock: Date, proxy: proxyFromEnvironment(), userAgent: `gatehouse/${VERSION}`, lookup };
}

const lookup = sharedLookup(lookupThreads(Math.trunc(Number(process.env['UV_THREADPOOL_SIZE'] ?? 4))));
