export { createVerifier } from './pool.ts';
export type { PooledVerifier, VerifierOptions } from './pool.ts';
export { runVerificationJob } from './run.ts';
