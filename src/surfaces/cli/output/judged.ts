/** Several things judged by one engine, one after the other, and what is said of all of them together. */
import type { Decision } from '../../../domain/decision/decision.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import { decisionJson } from '../../../explain/index.ts';
import { EXIT } from '../context.ts';
import type { CliContext, LocalEngine } from '../context.ts';

/** What is to be judged, and where it stands: `at` for people, the others where it is a file. */
export interface Asked {
  readonly at: string;
  readonly file?: string;
  readonly line?: number;
  readonly review: ReviewRequest;
}

/** The same, judged. */
export type Judged = Omit<Asked, 'review'> & { readonly decision: Decision };

/** How it is judged; `timeoutMs` is for each. */
export interface Judging {
  readonly engine: Pick<LocalEngine, 'admit'>;
  readonly timeoutMs: number;
  readonly quiet: boolean;
}

/** Judges each; on a terminal it is said which one is under way. */
export async function judgeAll(
  asked: readonly Asked[], { engine, timeoutMs, quiet }: Judging, context: CliContext,
): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  for (const [index, { review, ...place }] of asked.entries()) {
    const done = quiet ? undefined : context.progress?.(`judging ${index + 1} of ${asked.length}`);
    try {
      const budget = { deadline: context.now() + timeoutMs, signal: new AbortController().signal };
      judged.push({ ...place, decision: await engine.admit(review, budget) });
    } finally {
      done?.();
    }
  }
  return judged;
}

/** Denied before undetermined before warned: scripts branch on what has to be mended first. */
export function worst(codes: readonly number[]): number {
  return [EXIT.denied, EXIT.undetermined, EXIT.warned].find((code) => codes.includes(code)) ?? EXIT.admitted;
}

/** One document for programs about all of them. */
export function decisionList(judged: readonly Judged[], notes: readonly string[]): unknown {
  return {
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'DecisionList', notes,
    objects: judged.map(({ at, decision }) => ({ at, ...decisionJson(decision) })),
  };
}
