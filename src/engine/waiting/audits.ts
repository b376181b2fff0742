/** What nobody waits for: policies in mode `audit` are judged after the answer, a bounded number at once. */
import type { Timers } from '../../flow/timers.ts';
import { createTurns } from './turns.ts';
import type { Turns } from './turns.ts';

/** The background in which audits are judged. */
export interface Audits {
  /** Places of its own: what nobody waits for takes none from those who do. */
  readonly turns: Turns;
  /** Milliseconds that one request's audit may take, with its waiting. */
  readonly ms: number;
  /** Fires when audits are dropped: what is not known by then is undetermined. */
  readonly signal: AbortSignal;
  /** Notes work that goes on by itself; it must not reject. */
  follow(work: Promise<unknown>): void;
  /** How many are not recorded yet. */
  underWay(): number;
  /** Drops what is under way; resolves when all of it has been recorded. What is begun later is dropped at once. */
  close(): Promise<void>;
}

/** How many audits are judged at once, and how long one may take (default 30 s). */
export interface AuditRules {
  readonly slots: number;
  readonly ms?: number;
  readonly timers?: Timers | undefined;
}

/** Makes the background, empty. Who gets a place is decided as for requests: in turn by namespace and caller, the excess turned away. */
export function createAudits({ slots, ms = 30_000, timers }: AuditRules): Audits {
  const stop = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  return {
    turns: createTurns({ slots, timers }),
    ms,
    signal: stop.signal,
    follow(work) {
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
    },
    underWay: () => underWay.size,
    async close() {
      stop.abort();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
