/** Asking once for many: callers share the work for a key, and it is stopped when nobody waits any more. */
import { Askers, currentAsker, onBehalfOf } from './asker.ts';
import { untilAborted } from './until-aborted.ts';

/** Work that several callers wait for together, and that ends with the last of them. */
export interface Flights<T> {
  /**
   * Joins the work under way for this key or starts it. A caller whose signal fires leaves with the error of `onLate`; when
   * the last one has left, the work's own signal fires, so nothing goes on for nobody (fault H23). Rejects with what the
   * work rejects with.
   */
  run(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Works under way. */
  readonly size: number;
}

interface Flight<T> {
  readonly controller: AbortController;
  /** Whoever joins lends the work his turn. */
  readonly askers: Askers;
  readonly result: Promise<T>;
  waiting: number;
}

/** Single flight with shared cancellation; `onLate` makes the error for a caller who left, from the key it waited for. */
export function createFlights<T>(onLate: (key: string) => Error): Flights<T> {
  return new SharedFlights<T>(onLate);
}

// A class, because there is one for every piece of state that is kept: the accessors of a literal make a hidden class of their own
// for each object.
class SharedFlights<T> implements Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();
  readonly #onLate: (key: string) => Error;

  constructor(onLate: (key: string) => Error) {
    this.#onLate = onLate;
  }

  get size(): number {
    return this.#flights.size;
  }

  run(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(this.#onLate(key));
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.askers.join(currentAsker());
    flight.waiting += 1;
    return untilAborted(flight.result, signal, () => this.#leave(key, flight));
  }

  #leave(key: string, flight: Flight<T>): never {
    flight.waiting -= 1;
    if (flight.waiting === 0) {
      flight.controller.abort();
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
    throw this.#onLate(key);
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const askers = new Askers(currentAsker());
    const result = onBehalfOf(askers, () => work(controller.signal));
    const flight: Flight<T> = { controller, askers, result, waiting: 0 };
    const land = (): void => void (this.#flights.get(key) === flight && this.#flights.delete(key));
    this.#flights.set(key, flight);
    result.then(land, land);
    return flight;
  }
}
