/** Name resolution that is shared, and that lets no socket near an address it may not have. */
import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { classifyAddress, permits } from './address.ts';
import type { Reach } from './address.ts';
import type { HostLookup, ResolvedAddress } from './options.ts';

/** Carries the verdict of the address guard through the connector's error path. */
export const FORBIDDEN_ADDRESS = 'EFORBIDDENADDRESS';

/** An address that the guard refused, as the error that node's connector passes on. */
export function forbiddenAddress(host: string, address: string): Error {
  return Object.assign(new Error(`${host} has the address ${address}`), { code: FORBIDDEN_ADDRESS, address });
}

/**
 * The system's resolver for many concurrent callers: one question per host at a time, and at most three at once,
 * because each occupies a thread of the small pool that hashing and files share (fault R04).
 */
export function sharedLookup(atOnce = 3): HostLookup {
  const underWay = new Map<string, Promise<readonly ResolvedAddress[]>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function ask(hostname: string): Promise<readonly ResolvedAddress[]> {
    while (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      const found = await systemLookup(hostname, { all: true, verbatim: true });
      return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  }

  return (hostname) => {
    const known = underWay.get(hostname);
    if (known !== undefined) return known;
    const question = ask(hostname).finally(() => underWay.delete(hostname));
    underWay.set(hostname, question);
    return question;
  };
}

/**
 * A lookup for sockets that refuses a host as soon as one of its addresses may not be contacted. The socket
 * connects to the very addresses checked here, so an answer that changes later changes nothing (attack F08).
 * Sockets to IP literals never ask it: those are checked before connecting.
 */
export function guardedLookup(resolve: HostLookup, reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const refused = addresses.find(({ address }) => !permits(reach, classifyAddress(address)));
        const [first] = addresses;
        if (refused !== undefined) callback(forbiddenAddress(hostname, refused.address), '', 0);
        else if (first === undefined) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0);
        else if (options.all === true) callback(null, addresses.map(({ address, family }) => ({ address, family })));
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}
