/** What is opened from the configuration, opened anew when the configuration has something else to say about it. */
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Configuration } from './configuration.ts';
import type { Lifetime } from '../lifetime.ts';

/** What can be closed. */
interface Closable {
  /** Gives back the memory that it does not need for what is under way. */
  forget?(): void;
  close(): void | Promise<void>;
}

/** Nobody has anything under way with it any longer: the longest budget of a request, and what lingers after it, have passed. */
const RETIRED_MS = 10 * 60_000;
/** Who changes the configuration more often than that in ten minutes cuts off requests that are older than all of these changes. */
const MOST_RETIRED = 16;

/**
 * Gives what is in force. `of` says what of the configuration it is made of; `open` makes another one, and when it rejects the change is
 * refused. The one before is closed when whoever began with it has ended.
 */
export async function renewed<T extends Closable>(
  configuration: Configuration, of: (config: ServerConfig) => unknown, open: (config: ServerConfig) => T | Promise<T>, lifetime: Lifetime,
): Promise<() => T> {
  let inForce = await open(configuration.current());
  const retired = new Map<T, NodeJS.Timeout>();
  const close = (one: T): void => void Promise.resolve(one.close()).catch(() => undefined);
  const end = (one: T): void => {
    clearTimeout(retired.get(one));
    retired.delete(one);
    close(one);
  };
  configuration.takesPart(async (next, before) => {
    if (JSON.stringify(of(next)) === JSON.stringify(of(before))) return undefined;
    const fresh = await open(next);
    return {
      commit() {
        const last = inForce;
        inForce = fresh;
        last.forget?.();
        retired.set(last, setTimeout(end, RETIRED_MS, last).unref());
        const [oldest] = retired.keys();
        if (retired.size > MOST_RETIRED && oldest !== undefined) end(oldest);
      },
      abandon: () => close(fresh),
    };
  });
  lifetime.defer(async () => {
    for (const one of [...retired.keys()]) end(one);
    await inForce.close();
  });
  return () => inForce;
}
