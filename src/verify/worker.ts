import { answerQuestions } from '../flow/asked.ts';
import { faultOutcome } from './job.ts';
import type { ToWorker } from './messages.ts';
import { createTrustShelf } from './messages.ts';
import type { RawOutcome } from './proof.ts';
import { runVerificationJob } from './run.ts';

/**
 * Entry of a verification thread. It answers every question in the order received, knows nothing but what the
 * questions bring, and touches neither files nor network. What the main thread has told it to forget, it forgets.
 */
const shelf = createTrustShelf();

answerQuestions((question: ToWorker): readonly RawOutcome[] => {
  const { job } = question;
  const trust = shelf.take(question);
  if (trust === undefined)
    return job.evidence.map((evidence) => faultOutcome(evidence, 'verification thread does not know the trust material'));
  return runVerificationJob({ ...job, trust });
});
