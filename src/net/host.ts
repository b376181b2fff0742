/** Hosts, origins and URLs, read so strictly that no two readers disagree about whom they mean. */
import { isIP, isIPv4, isIPv6 } from 'node:net';

/** A host with an optional port, as validated text. `text` is how it is written, `address` is set for IP literals. */
export interface Host {
  readonly text: string;
  readonly name: string;
  readonly port: number | undefined;
  /** The IP address without brackets, when the host is one. */
  readonly address: string | undefined;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST = new RegExp(`^(\\[[0-9a-f:.]{2,45}\\]|${LABEL}(?:\\.${LABEL})*)(?::([1-9][0-9]{0,4}))?$`);
const NUMERIC = /^(?:[0-9]+|0x[0-9a-f]*)$/;

/**
 * Reads `HOST[:PORT]` in lower case; `undefined` for everything else.
 *
 * Stricter than URL parsers on purpose: no user info, no trailing dot, no percent sign, no zone, and no number that
 * a resolver would read as an address (`0x7f000001`, `127.1`, `2130706433`), because then two readers would
 * disagree about whom they talk to (attack E11).
 */
export function parseHost(text: string): Host | undefined {
  if (text.length > 261) return undefined;
  const match = HOST.exec(text);
  if (match === null) return undefined;
  const name = match[1] ?? '';
  const port = match[2] === undefined ? undefined : Number(match[2]);
  if (name.length > 253 || (port !== undefined && port > 65_535)) return undefined;
  const address = name.startsWith('[') ? name.slice(1, -1) : name;
  if (name.startsWith('[')) return isIPv6(address) ? { text, name, port, address } : undefined;
  if (isIPv4(name)) return { text, name, port, address };
  if (NUMERIC.test(name.slice(name.lastIndexOf('.') + 1))) return undefined;
  return { text, name, port, address: isIP(name) === 0 ? undefined : name };
}

export type Scheme = 'https' | 'http';

/** Where a request goes: two origins are the same exactly when scheme, host and port are. */
export interface Origin {
  readonly scheme: Scheme;
  readonly host: Host;
}

/** The origin as `scheme://host:port`, the port always written: the key of connections, tokens and comparisons. */
export function originText({ scheme, host }: Origin): string {
  return `${scheme}://${host.name}:${host.port ?? (scheme === 'https' ? 443 : 80)}`;
}

const HTTP_URL = /^(https?):\/\/([^/?#\\@\s]+)(\/[!-~]*|\?[!-~]*)?$/i;

/** Reads an absolute `http(s)` URL that a server sent; the host is held to {@link parseHost}. A fragment is refused. */
export function parseHttpUrl(text: string): { readonly origin: Origin; readonly path: string } | undefined {
  if (text.length > 8192 || text.includes('#')) return undefined;
  const match = HTTP_URL.exec(text);
  const host = match?.[2] === undefined ? undefined : parseHost(match[2].toLowerCase());
  if (match?.[1] === undefined || host === undefined) return undefined;
  const rest = match[3] ?? '/';
  return { origin: { scheme: match[1].toLowerCase() as Scheme, host }, path: rest.startsWith('?') ? `/${rest}` : rest };
}

const ABSOLUTE_PATH = /^\/(?![/\\])[!-~]*$/;

/** Resolves a `Location` or `Link` target against the origin that sent it: an absolute URL or an absolute path. */
export function resolveTarget(text: string, base: Origin): { readonly origin: Origin; readonly path: string } | undefined {
  if (text.length <= 8192 && !text.includes('#') && (ABSOLUTE_PATH.test(text) || text === '/')) return { origin: base, path: text };
  return parseHttpUrl(text);
}
