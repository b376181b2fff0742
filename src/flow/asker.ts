/** On whose behalf the process is at work: said once per request, known to everything that its work waits for. */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Whose share of slots, fetches and threads is used: first by namespace, within it by caller, and within that by object: make one
 * for each request, so that the requests of one caller take turns as well. It orders, it never admits.
 */
export interface Asker {
  readonly namespace: string;
  readonly caller: string;
}

/** Work of our own (refreshing, reporting) is nobody's. */
const NOBODY: Asker = { namespace: '', caller: '' };

const askers = new AsyncLocalStorage<Asker>();

/** Does `work`, and everything it starts and awaits, on behalf of `asker`. */
export function onBehalfOf<Result>(asker: Asker, work: () => Result): Result {
  return askers.run(asker, work);
}

/** On whose behalf this is done. Ask when something starts to wait: what is shared is waited for by the first who asked. */
export function currentAsker(): Asker {
  return askers.getStore() ?? NOBODY;
}
