/** A test that failed by its own word is no step that was done. */
import type { Statement } from '../../domain/evidence.ts';
import { field, isObject } from '../../text/json/fields.ts';
import { familyOf } from '../../domain/policy/predicate-types.ts';

/** Where statements of a family say how it ended, and the words with which the step was done. */
const RESULTS = new Map<string | undefined, { readonly fields: readonly string[]; readonly done: readonly string[] }>([
  ['test-result', { fields: ['result'], done: ['PASSED', 'WARNED'] }],
  ['human-review', { fields: ['result'], done: ['pass'] }],
  ['vsa', { fields: ['verificationResult', 'verification_result'], done: ['PASSED'] }],
]);

/**
 * Why a statement is no proof that its step was done, by its own word: tests that failed, a review that refused. `undefined`
 * for all others. What they must say beyond that is for the conditions of the step.
 */
export function failedByOwnWord({ predicateType, predicate }: Statement): string | undefined {
  const rule = RESULTS.get(familyOf(predicateType));
  // A code host that signs for all its reviewers lists them, and gives no result of its own.
  if (rule === undefined || (isObject(predicate) && Object.hasOwn(predicate, 'reviewers'))) return undefined;
  const said = isObject(predicate) ? rule.fields.map((name) => field(predicate, name)).find((value) => value !== undefined) : undefined;
  if (typeof said === 'string' && rule.done.includes(said)) return undefined;
  return `it says ${typeof said === 'string' ? said.slice(0, 100) : 'nothing about its result'}, not ${rule.done.join(' or ')}`;
}
