/** How asking the network fails: one error around one problem, which is a value again before the engine sees it. */
import type { FetchProblem } from '../domain/ports.ts';
import { reason } from '../domain/decision/reasons.ts';

/**
 * A look-up that failed. Thrown only inside this room; every exported function turns it into a value, so that
 * no hostile answer can throw into the engine.
 */
export class FetchFailure extends Error {
  readonly problem: FetchProblem;

  constructor(problem: FetchProblem) {
    super(`${problem.code}: ${problem.source}`);
    this.name = 'FetchFailure';
    this.problem = problem;
  }
}

/** True when nothing was learned about the artifact ("could not look"): such a result is never cached. */
export function isRetryable(problem: FetchProblem): boolean {
  return reason(problem.code).verdict === 'undetermined';
}

/** The problem inside anything caught; what is no {@link FetchFailure} is a fault of ours and stays undetermined. */
export function problemOf(error: unknown, source: string): FetchProblem {
  if (error instanceof FetchFailure) return error.problem;
  return { code: 'ENGINE_FAULT', source, cause: error instanceof Error ? error.message : String(error) };
}

/** What a caller is told whose own time ran out, whatever was going on at that moment. */
export function outOfTime(source: string): FetchFailure {
  return new FetchFailure({ code: 'FETCH_TIMEOUT', source, cause: 'the time given for this request ran out' });
}

/** The same for a caller of shared work (`flow/single-flight`): the first line of the work's key names the source. */
export function leftEarly(key: string): FetchFailure {
  return outOfTime(key.replace(/\n.*/s, ''));
}
