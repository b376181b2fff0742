/** What the rest of the server sees of verification: the verifier with its threads, and the job run in one's own thread. */
import type { RunJob } from './job.ts';
import type { PolicyProver } from './policy/signature.ts';

export { createVerifier } from './pool.ts';
export type { PooledVerifier, VerifierOptions } from './pool.ts';
export type { PolicyProver, PolicyQuestion } from './policy/signature.ts';

const loaded: { run?: typeof import('./run.ts') } = {};

/**
 * Verifies all evidence of a job in this thread, for what is rare and our own, and for commands; see {@link RunJob}. What it takes is
 * loaded with the first question: a server verifies in its threads, and its main thread carries none of it.
 */
export const runVerificationJob: RunJob = async (job) => (loaded.run ??= await import('./run.ts')).runVerificationJob(job);

/** Loads what proves signatures of documents of policies, in this thread; see `policy/signature.ts`. */
export async function createPolicyProver(payloadType: string): Promise<PolicyProver> {
  const made = await import('./policy/signature.ts');
  return made.createPolicyProver(payloadType);
}
