/** What goes on after an answer that had to be given at the deadline: the judgement, for the next try and for nobody else. */
import type { Extraction } from '../../domain/decision/review.ts';
import { eachBounded } from '../../flow/each-bounded.ts';
import type { Context } from '../context.ts';
import { createContext } from '../context.ts';
import { judge } from '../judge.ts';
import { LEADS } from '../leads/index.ts';
import type { AdmitPorts } from '../ports.ts';

/** Artifacts of one request that are worked on at once: half of what a request gets that somebody waits for. */
const PARALLEL = 8;

/**
 * Judges once more, on behalf of the same asker and in its share of what nobody waits for, for at most `ports.lingerMs` from now; the
 * outcome is dropped, what was fetched and verified on the way is remembered, so the next try is answered from memory. Whatever the
 * first try has under way is joined. Nobody who hung up is worked for (row H23).
 */
export function goOn(answered: Context, extraction: Extraction, ports: AdmitPorts): void {
  const { audits, lingerMs = 0 } = ports;
  if (audits === undefined || lingerMs <= 0 || !answered.deadline.late) return;
  const { keeping } = answered.budget;
  const budget = { deadline: ports.clock.now() + lingerMs, signal: audits.signal, ...(keeping === undefined ? {} : { keeping }) };
  const silent: AdmitPorts = { ...ports, lingerMs: 0, recorder: { record: () => undefined }, onShed: () => undefined };
  const context = createContext(silent, answered.review, budget, LEADS);
  context.expectToWait(answered.review, audits.turns);
  audits.follow(
    eachBounded(extraction.artifacts, PARALLEL, (ref) => judge(ref, extraction.scope, context))
      .catch(() => undefined)
      .finally(() => context.end()),
  );
}
