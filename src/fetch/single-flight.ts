import { outOfTime } from './failure.ts';

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
  const flights = new Map<string, Flight<T>>();

  function start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const result = work(controller.signal);
    const flight: Flight<T> = { controller, result, waiting: 0 };
    const land = (): void => void (flights.get(key) === flight && flights.delete(key));
    flights.set(key, flight);
    result.then(land, land);
    return flight;
  }

  return {
    get size() {
      return flights.size;
    },
    run(key, work, signal) {
      if (signal.aborted) return Promise.reject(outOfTime(key.replace(/\n.*/s, '')));
      const flight = flights.get(key) ?? start(key, work);
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
          if (flights.get(key) === flight) flights.delete(key);
        };
        signal.addEventListener('abort', leave, { once: true });
        flight.result.then(
          (value) => stay(() => resolve(value))(),
          (error: unknown) => stay(() => reject(error))(),
        );
      });
    },
  };
}
