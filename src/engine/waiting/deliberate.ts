/** The slow road, for what memory does not answer: judged in turn with others, enforced policies before the answer, audits after it. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { Extraction } from '../../domain/decision/review.ts';
import { eachBounded } from '../../flow/each-bounded.ts';
import { onBehalfOf } from '../../flow/asker.ts';
import type { Context, Judgement } from '../context.ts';
import { createContext } from '../context.ts';
import { fold } from '../fold.ts';
import { judgeLater, PARALLEL } from '../judge.ts';
import { LEADS } from '../leads/index.ts';
import type { AdmitPorts } from '../ports.ts';
import type { Recent } from '../recent.ts';
import { judgeRequest, mayHavePassed } from '../request.ts';
import { askerOf } from './asker-of.ts';
import { goOn } from './afterwards.ts';
import type { Audits } from './audits.ts';
import { judgeAll } from './caller-first.ts';

/** What has to be judged, where what came of it is remembered, and the ports as they were given (those of the context wait). */
export interface Deliberated {
  readonly extraction: Extraction;
  readonly recent: Recent;
  readonly ports: AdmitPorts;
}

/**
 * Judges a request that may have to wait, on behalf of whoever asked. Never rejects.
 *
 * Of the request nothing but the extraction is kept. Policies in mode `audit` cannot change the outcome: where they are all
 * that is missing the answer is given, and its decision recorded when they have been judged as well.
 */
export function deliberate(context: Context, work: Deliberated): Promise<Decision> {
  return onBehalfOf(askerOf(context.review, work.ports.isProven?.(context.review)), () => answer(context, work));
}

async function answer(context: Context, { extraction, recent, ports }: Deliberated): Promise<Decision> {
  try {
    const began = ports.clock.now();
    const [first, judged] = await judgeAll(extraction, context);
    const ofRequest = mayHavePassed(first, extraction, context, began) ? await judgeRequest(extraction, context) : first;
    const { audits } = ports;
    if (audits === undefined || !judged.some(({ later }) => later !== undefined))
      return context.close(fold(context, ofRequest, recent.keep(extraction, context, judged), extraction));
    const decision = notFinal(fold(context, ofRequest, judged, extraction));
    context.end();
    ports.recorder.answered?.(decision);
    audits.follow(audit(contextOfAudit(context, ports, audits), { extraction, recent, ports }, { decision, ofRequest, judged }));
    return decision;
  } catch (fault) {
    return context.close(fold(context, [context.fault(fault)], []));
  } finally {
    goOn(context, extraction, ports);
  }
}

/** What is said while audits are still to come: that everything holds is not known yet. */
function notFinal(decision: Decision): Decision {
  return decision.verdict === 'satisfied' ? { ...decision, verdict: 'undetermined' } : decision;
}

/** What was answered, and the findings it was folded from. */
interface Answered {
  readonly decision: Decision;
  readonly ofRequest: readonly Finding[];
  readonly judged: readonly Judgement[];
}

/** Opens the time after the answer: nothing in it leads back to the connection that was answered. */
function contextOfAudit(answered: Context, ports: AdmitPorts, { ms, signal, turns }: Audits): Context {
  const { keeping } = answered.budget;
  const budget = { deadline: ports.clock.now() + ms, signal, ...(keeping === undefined ? {} : { keeping }) };
  const context = createContext({ ...ports, lingerMs: 0 }, answered.review, budget, LEADS, answered);
  context.expectToWait(answered.review, turns);
  return context;
}

/** Judges the audits and records the decision, once, with all findings. Its outcome and its time are those of the answer. */
async function audit(context: Context, { extraction, recent, ports }: Deliberated, answered: Answered): Promise<void> {
  const { recorder } = ports;
  try {
    const judged = await eachBounded(answered.judged, PARALLEL, (judgement) => judgeLater(judgement, extraction.scope, context));
    const { findings, artifacts, verdict } = fold(context, answered.ofRequest, recent.keep(extraction, context, judged), extraction);
    recorder.record({ ...answered.decision, findings, artifacts, verdict }, context.review);
  } catch (fault) {
    ports.onFault?.(fault, context.review);
    recorder.record(answered.decision, context.review);
  } finally {
    context.end();
  }
}
