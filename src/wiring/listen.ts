/** A port is listened on, or the user is told which flag chooses another. */
import type { AddressInfo } from 'node:net';

/** What a port that cannot be had leaves to do, in the words of the command line. */
const LISTEN_FAILURES: ReadonlyMap<string | undefined, string> = new Map([
  ['EADDRINUSE', 'is in use'],
  ['EACCES', 'may not be used by this user'],
  ['EADDRNOTAVAIL', 'is on an address that this machine does not have'],
]);

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
