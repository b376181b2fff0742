/** Which proxy a request goes through, by the customary settings. */
import { originText, parseHost } from './host.ts';
import type { Origin } from './host.ts';
import type { ProxySettings } from './options.ts';

/** Picks the proxy for an origin, or `undefined` to connect directly. */
export type ProxyFor = (origin: Origin) => URL | undefined;

/**
 * Reads the proxy settings; throws an Error that names the setting when it is not the URL of an HTTP proxy.
 *
 * `noProxy` is a list separated by commas: `*`, a host (which covers its subdomains, a leading dot is optional),
 * or either with a port. CIDR ranges are not read.
 */
export function compileProxies(proxy: ProxySettings | undefined): ProxyFor {
  const uris = { https: proxyUrl('HTTPS_PROXY', proxy?.httpsProxy), http: proxyUrl('HTTP_PROXY', proxy?.httpProxy) };
  const excluded = (proxy?.noProxy ?? '').split(',').map((entry) => entry.trim().toLowerCase());
  return (origin) => {
    const uri = uris[origin.scheme];
    return uri === undefined || excluded.some((entry) => covers(entry, origin)) ? undefined : uri;
  };
}

/** A proxy written without scheme is an HTTP proxy, as everywhere. Its URL may hold a password, so it is not quoted. */
function proxyUrl(name: string, text: string | undefined): URL | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' && isDecodable(url)) return url;
  throw new Error(
    `${name}: expected the URL of an HTTP proxy such as http://proxy.example:3128, found ${url === null ? 'no URL' : `scheme ${url.protocol}`}`,
  );
}

function isDecodable({ username, password }: URL): boolean {
  try {
    return typeof decodeURIComponent(username + password) === 'string';
  } catch {
    return false;
  }
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
