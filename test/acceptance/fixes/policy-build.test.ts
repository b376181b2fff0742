// The same, for how an artifact was built: whoever is refused does what the line says, and is admitted.
import { describe, test } from 'vitest';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { BUILD_FIXES, BUILD_NEIGHBOURS } from './policy-build.ts';
import { LAYOUT_FIXES, LAYOUT_NEIGHBOURS } from './policy-layout.ts';
import { obey } from './support.ts';

describe('X1: the fix is the fix, for builds and supply chains', () => {
  test.each(Object.entries({ ...BUILD_FIXES, ...LAYOUT_FIXES }))('%s', (code, it) => obey(code as ReasonCode, it));
  test.each(Object.entries({ ...BUILD_NEIGHBOURS, ...LAYOUT_NEIGHBOURS }))('%s', (_title, [code, it]) => obey(code, it));
});
