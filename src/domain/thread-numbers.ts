/** What is counted of the work off the event loop, for the metrics. */

/** Numbers of the threads that verify evidence: counters since the start, `cacheBytes` and `queued` of this moment. */
export interface VerificationNumbers {
  /** Pieces of evidence sent to a thread. */
  readonly verifications: number;
  /** Pieces answered from memory, or by a verification already under way. */
  readonly cacheHits: number;
  /** Bytes that the remembered outcomes are reckoned at. */
  readonly cacheBytes: number;
  /** Jobs that wait for a thread or are worked on. */
  readonly queued: number;
  /** Threads replaced. */
  readonly restarts: number;
}

/**
 * Numbers of the threads that examine statements: counters since the start; `threads`, `running`, `queued` and `cacheBytes` of this
 * moment.
 */
export interface ExaminationNumbers {
  /** Questions sent to a thread. */
  readonly examinations: number;
  /** Questions answered from memory, or by an examination already under way. */
  readonly cacheHits: number;
  readonly cacheBytes: number;
  readonly threads: number;
  readonly running: number;
  /** Questions that wait for a thread. */
  readonly queued: number;
  /** Threads replaced. */
  readonly restarts: number;
  /** Examinations ended because they took too long. */
  readonly timeouts: number;
}
