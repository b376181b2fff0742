/** What the rest of the server sees of verification: the verifier with its threads, and the job run in one's own thread. */
export { createVerifier } from './pool.ts';
export type { PooledVerifier, VerifierOptions } from './pool.ts';
export { runVerificationJob } from './run.ts';
export { createPolicyProver } from './policy/signature.ts';
export type { PolicyQuestion } from './policy/signature.ts';
