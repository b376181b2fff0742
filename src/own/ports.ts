/** What judging a resource of ours is given, and how long it may take. Types alone. */
import type { Decision } from '../domain/decision/decision.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import type { Clock, Recorder, TrustReader } from '../domain/ports.ts';
import type { PolicyText } from '../policy/index.ts';
import type { Administration } from './administrators.ts';
import type { AskExempt } from './exception/rights.ts';
import type { OwnKind } from './kinds.ts';

/** What judging needs from outside. */
export interface OwnPorts extends Administration {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly trust: TrustReader;
  /** All documents in force, and those that are there and cannot be used; the same list as long as nothing has changed. */
  readonly documents: () => readonly PolicyText[];
  /** The set that `documents` are of at the same moment, as decisions name it. */
  readonly policies: () => Pick<Decision, 'policyGeneration' | 'policySources'>;
  readonly policiesPerNamespace: number;
  /** Why a document would not be used: nobody has signed it. Absent: nobody has to. */
  readonly unsigned?: ((document: unknown) => string | undefined) | undefined;
  /** Asks the API server for the right to except from a policy; absent: there is none. */
  readonly askExempt?: AskExempt | undefined;
  newId(at: number): string;
  /** Told that somebody acted in an emergency. */
  onBreakGlass(review: ReviewRequest, cause: string): void;
  onFault(fault: unknown, review: ReviewRequest): void;
}

/** How long a request may take: `deadline` in epoch milliseconds, `signal` for a caller that left. */
export interface OwnBudget {
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Counts the memory that a request takes while it waits; gives nothing when too much is kept already. */
  readonly keeping?: { count(lane: string): (() => void) | undefined } | undefined;
}

/** Answers one request about a resource of ours; never rejects, always by the deadline. */
export type JudgeOwn = (kind: OwnKind, review: ReviewRequest, budget: OwnBudget) => Promise<Decision>;
