import type { TrustMaterial } from '../domain/evidence.ts';
import { faultOutcome } from './job.ts';
import type { RunJob } from './job.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { createTrustShelf } from './messages.ts';

/** Where a verification thread hears questions and gives its answers: its end of a message channel. */
export interface Line {
  on(event: 'message', listener: (question: ToWorker) => void): unknown;
  postMessage(answer: FromWorker): void;
}

/**
 * Answers every question in the order received, one after the other: the pool takes the first unanswered job for the
 * one under work, so a job is not begun before the last one is answered, whatever it waits for. Trust material is put
 * on the shelf as it comes in, in the order in which the main thread wrote its ledger, and forgotten when that says so.
 *
 * An answer that cannot be sent rejects in nobody's hands and ends the thread, as the pool expects of a fault.
 */
export function serve(line: Line, run: RunJob): void {
  const shelf = createTrustShelf();
  let last: Promise<void> = Promise.resolve();
  line.on('message', (question) => {
    const trust = shelf.take(question);
    last = last.then(async () => line.postMessage(await answer(question, trust, run)));
  });
}

async function answer({ id, job }: ToWorker, trust: TrustMaterial | undefined, run: RunJob): Promise<FromWorker> {
  if (trust === undefined)
    return { id, outcomes: job.evidence.map((evidence) => faultOutcome(evidence, 'verification thread does not know the trust material')) };
  return { id, outcomes: await run({ ...job, trust }) };
}
