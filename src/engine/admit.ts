/** The front of the engine: a request goes in, a decision comes out in time, whatever happens on the way. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { extract } from '../extract/index.ts';
import { eachBounded } from '../flow/each-bounded.ts';
import { createAfterwards } from './afterwards.ts';
import { createContext, type AdmitPorts, type Budget, type Judgement } from './context.ts';
import { fold } from './fold.ts';
import { judge, PARALLEL } from './judge.ts';
import { LEADS } from './leads/index.ts';
import { createRecent } from './recent.ts';
import { judgeRequest } from './request.ts';

export type { AdmitPorts, Budget } from './context.ts';

/** Answers one request, at once when nothing has to be waited for; never throws, always answers by the budget's deadline. */
export type Admit = (review: ReviewRequest, budget: Budget) => Decision | Promise<Decision>;

/**
 * The road from a request to a decision: extract what the object wants to run, judge the request if it starts a build, judge each
 * artifact (select its policies, resolve its digest, fetch, verify and evaluate its evidence), fold the findings, record the result.
 */
export function createAdmit(ports: AdmitPorts): Admit {
  const recent = createRecent(ports.recallMs ?? 0);
  const afterwards = createAfterwards(ports, LEADS);
  return (review, budget) => {
    const context = createContext(ports, review, budget, LEADS);
    const conclude = (ofRequest: readonly Finding[], judged: readonly Judgement[]): Decision =>
      context.close(fold(context, ofRequest, judged));
    const failed = (fault: unknown): Decision => conclude([context.fault(fault)], []);
    try {
      const extraction = extract(review);
      const recalled = extraction.request === undefined ? recent.recall(extraction, context) : undefined;
      if (recalled !== undefined) return conclude(extraction.findings, recalled);
      const judging = eachBounded(extraction.artifacts, PARALLEL, (ref) => judge(ref, extraction.scope, context));
      return Promise.all([judgeRequest(extraction, context), judging])
        .then(([ofRequest, judged]) => conclude(ofRequest, recent.keep(extraction, context, judged)))
        .finally(() => afterwards(extraction, context))
        .catch(failed);
    } catch (fault) {
      return failed(fault);
    }
  };
}
