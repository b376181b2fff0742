/** Name resolution that is shared, and that lets no socket near an address it may not have. */
import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Askers, currentAsker, onBehalfOf } from '../flow/asker.ts';
import { createFairSlots } from '../flow/fair-slots.ts';
import { classifyAddress, permits } from './address.ts';
import type { Reach } from './address.ts';
import type { HostLookup, ResolvedAddress } from './options.ts';

/** Carries the verdict of the address guard through the connector's error path. */
export const FORBIDDEN_ADDRESS = 'EFORBIDDENADDRESS';

/** An address that the guard refused, as the error that node's connector passes on. */
export function forbiddenAddress(host: string, address: string): Error {
  return Object.assign(new Error(`${host} has the address ${address}`), { code: FORBIDDEN_ADDRESS, address });
}

/** Lookups that a thread pool of so many runs at once: half of its threads, by libuv's rule for what may be slow. */
export function lookupThreads(pool: number): number {
  return pool >= 1 ? Math.floor((Math.min(pool, 1024) + 1) / 2) : 1;
}

/** What libuv has when nobody says otherwise. */
const THREADS = 4;

/**
 * The system's resolver for many concurrent callers: one question per host at a time, and as many at once as there are threads for
 * them, because what waits for a thread waits in no order of ours (fault R04).
 *
 * A name whose servers do not answer keeps a thread for many seconds, and nobody can end that. So threads are shared as all else:
 * in turn by namespace and caller, and one namespace never holds more than three quarters. Whoever asks for a name that another
 * waits for lends it its own turn.
 */
export function sharedLookup(atOnce: number = lookupThreads(THREADS), system: HostLookup = systemAddresses): HostLookup {
  const underWay = new Map<string, { readonly addresses: Promise<readonly ResolvedAddress[]>; readonly askers: Askers }>();
  const threads = createFairSlots({ slots: atOnce });

  async function ask(hostname: string): Promise<readonly ResolvedAddress[]> {
    const giveBack = await threads.take(NEVER);
    try {
      return await system(hostname);
    } finally {
      giveBack();
    }
  }

  return (hostname) => {
    const known = underWay.get(hostname);
    known?.askers.join(currentAsker());
    if (known !== undefined) return known.addresses;
    const askers = new Askers(currentAsker());
    const addresses = onBehalfOf(askers, () => ask(hostname)).finally(() => underWay.delete(hostname));
    underWay.set(hostname, { addresses, askers });
    return addresses;
  };
}

const NEVER = new AbortController().signal;

const systemAddresses: HostLookup = async (hostname) => {
  const found = await systemLookup(hostname, { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

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
