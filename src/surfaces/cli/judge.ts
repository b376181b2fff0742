/** An engine opened for one request, and closed behind it. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import type { CliContext, LocalOptions } from './context.ts';

/** Judges one request with an engine of its own. */
export async function judgeLocally(
  review: ReviewRequest,
  options: LocalOptions,
  timeoutMs: number,
  context: CliContext,
): Promise<Decision> {
  const engine = await context.rooms.openEngine(options);
  try {
    return await engine.admit(review, { deadline: context.now() + timeoutMs, signal: new AbortController().signal });
  } finally {
    await engine.close();
  }
}
