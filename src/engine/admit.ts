/** The front of the engine: a request goes in, a decision comes out in time, whatever happens on the way. */
import type { Decision } from '../domain/decision/decision.ts';
import { withoutObjects } from '../domain/decision/review.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { extract } from '../extract/index.ts';
import { createContext } from './context.ts';
import { fold } from './fold.ts';
import { LEADS } from './leads/index.ts';
import type { AdmitPorts, Budget } from './ports.ts';
import { createRecent } from './recent.ts';
import { isOfArtifactsAlone } from './request.ts';
import { deliberate } from './waiting/deliberate.ts';

export type { AdmitPorts, Budget } from './ports.ts';

/** Answers one request, at once when nothing has to be waited for; never throws, always answers by the budget's deadline. */
export type Admit = (review: ReviewRequest, budget: Budget) => Decision | Promise<Decision>;

/**
 * The road from a request to a decision: extract what the object wants to run, judge the request if it starts a build, judge
 * each artifact (select its policies, resolve its digest, fetch, verify and evaluate its evidence), fold the findings, record
 * the result. What is remembered of all of it is the answer at once; everything else goes the slow road, with the objects
 * of the request left behind.
 */
export function createAdmit(ports: AdmitPorts): Admit {
  const recent = createRecent(ports.recallMs ?? 0);
  return (review, budget) => {
    const context = createContext(ports, review, budget, LEADS);
    try {
      const extraction = extract(review, ports.kinds);
      const recalled = isOfArtifactsAlone(extraction, context) ? recent.recall(extraction, context) : undefined;
      if (recalled !== undefined) return context.close(fold(context, extraction.findings, recalled, extraction));
      context.expectToWait(withoutObjects(review));
      return deliberate(context, { extraction, recent, ports });
    } catch (fault) {
      return context.close(fold(context, [context.fault(fault)], []));
    }
  };
}
