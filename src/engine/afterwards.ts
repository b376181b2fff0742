/** What goes on after an answer that had to be given at the deadline: the judgement, for the next try and for nobody else. */
import type { Extraction } from '../domain/decision/review.ts';
import { eachBounded } from '../flow/each-bounded.ts';
import { createFairSlots } from '../flow/fair-slots.ts';
import type { AdmitPorts, Context } from './context.ts';
import { createContext } from './context.ts';
import { judge } from './judge.ts';
import type { Leads } from './leads/lead.ts';

/** Judgements that go on at a time, and artifacts of one that are worked on at once: half of what a request gets. */
const MOST = 64;
const PARALLEL = 8;

/** Goes on with what a request asked for, when time was up before it was known. */
export type Afterwards = (extraction: Extraction, context: Context) => void;

/**
 * Judges once more, on behalf of the same asker, for at most `ports.lingerMs` from now; the outcome is dropped, what was fetched and
 * verified on the way is remembered, so the next try is answered from memory. Whatever the first try has under way is joined.
 * Nobody who hung up is worked for, and whoever has no place left is not.
 */
export function createAfterwards(ports: AdmitPorts, leads: Leads<Context>): Afterwards {
  const places = createFairSlots({ slots: MOST, share: 0.25 });
  const silent: AdmitPorts = { ...ports, lingerMs: 0, recorder: { record: () => undefined } };
  return (extraction, { review, deadline }) => {
    if (ports.lingerMs === undefined || ports.lingerMs <= 0 || !deadline.late) return;
    const leave = places.tryTake();
    if (leave === undefined) return;
    const budget = { deadline: ports.clock.now() + ports.lingerMs, signal: NEVER };
    const context = createContext(silent, { ...review, object: null, oldObject: null }, budget, leads);
    void eachBounded(extraction.artifacts, PARALLEL, (ref) => judge(ref, extraction.scope, context))
      .catch(() => undefined)
      .finally(() => {
        context.deadline.clear();
        leave();
      });
  };
}

const NEVER = new AbortController().signal;
