/** Findings about a resource of ours become a decision, as those about artifacts do. */
import { requestOf } from '../domain/decision/decision.ts';
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { withRetry } from '../domain/decision/retry.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { comparePath } from '../text/path.ts';

/** When it came, how long it took and might have taken, and the set in force. */
export type OwnMoment = Pick<Decision, 'id' | 'at' | 'durationMs' | 'policyGeneration' | 'policySources'> & { readonly budgetMs: number };

const NOTHING: Finding = {
  verdict: 'satisfied', code: 'INPUT_NOT_JUDGED', path: '', artifact: '', mode: 'enforce', cause: 'it is a document of Gatehouse',
};

/** The decision about one request; without findings nothing is wrong with it. */
export function ownDecision(review: ReviewRequest, said: readonly Finding[], { budgetMs, ...moment }: OwnMoment): Decision {
  const findings = said.length === 0 ? [NOTHING] : said.toSorted((a, b) =>
    Number(b.mode === 'enforce') - Number(a.mode === 'enforce') || comparePath(a.path, b.path));
  const failing = findings.filter(({ verdict }) => verdict !== 'satisfied');
  return withRetry({
    ...moment,
    outcome: failing.some(({ mode }) => mode === 'enforce') ? 'deny' : failing.length > 0 ? 'warn' : 'admit',
    verdict: failing.some(({ verdict }) => verdict === 'violated') ? 'violated' : failing.length > 0 ? 'undetermined' : 'satisfied',
    findings,
    artifacts: [],
    notes: [],
    request: requestOf(review),
  }, budgetMs);
}
