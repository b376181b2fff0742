/** A test that failed by its own word is no step that was done. */
import type { Statement } from '../../domain/evidence.ts';
import { field, isObject } from '../../text/json/fields.ts';
import { gateOf } from '../content/receipt-of-gate.ts';
import { HOST_REVIEW_TYPES, PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';

/** Where statements of a type say how it ended, and the words with which the step was done. */
interface Rule {
  readonly field: string;
  readonly done: readonly string[];
  /** What other versions of the type call the field: not needed, but never against it. */
  readonly also?: string;
  /** A code host that signs for all its reviewers lists them, and need not give a result of its own. */
  readonly optional?: true;
  /** A list that must be empty: a result that calls itself passed although tests failed contradicts itself. */
  readonly empty?: string;
}

const VSA_V1 = 'https://slsa.dev/verification_summary/v1';
const REVIEW: Rule = { field: 'result', done: ['pass'] };
const SUMMARY: Rule = { field: 'verificationResult', also: 'verification_result', done: ['PASSED'] };

/** By exact predicate type: which rule a statement meets never follows from what stands in it. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ...PREDICATE_FAMILIES['test-result'].map(
    (type) => [type, { field: 'result', done: ['PASSED', 'WARNED'], empty: 'failedTests' }] as const,
  ),
  ...PREDICATE_FAMILIES['human-review'].map((type) => [type, REVIEW] as const),
  ...HOST_REVIEW_TYPES.map((type) => [type, { ...REVIEW, optional: true }] as const),
  ...PREDICATE_FAMILIES.vsa.map((type) => [type, { ...SUMMARY, field: 'verification_result', also: 'verificationResult' }] as const),
  [VSA_V1, SUMMARY],
]);

/**
 * Why a statement is no proof that its step was done, by its own word: tests that failed, a review that refused. `undefined`
 * for all others. What they must say beyond that is for the conditions of the step.
 */
export function failedByOwnWord({ predicateType, predicate }: Statement): string | undefined {
  const gate = gateOf({ predicate });
  if (gate !== undefined) return `it is a receipt of ${gate}: no step was done by it`;
  const rule = RULES.get(predicateType);
  if (rule === undefined) return undefined;
  const said = at(predicate, rule.field);
  const also = rule.also === undefined ? undefined : at(predicate, rule.also);
  if (said === undefined ? rule.optional !== true : !isDone(rule, said)) return notDone(rule, said);
  if (also !== undefined && !isDone(rule, also)) return notDone(rule, also);
  const listed = rule.empty === undefined ? undefined : at(predicate, rule.empty);
  return listed === undefined || listed === null || (Array.isArray(listed) && listed.length === 0)
    ? undefined
    : `it says ${shown(said)}, and lists ${rule.empty ?? ''}`;
}

function at(predicate: unknown, name: string): unknown {
  return isObject(predicate) ? field(predicate, name) : undefined;
}

function isDone({ done }: Rule, said: unknown): boolean {
  return typeof said === 'string' && done.includes(said);
}

function notDone({ done }: Rule, said: unknown): string {
  return `it says ${shown(said)}, not ${done.join(' or ')}`;
}

function shown(said: unknown): string {
  return typeof said === 'string' ? said.slice(0, 100) : 'nothing about its result';
}
