import type { Decision } from '../domain/decision.ts';
import type { ReviewRequest } from '../domain/review.ts';
import { extract } from '../extract/index.ts';
import type { AdmitPorts, Budget } from './context.ts';
import { createContext } from './context.ts';
import { fold } from './fold.ts';
import { judgeDependency } from './judge-dependency.ts';
import { judge } from './judge.ts';
import { eachBounded } from './parallel.ts';

export type { AdmitPorts, Budget } from './context.ts';

/** Answers one request; never throws, always answers by the budget's deadline. */
export type Admit = (review: ReviewRequest, budget: Budget) => Promise<Decision>;

/** How many artifacts of one request are worked on at the same time. */
const PARALLEL = 16;

/**
 * The road from a request to a decision: extract what the object wants to run, judge each artifact (select its
 * policies, resolve its digest, fetch, verify and evaluate its evidence), fold the findings, record the result.
 */
export function createAdmit(ports: AdmitPorts): Admit {
  return async (review, budget) => {
    const context = createContext(ports, review, budget, judgeDependency);
    try {
      const extraction = extract(review);
      const judged = await eachBounded(extraction.artifacts, PARALLEL, (ref) => judge(ref, extraction.scope, context));
      return context.close(fold(context, extraction.findings, judged));
    } catch (fault) {
      return context.close(fold(context, [context.fault(fault)], []));
    }
  };
}
