export { createVerifier } from './pool.ts';
export type { PooledVerifier, VerifierOptions, VerifierStats } from './pool.ts';
export { runVerificationJob } from './run.ts';
