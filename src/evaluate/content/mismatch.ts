/** What differs between a statement and the policy, with its place in the statement. */
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { ReadProblem } from './predicate-reader.ts';

/** One claim of a statement that is not what it has to be. */
export interface Mismatch {
  readonly code: ReasonCode;
  /** The claim in words: `builder id`, `source ref`. */
  readonly claim: string;
  /** Where it stands: `predicate.runDetails.builder.id`. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** A field that cannot be read, as a mismatch. */
export function unreadable({ path, found, expected }: ReadProblem): Mismatch {
  return { code: 'POLICY_PREDICATE', claim: 'field', path, expected, found };
}
