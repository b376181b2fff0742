/** A port is listened on, or the user is told which flag chooses another. */
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';

/** What a port that cannot be had leaves to do, in the words of the command line. */
const LISTEN_FAILURES: ReadonlyMap<string | undefined, string> = new Map([
  ['EADDRINUSE', 'is in use'],
  ['EACCES', 'may not be used by this user'],
  ['EADDRNOTAVAIL', 'is on an address that this machine does not have'],
]);

/** Every address, as a machine with these interfaces can listen on it: `::` stands for IPv4 too, where there is IPv6 at all. */
export function reachable(host: string, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): string {
  const hasIPv6 = Object.values(interfaces).some((addresses) => addresses?.some(({ family }) => family === 'IPv6') === true);
  return host === '::' && !hasIPv6 ? '0.0.0.0' : host;
}

/** Listens; rejects with a message for people that names the flag to choose another port with. */
export async function listen(
  server: { listen(at: { readonly host: string; readonly port: number }): Promise<unknown> },
  host: string,
  port: number,
  flag: string,
): Promise<void> {
  await server.listen({ host: reachable(host), port }).catch((cause: NodeJS.ErrnoException) => {
    const why = LISTEN_FAILURES.get(cause.code);
    throw why === undefined ? cause : new Error(`port ${port} of ${host} ${why} (${cause.code}); choose another with --${flag} or --host`);
  });
}

/** The port of an address that is listened on; 0 when it is none. */
export function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
