/** What the process around us says about the network, and how we name ourselves in it. */
import type { Clock } from '../domain/ports.ts';
import type { ProxySettings } from '../fetch/index.ts';
import { VERSION } from '../platform/version.ts';

/** The proxy settings of the process, in capitals or not, as other tools read them. */
export function proxyFromEnvironment(): ProxySettings {
  const read = (name: string): string | undefined => process.env[name] ?? process.env[name.toLowerCase()];
  return { httpProxy: read('HTTP_PROXY'), httpsProxy: read('HTTPS_PROXY'), noProxy: read('NO_PROXY') };
}

/** What everything that goes out over HTTP has in common: the clock, the proxies of the process, and who is asking. */
export function outbound(): { readonly clock: Clock; readonly proxy: ProxySettings; readonly userAgent: string } {
  return { clock: Date, proxy: proxyFromEnvironment(), userAgent: `gatehouse/${VERSION}` };
}
