import { parentPort } from 'node:worker_threads';
import { faultOutcome } from './job.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { createTrustShelf } from './messages.ts';
import { runVerificationJob } from './run.ts';

/**
 * Entry of a verification thread. It answers every question in the order received, knows nothing but what the
 * questions bring, and touches neither files nor network. What the main thread has told it to forget, it forgets.
 */
const port = parentPort;
const shelf = createTrustShelf();

function answer(question: ToWorker): FromWorker {
  const { id, job } = question;
  const trust = shelf.take(question);
  if (trust === undefined)
    return { id, outcomes: job.evidence.map((evidence) => faultOutcome(evidence, 'verification thread does not know the trust material')) };
  return { id, outcomes: runVerificationJob({ ...job, trust }) };
}

port?.on('message', (question: ToWorker) => {
  port.postMessage(answer(question));
});
