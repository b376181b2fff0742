/** Ends of connections in one spelling, so that no address is taken for a name, and no part of an address for a port. */

/** Names as DNS has them, and IPv4 addresses. */
const NAME = /^[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?$/;

/**
 * `host:port`, with IPv6 addresses in brackets and as RFC 5952 writes them, names in lower case and without a dot at the end;
 * without a port the host alone. `undefined` for what is no host, or no port: such an end is nobody's, and no pattern allows it.
 */
export function endpoint(host: string, port: unknown): string | undefined {
  const named = host.includes(':') ? addressOf(host) : nameOf(host);
  if (named === undefined) return undefined;
  if (port === undefined || port === null) return named;
  const number = typeof port === 'number' ? String(port) : port;
  return typeof number === 'string' && /^\d{1,5}$/.test(number) ? `${named}:${Number(number)}` : undefined;
}

/** A pattern over endpoints in the same spelling; wildcards in an address leave it as it is written. */
export function endpointPattern(pattern: string): string {
  const [, address, port = ''] = /^\[([^\]*]+)\](:.*)?$/.exec(pattern) ?? [];
  const written = address === undefined ? undefined : addressOf(address);
  return written === undefined ? pattern.toLowerCase() : `${written}${port}`;
}

function nameOf(host: string): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  return NAME.test(name) ? name : undefined;
}

/** The address as URLs write it, in brackets. */
function addressOf(host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (!/^[0-9A-Fa-f:.]+$/.test(bare)) return undefined;
  try {
    return new URL(`http://[${bare}]/`).hostname;
  } catch {
    return undefined;
  }
}
