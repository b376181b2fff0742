import { originText, parseHost } from './host.ts';
import type { Origin } from './host.ts';
import type { ProxySettings } from './options.ts';

/**
 * The proxy to use for an origin, or `undefined` to connect directly.
 *
 * `noProxy` is a list separated by commas: `*`, a host (which covers its subdomains, a leading dot is optional),
 * or either with a port. CIDR ranges are not read.
 */
export function proxyFor(origin: Origin, proxy: ProxySettings | undefined): string | undefined {
  const uri = origin.scheme === 'https' ? proxy?.httpsProxy : proxy?.httpProxy;
  if (uri === undefined || uri === '') return undefined;
  const excluded = (proxy?.noProxy ?? '').split(',').some((entry) => covers(entry.trim().toLowerCase(), origin));
  return excluded ? undefined : uri;
}

function covers(entry: string, origin: Origin): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const wanted = parseHost(entry.replace(/^\*?\./, ''));
  if (wanted === undefined) return false;
  const name = origin.host.name;
  const sameName = name === wanted.name || (wanted.address === undefined && name.endsWith(`.${wanted.name}`));
  return sameName && (wanted.port === undefined || originText(origin).endsWith(`:${wanted.port}`));
}
