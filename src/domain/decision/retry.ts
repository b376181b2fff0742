/** Whether the asker of a denied request is told to ask again by itself, and when. */
import type { Decision } from './decision.ts';
import type { Finding } from './finding.ts';

/**
 * The decision, with the seconds after which the same request is worth repeating: only when every finding that denies is
 * undetermined, and the try took no more than half of its `budgetMs`: whoever waited that long already would hold a thread of its
 * controller for minutes. 1 second for what is our own (overload, faults), 2 for what others have to mend.
 *
 * The API server turns it into a Retry-After, and client-go repeats the request up to ten times: without it a pod of a
 * controller that is refused once is refused for good.
 */
export function withRetry(decision: Decision, budgetMs: number): Decision {
  if (decision.outcome !== 'deny' || decision.durationMs * 2 > budgetMs) return decision;
  const refusing = decision.findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce');
  if (refusing.length === 0 || refusing.some(({ verdict }) => verdict === 'violated')) return decision;
  return { ...decision, retryAfterSeconds: refusing.every(isOurs) ? 1 : 2 };
}

function isOurs({ code }: Finding): boolean {
  return code.startsWith('ENGINE_');
}
