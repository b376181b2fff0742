import fc from 'fast-check';
import { describe, test } from 'vitest';
import { TARGETS } from './fuzz/targets.ts';

/** Targets that see more of the world than one form of bytes: a hundred cases would not meet every example once. */
const GLANCE: Readonly<Record<string, number>> = { 'objects of Tekton': 500, 'objects of Argo': 500, 'policies of a jail': 1000 };

/** A glance at every parser, so that `npm run fuzz` stays able to run; it is the one that looks long. */
describe('fuzzing', () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))('%s', async (name, { input, run }) => {
    await fc.assert(fc.asyncProperty(input, async (value) => run(value as never)), { numRuns: GLANCE[name] ?? 100 });
  });
});
