/** A port is listened on, or the user is told which flag chooses another. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What a port that cannot be had leaves to do, in the words of the command line. */
const LISTEN_FAILURES: ReadonlyMap<string | undefined, string> = new Map([
  ['EADDRINUSE', 'is in use'],
  ['EACCES', 'may not be used by this user'],
  ['EADDRNOTAVAIL', 'is on an address that this machine does not have'],
]);

/** Every address of both families; a connection over IPv4 shows its caller as `::ffff:a.b.c.d` (`domain/ip-address.ts`). */
const BOTH_FAMILIES = '::';
/** How a system says that it has no IPv6. */
const NO_IPV6: ReadonlySet<string | undefined> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT', 'EINVAL']);

/** The address to listen on: all of IPv4 where both families are wanted and the system has one of them only. */
export async function addressFor(host: string, hasIPv6: () => Promise<boolean> = systemHasIPv6): Promise<string> {
  return host !== BOTH_FAMILIES || (await hasIPv6()) ? host : '0.0.0.0';
}

/** True unless the system refuses to listen on IPv6; what else may be wrong is told by whoever listens. */
function systemHasIPv6(): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(!NO_IPV6.has(code)));
    probe.listen({ host: BOTH_FAMILIES, port: 0 }, () => probe.close(() => resolve(true)));
  });
}

/** Listens; rejects with a message for people that names the flag to choose another port with. */
export async function listen(
  server: { listen(at: { readonly host: string; readonly port: number }): Promise<unknown> },
  host: string,
  port: number,
  flag: string,
): Promise<void> {
  await server.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    const why = LISTEN_FAILURES.get(cause.code);
    throw why === undefined ? cause : new Error(`port ${port} of ${host} ${why} (${cause.code}); choose another with --${flag} or --host`);
  });
}

/** The port of an address that is listened on; 0 when it is none. */
export function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
