/** A pool of threads that run jobs; what a thread could not do is an engine problem, never a refusal of the evidence. */
import type { UnverifiedEvidence, VerificationJob } from '../domain/evidence.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { createThreads } from '../flow/threads/threads.ts';
import type { Loss, ThreadLoad, Threads } from '../flow/threads/threads.ts';
import { shareOf } from '../flow/threads/thread-rules.ts';
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
  /** Told of every job that no thread answered; must not throw. */
  readonly lost?: (job: ThreadJob, loss: Loss) => void;
  /** Timers of the budgets; default: the system's. */
  readonly timers?: Timers | undefined;
}

/** A job on its way to a thread. */
export interface ThreadJob extends VerificationJob {
  /** Milliseconds that it may take, where they are others than usual. */
  readonly budgetMs?: number;
  /** True for what was let in before and comes in parts now: it is not counted once more. */
  readonly letIn?: boolean;
}

/** Threads that verify jobs; what they could not do is ENGINE_OVERLOADED, ENGINE_DEADLINE or ENGINE_FAULT for every piece. */
export type VerificationThreads = Threads<ThreadJob, readonly RawOutcome[]>;

/** Starts the threads, two jobs ahead; each is told every trust material and every root once. */
export function createVerificationThreads(options: ThreadOptions): VerificationThreads {
  return createThreads<ThreadJob, readonly RawOutcome[]>({
    name: 'gatehouse-verify',
    worker: options.workerUrl,
    threads: options.workers,
    start: options.start ?? 'at once',
    ahead: 2,
    budgetMs: options.jobBudgetMs,
    budgetOf: ({ budgetMs = options.jobBudgetMs }) => budgetMs,
    costOf: ({ evidence }) => evidence.reduce((sum, piece) => sum + pieceCost(piece), 1),
    heapMb: options.heapMb,
    youngMb: 24,
    env: {},
    encoder: createEncoder,
    refuse: (job, load) => {
      const cause = job.letIn === true ? undefined : tooMany(load, options.maxQueue);
      return cause === undefined ? undefined : engineOutcomes(job, 'ENGINE_OVERLOADED', cause);
    },
    lost: (job, loss) => {
      options.lost?.(job, loss);
      const code = loss.why === 'deadline' ? 'ENGINE_DEADLINE' : 'ENGINE_FAULT';
      return engineOutcomes(job, code, lossText(loss, job.budgetMs ?? options.jobBudgetMs));
    },
    ...(options.timers === undefined ? {} : { timers: options.timers }),
  });
}

/** What is verified grows with pieces and bytes. */
function pieceCost({ bytes, parts = [], definition }: UnverifiedEvidence): number {
  const size = bytes.length + (definition?.text.length ?? 0) + (definition?.admitted?.length ?? 0);
  return parts.reduce((sum, part) => sum + pieceCost(part), 1 + size / 65_536);
}

/** One namespace never fills the queue: what is too much for it leaves room for others. */
function tooMany({ queued, ofNamespace }: ThreadLoad, most: number): string | undefined {
  if (queued >= most) return `${queued} jobs are waiting`;
  return ofNamespace >= shareOf(most) ? `${ofNamespace} jobs of this namespace are waiting` : undefined;
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

/** Why no thread answered, for a message. */
function lossText({ why, cause }: Loss, budgetMs: number): string {
  switch (why) {
    case 'deadline': return `verification took longer than ${budgetMs} ms`;
    case 'memory': return `verification needed more memory than it may have: ${cause}`;
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
