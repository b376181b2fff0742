/** What a verification thread does with a question: takes the trust material off its shelf and runs the job. */
import type { RunJob } from './job.ts';
import type { ToWorker } from './messages.ts';
import { createTrustShelf } from './messages.ts';
import { faultOutcome } from './proof.ts';
import type { RawOutcome } from './proof.ts';

/**
 * Makes the answering of one thread, with a shelf of its own. Questions must come in the order in which the main thread
 * wrote its ledger: what they bring is put on the shelf, and what they say is forgotten.
 */
export function createAnswering(run: RunJob): (question: ToWorker) => Promise<readonly RawOutcome[]> {
  const shelf = createTrustShelf();
  return async (question) => {
    const { job } = question;
    const trust = shelf.take(question);
    if (trust !== undefined) return run({ ...job, trust });
    return job.evidence.map((evidence) => faultOutcome(evidence, 'verification thread does not know the trust material'));
  };
}
