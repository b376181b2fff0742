/** What a case expects beside what was decided. */
import type { Decision } from '../domain/decision/decision.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import type { TestCase } from './read/schema.ts';

/** What became of a request, in the words of tests: a denial for want of knowledge is none of the others. */
export type Decided = 'admit' | 'warn' | 'deny' | 'undetermined';

/** What was decided, as cases expect it. */
export interface Actual {
  readonly decision: Decided;
  /** Each once, sorted: of a denial those that deny, of a warning those that warn, of an admission all that there are. */
  readonly reasons: readonly ReasonCode[];
  /** What the user is told; empty where nothing is. */
  readonly message: string;
}

/** A decision in the words of tests; `message` is what the user is told. */
export function actualOf({ outcome, findings }: Decision, message: string): Actual {
  const mode = { deny: 'enforce', warn: 'warn', admit: undefined }[outcome];
  const told = findings.filter((finding) => mode === undefined || (finding.verdict !== 'satisfied' && finding.mode === mode));
  // What policies on trial say has no part in it.
  const isOpen = outcome === 'deny' && told.every(({ verdict }) => verdict === 'undetermined');
  return {
    decision: isOpen ? 'undetermined' : outcome,
    reasons: [...new Set(told.map(({ code }) => code))].toSorted(),
    message,
  };
}

/** Lines that say what was expected and is otherwise; none when the case passes. */
export function differences({ expect }: Pick<TestCase, 'expect'>, actual: Actual): readonly string[] {
  const reasons = expect.reasons === undefined ? undefined : [...new Set(expect.reasons)].toSorted().join(', ');
  const found = actual.reasons.join(', ');
  const missing = (expect.message ?? []).filter((text) => !actual.message.includes(text.trimEnd()));
  return [
    ...(expect.decision === actual.decision ? [] : [`expected decision ${expect.decision}`, `found    decision ${actual.decision}`]),
    ...(reasons === undefined || reasons === found ? [] : [`expected reasons  ${reasons || 'none'}`, `found    reasons  ${found || 'none'}`]),
    ...missing.map((text) => `expected a message with ${JSON.stringify(text)}`),
  ];
}
