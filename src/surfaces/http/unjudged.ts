/** A denial for what nobody could judge. */
import { requestOf } from '../../domain/decision/decision.ts';
import type { Decision } from '../../domain/decision/decision.ts';
import { withRetry } from '../../domain/decision/retry.ts';
import { reason } from '../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';

/**
 * The decision about a request that was not judged: the engine was not asked, or threw.
 *
 * Denies under every mode, because no policy was consulted; the verdict comes from the catalogue and is
 * `undetermined` for the codes this is meant for (ENGINE_OVERLOADED, ENGINE_FAULT).
 */
export function unjudged(review: ReviewRequest, code: ReasonCode, moment: Moment): Decision {
  const { verdict } = reason(code);
  const { budgetMs, ...when } = moment;
  return withRetry({
    ...when,
    outcome: 'deny',
    verdict,
    findings: [{ verdict, code, path: '', artifact: '', mode: 'enforce' }],
    artifacts: [],
    notes: [],
    policyGeneration: '',
    request: requestOf(review),
  }, budgetMs);
}

/** When what became a decision came, how long it took, and how long it might have taken. */
export type Moment = Pick<Decision, 'id' | 'at' | 'durationMs'> & { readonly budgetMs: number };
