// Whoever is refused by verification does what the line says, and is admitted; what he cannot do, the line says who can.
import { describe, test } from 'vitest';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { obey } from './support.ts';
import { VERIFY_FIXES, VERIFY_NEIGHBOURS } from './verify.ts';

describe('X1: the fix is the fix', () => {
  test.each(Object.entries(VERIFY_FIXES))('%s', (code, it) => obey(code as ReasonCode, it));
  test.each(Object.entries(VERIFY_NEIGHBOURS))('%s', (_title, [code, it]) => obey(code, it));
});
