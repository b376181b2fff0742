import { describe, expect, test } from 'vitest';
import type { ReasonCode } from '../../../../src/domain/decision/reasons.ts';
import { leadingProblem } from '../../../../src/evaluate/vouched/precedence.ts';

const lead = (...codes: ReasonCode[]): ReasonCode | undefined => leadingProblem(codes.map((code) => ({ code, source: code })))?.code;

describe('the problem that heads the message', () => {
  test.each<[ReasonCode, ReasonCode]>([
    ['VERIFY_DISAGREEMENT', 'VERIFY_SIGNER_UNTRUSTED'],
    ['VERIFY_DISAGREEMENT', 'VERIFY_SUBJECT_MISMATCH'],
    ['VERIFY_SIGNATURE_INVALID', 'VERIFY_SIGNER_UNTRUSTED'],
    ['VERIFY_NO_SECOND_OPINION', 'VERIFY_DISAGREEMENT'],
    ['POLICY_REVOKED', 'VERIFY_DISAGREEMENT'],
  ])('%s goes before %s, whichever was found first', (first, second) => {
    expect([lead(first, second), lead(second, first)]).toEqual([first, first]);
  });

  test('without problems there is none', () => {
    expect(lead()).toBeUndefined();
  });
});
