import fc from 'fast-check';
import { describe, test } from 'vitest';
import { TARGETS } from './fuzz/targets.ts';

/** A glance at every parser, so that `npm run fuzz` stays able to run; it is the one that looks long. */
describe('fuzzing', () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))('%s', async (_, { input, run }) => {
    await fc.assert(fc.asyncProperty(input, async (value) => run(value as never)), { numRuns: 100 });
  });
});
