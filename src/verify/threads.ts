/** A pool of threads that run jobs; what a thread could not do is an engine problem, never a refusal of the evidence. */
import type { VerificationJob } from '../domain/evidence.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { createThreads } from '../flow/threads.ts';
import type { Loss, Threads } from '../flow/threads.ts';
import type { Timers } from '../flow/timers.ts';
import { createTrustLedger } from './messages.ts';
import type { ToWorker } from './messages.ts';
import type { RawOutcome } from './proof.ts';

/** How the verification threads are run. */
export interface ThreadOptions {
  readonly workers: number;
  /** Whether they are started at once, or with their first job. Default: at once. */
  readonly start?: 'at once' | 'when asked';
  /** Jobs that may wait for a thread; further ones answer ENGINE_OVERLOADED at once. */
  readonly maxQueue: number;
  /** Milliseconds one job may take before its thread is ended. */
  readonly jobBudgetMs: number;
  readonly workerUrl: URL;
  /** Megabytes of heap per thread. */
  readonly heapMb: number;
  /** Timers of the budgets; default: the system's. */
  readonly timers?: Timers | undefined;
}

/** Threads that verify jobs; what they could not do is ENGINE_OVERLOADED, ENGINE_DEADLINE or ENGINE_FAULT for every piece. */
export type VerificationThreads = Threads<VerificationJob, readonly RawOutcome[]>;

/** Starts the threads, two jobs ahead; each is told every trust material and every root once. */
export function createVerificationThreads(options: ThreadOptions): VerificationThreads {
  return createThreads<VerificationJob, readonly RawOutcome[]>({
    name: 'gatehouse-verify',
    worker: options.workerUrl,
    threads: options.workers,
    start: options.start ?? 'at once',
    ahead: 2,
    budgetMs: options.jobBudgetMs,
    heapMb: options.heapMb,
    youngMb: 24,
    env: {},
    encoder: createEncoder,
    refuse: (job, { queued }) =>
      queued >= options.maxQueue ? engineOutcomes(job, 'ENGINE_OVERLOADED', `${queued} jobs are waiting`) : undefined,
    lost: (job, loss) => engineOutcomes(job, loss.why === 'deadline' ? 'ENGINE_DEADLINE' : 'ENGINE_FAULT', causeOf(loss, options)),
    ...(options.timers === undefined ? {} : { timers: options.timers }),
  });
}

/** What one thread is sent for a job; remembers what it has been told of trust. */
function createEncoder(): (job: VerificationJob) => ToWorker {
  const ledger = createTrustLedger();
  return ({ artifact, evidence, now, trust }) => {
    // A view into a larger buffer would be cloned with the whole buffer. A message that several pieces share crosses once.
    const pieces = evidence.map((piece) =>
      piece.bytes.byteLength === piece.bytes.buffer.byteLength ? piece : { ...piece, bytes: new Uint8Array(piece.bytes) },
    );
    return { job: { artifact, evidence: pieces, now }, ...ledger.send(trust) };
  };
}

function causeOf({ why, cause }: Loss, { jobBudgetMs }: ThreadOptions): string {
  switch (why) {
    case 'deadline': return `verification took longer than ${jobBudgetMs} ms`;
    case 'ended': return cause === '' ? 'verification thread ended' : `verification thread failed: ${cause}`;
    case 'unsent': return `job could not be sent to its thread: ${cause}`;
    case 'unstarted': return 'no verification thread can be started';
    case 'closed': return 'verification has been shut down';
  }
}

/** One and the same engine problem for every piece of a job; never kept. */
function engineOutcomes(job: Pick<VerificationJob, 'evidence'>, code: ReasonCode, cause: string): readonly RawOutcome[] {
  return job.evidence.map(({ digest, source }) => ({
    evidenceDigest: digest,
    source,
    proofs: [],
    problems: [{ code, source, cause }],
    cacheable: false,
  }));
}
