/** The catalogue of reasons: each code with its headline, its remedy and the verdict it always has. */
import { FETCH_REASONS } from './catalogue/fetch-reasons.ts';
import { GATE_REASONS } from './catalogue/gate-reasons.ts';
import { INPUT_REASONS } from './catalogue/input-reasons.ts';
import { OWN_REASONS } from './catalogue/own-reasons.ts';
import { PIPELINE_REASONS } from './catalogue/pipeline-reasons.ts';
import { POLICY_REASONS } from './catalogue/policy-reasons.ts';
import { undetermined } from './reason.ts';
import type { Reason } from './reason.ts';
import { VERIFY_REASONS } from './catalogue/verify-reasons.ts';

export type { Reason } from './reason.ts';

/** The stage of the road at which a reason arises; the prefix of its code. */
export type Stage = 'INPUT' | 'SELECT' | 'FETCH' | 'VERIFY' | 'POLICY' | 'ENGINE';

const RETRY = 'could not verify, retry';

/**
 * Every reason that Gatehouse can give. Codes are stable: scripts and dashboards key on them. The page
 * `docs/reference/reasons.md` is checked against this catalogue in both directions by a test.
 */
export const REASONS = {
  ...INPUT_REASONS,
  ...OWN_REASONS,
  ...FETCH_REASONS,

  ...VERIFY_REASONS,

  ...POLICY_REASONS,
  ...GATE_REASONS,
  ...PIPELINE_REASONS,
  POLICY_BROKEN: undetermined(
    'a policy that speaks about it cannot be used',
    'could not verify, retry; when it lasts, ask the owner of the policy to mend it: the cause is what is wrong with it',
    'mend the policy, its status names every problem with its path; or delete it, if it is not wanted',
  ),
  POLICY_UNAVAILABLE: undetermined(
    'no valid set of policies is loaded',
    'could not verify, retry; when it lasts, ask an administrator of Gatehouse to mend the policy files',
    'mend the policy files: gatehouse policy lint names file, line and column',
  ),

  ENGINE_DEADLINE: undetermined('time ran out before verification ended', `${RETRY}; what was verified is kept, so the next try is faster`),
  ENGINE_OVERLOADED: undetermined('too many verifications are waiting', RETRY),
  ENGINE_FAULT: undetermined('verification failed with an internal error', `${RETRY}; report it with the reference when it lasts`),
} as const satisfies Record<string, Reason>;

/** A code of the catalogue. */
export type ReasonCode = keyof typeof REASONS;

/** The catalogue's entry for a code. */
export function reason(code: ReasonCode): Reason {
  return REASONS[code];
}

/** True when the text is a code of the catalogue. */
export function isReasonCode(text: string): text is ReasonCode {
  return Object.hasOwn(REASONS, text);
}

/** The stage a code belongs to. */
export function stageOf(code: ReasonCode): Stage {
  return code.slice(0, code.indexOf('_')) as Stage;
}
