/** Whether the asker of a denied request is told to ask again by itself, and when. */
import type { BuildSettings } from '../build/settings.ts';
import type { Decision } from './decision.ts';
import type { Finding } from './finding.ts';
import type { ReviewRequest } from './review.ts';

/**
 * The decision, with the seconds after which the same request is worth repeating: only when every finding that denies is
 * undetermined, and the try took no more than half of its `budgetMs`: whoever waited that long already would hold a thread of its
 * controller for minutes. 1 second for what is our own (overload, faults), 2 for what others have to mend. A broken policy is mended
 * by a person, and not in the seconds for which clients wait by themselves: whoever meets one is told at once.
 *
 * `lastTry` says that the asker never comes again by itself: it is told to, however long the try took.
 *
 * The API server turns it into a Retry-After, and client-go repeats the request up to ten times: without it a pod of a
 * controller that is refused once is refused for good.
 */
export function withRetry(decision: Decision, budgetMs: number, lastTry = (): boolean => false): Decision {
  if (decision.outcome !== 'deny' || (decision.durationMs * 2 > budgetMs && !lastTry())) return decision;
  const refusing = decision.findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce');
  if (refusing.length === 0 || refusing.some(({ verdict }) => verdict === 'violated')) return decision;
  if (refusing.some(({ code }) => code === 'POLICY_BROKEN') && !lastTry()) return decision;
  return { ...decision, retryAfterSeconds: refusing.every(isOurs) ? 1 : 2 };
}

/** Kinds that Tekton asks for once: refused without being told to come again, its run fails for good (recorded: n6, n7, n11). */
const ASKED_ONCE: ReadonlySet<string> = new Set(['/Pod', 'apps/StatefulSet', 'resolution.tekton.dev/ResolutionRequest']);

/** Whether this is the only try of one of Tekton's own accounts; runs and definitions it asks for again by itself. */
export function isAskedOnce({ kind, user }: Pick<ReviewRequest, 'kind' | 'user'>, { tekton }: Pick<BuildSettings, 'tekton'>): boolean {
  return ASKED_ONCE.has(`${kind.group}/${kind.kind}`) && (tekton.controllers.has(user.username) || tekton.resolvers.has(user.username));
}

function isOurs({ code }: Finding): boolean {
  return code.startsWith('ENGINE_');
}
