// Whoever is refused by a policy does what the line says, and is admitted; what is the owner's to do, the line says, and `explain` says how.
import { describe, test } from 'vitest';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { CONTENT_FIXES, CONTENT_NEIGHBOURS } from './policy-content.ts';
import { SIGNER_FIXES, SIGNER_NEIGHBOURS } from './policy-signers.ts';
import { POLICY_FIXES } from './policy.ts';
import { obey } from './support.ts';

const { POLICY_BROKEN, POLICY_UNAVAILABLE } = POLICY_FIXES;

describe('X1: the fix is the fix, for signers and content', () => {
  test.each(Object.entries({ ...SIGNER_FIXES, ...CONTENT_FIXES, POLICY_BROKEN, POLICY_UNAVAILABLE }))('%s', (code, it) => obey(code as ReasonCode, it));
  test.each(Object.entries({ ...SIGNER_NEIGHBOURS, ...CONTENT_NEIGHBOURS }))('%s', (_title, [code, it]) => obey(code, it));
});
