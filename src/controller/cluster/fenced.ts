/** Only whoever leads writes, and only so much in a second. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterWriter } from './writer.ts';
import type { Leadership } from './lease.ts';

/** Thrown in place of a write when somebody else may lead. */
export class NotLeading extends Error {
  constructor() {
    super('this controller does not lead now');
  }
}

/** A writer that counts. */
export interface FencedWriter extends ClusterWriter {
  /** Writes that were sent since the start. */
  sent(): number;
}

/**
 * Lets through at most `perSecond` writes in a second, each only when we lead at that moment: it waits for its turn first and asks
 * then, so that nothing that waited through a lost Lease is written after it.
 */
export function fenced(writer: ClusterWriter, leadership: Pick<Leadership, 'leads'>, perSecond: number): FencedWriter {
  const gap = 1000 / perSecond;
  let next = 0;
  let sent = 0;
  const turn = async (): Promise<void> => {
    const now = performance.now();
    // What was not used is kept for a burst of half a second.
    next = Math.max(next, now - 500);
    const at = next;
    next += gap;
    if (at > now) await sleep(at - now);
    if (!leadership.leads()) throw new NotLeading();
    sent += 1;
  };
  return {
    apply: async (...args) => { await turn(); return writer.apply(...args); },
    create: async (...args) => { await turn(); return writer.create(...args); },
    replace: async (...args) => { await turn(); return writer.replace(...args); },
    merge: async (...args) => { await turn(); return writer.merge(...args); },
    sent: () => sent,
  };
}
