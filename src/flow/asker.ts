/** On whose behalf the process is at work: said once per request, known to everything that its work waits for. */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Whose share of slots, fetches and threads is used: first by namespace, within it by caller, and within that by object: make one
 * for each request, so that the requests of one caller take turns as well. It orders, it never admits.
 */
export interface Asker {
  readonly namespace: string;
  readonly caller: string;
  /** The request it is for, where that is not this object itself. */
  readonly request?: Asker;
}

/** Work of our own (refreshing, reporting) is nobody's. */
const NOBODY: Asker = { namespace: '', caller: '' };

const askers = new AsyncLocalStorage<Asker>();

/** Does `work`, and everything it starts and awaits, on behalf of `asker`. */
export function onBehalfOf<Result>(asker: Asker, work: () => Result): Result {
  return askers.run(asker, work);
}

/** On whose behalf this is done; for shared work these are {@link Askers}. Ask when something starts to wait. */
export function currentAsker(): Asker {
  return askers.getStore() ?? NOBODY;
}

/**
 * Those on whose behalf shared work is done: the first who asked, and whoever joined since. What waits for them waits in every one's
 * turn, so that nobody is kept waiting in the queue of another who asked for the same thing first.
 */
export class Askers implements Asker {
  readonly namespace: string;
  readonly caller: string;
  readonly request: Asker;
  readonly #joined: Asker[] = [];
  readonly #listeners = new Set<(asker: Asker) => void>();

  constructor(first: Asker) {
    this.namespace = first.namespace;
    this.caller = first.caller;
    this.request = first.request ?? first;
    // Work within work: who joins the outer one waits for the inner one as well.
    if (first instanceof Askers) first.listen((asker) => this.join(asker));
  }

  join(asker: Asker): void {
    const known = [this, ...this.#joined].some((one) => (one.request ?? one) === (asker.request ?? asker));
    if (known) return;
    this.#joined.push(asker);
    for (const listener of this.#listeners) listener(asker);
    if (asker instanceof Askers) asker.listen((another) => this.join(another));
  }

  /** Calls the listener for everybody who has joined or will; the function ends that. */
  listen(listener: (asker: Asker) => void): () => void {
    this.#joined.forEach(listener);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
