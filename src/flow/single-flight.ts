import { outOfTime } from '../net/failure.ts';

/** Work that several callers wait for together. */
export interface Flights<T> {
  /**
   * Joins the work under way for this key or starts it. A caller whose signal fires leaves with FETCH_TIMEOUT; when
   * the last one has left, the work's own signal fires, so nothing goes on for nobody (fault H23).
   */
  run(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  readonly size: number;
}

interface Flight<T> {
  readonly controller: AbortController;
  readonly result: Promise<T>;
  waiting: number;
}

/** Single flight with shared cancellation. */
export function createFlights<T>(): Flights<T> {
  return new SharedFlights<T>();
}

// A class, because there is one for every piece of state that is kept: the accessors of a literal make a hidden class of their own
// for each object.
class SharedFlights<T> implements Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  get size(): number {
    return this.#flights.size;
  }

  run(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(outOfTime(key.replace(/\n.*/s, '')));
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiting += 1;
    return new Promise<T>((resolve, reject) => {
      const stay = (settle: () => void) => () => {
        signal.removeEventListener('abort', leave);
        settle();
      };
      const leave = (): void => {
        flight.waiting -= 1;
        reject(outOfTime(key.replace(/\n.*/s, '')));
        if (flight.waiting > 0) return;
        flight.controller.abort();
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      };
      signal.addEventListener('abort', leave, { once: true });
      flight.result.then(
        (value) => stay(() => resolve(value))(),
        (error: unknown) => stay(() => reject(error))(),
      );
    });
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const result = work(controller.signal);
    const flight: Flight<T> = { controller, result, waiting: 0 };
    const land = (): void => void (this.#flights.get(key) === flight && this.#flights.delete(key));
    this.#flights.set(key, flight);
    result.then(land, land);
    return flight;
  }
}
