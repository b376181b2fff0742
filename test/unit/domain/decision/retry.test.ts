// Who is told to ask again by itself: whoever meets what may pass in seconds, and not what a person has to mend first.
import { describe, expect, test } from 'vitest';
import { withRetry } from '../../../../src/domain/decision/retry.ts';
import { reason } from '../../../../src/domain/decision/reasons.ts';
import type { ReasonCode } from '../../../../src/domain/decision/reasons.ts';
import type { Decision } from '../../../../src/domain/decision/decision.ts';
import type { Mode } from '../../../../src/domain/policy/policy.ts';

function told(codes: readonly ReasonCode[], { lastTry = false, mode = 'enforce' as Mode } = {}): number | undefined {
  const findings = codes.map((code) => ({ verdict: reason(code).verdict, code, path: '', artifact: 'a', mode: code === 'POLICY_BROKEN' ? mode : 'enforce' as const }));
  const decision = { outcome: 'deny', verdict: 'undetermined', durationMs: 1, findings } as unknown as Decision;
  return withRetry(decision, 10_000, () => lastTry).retryAfterSeconds;
}

describe('a policy that is broken', () => {
  test('is mended by a person: nobody waits for it', () => expect(told(['POLICY_BROKEN'])).toBeUndefined());
  test('not when something that may pass stands beside it either', () => {
    expect(told(['FETCH_SERVER_ERROR', 'POLICY_BROKEN'])).toBeUndefined();
    expect(told(['POLICY_BROKEN', 'ENGINE_OVERLOADED'])).toBeUndefined();
  });
  test('but where it only warns, what denies decides', () => expect(told(['FETCH_SERVER_ERROR', 'POLICY_BROKEN'], { mode: 'warn' })).toBe(2));
  test('and whoever asks once is told to come again: the run would be lost for good', () => expect(told(['POLICY_BROKEN'], { lastTry: true })).toBe(2));
});

test('what may pass in seconds is asked for again', () => {
  expect(told(['FETCH_SERVER_ERROR'])).toBe(2);
  expect(told(['ENGINE_OVERLOADED'])).toBe(1);
  expect(told(['POLICY_UNAVAILABLE'])).toBe(2);
  expect(told(['FETCH_SERVER_ERROR', 'FETCH_NONE_FOUND'])).toBeUndefined();
});
