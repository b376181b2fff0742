/** What this room gives: policy tests read from files, their worlds made, and what was decided compared with what is expected. */
export { namedArtifact } from './artifact.ts';
export { actualOf, differences } from './compare.ts';
export type { Actual, Decided } from './compare.ts';
export { makeCasting } from './mint/signers.ts';
export { makeStandIns } from './mint/stand-ins.ts';
export { problemAt, UnusableTest } from './place.ts';
export { LIMITS } from './read/limits.ts';
export { readTests } from './read/read.ts';
export type { PolicyTest, ReadTests } from './read/read.ts';
export { policyTestSchema } from './read/schema.ts';
export type { TestCase } from './read/schema.ts';
export { sourceOf } from './source.ts';
export { worldOf } from './world-of.ts';
export type { TestWorld } from './world-of.ts';
