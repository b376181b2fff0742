/** What the engine is given from outside, and how long one request may take. Types alone. */
import type { DecisionRequest } from '../domain/decision/decision.ts';
import type { BuildSettings } from '../domain/build/settings.ts';
import type { CertificateStatuses } from '../domain/certificate-status.ts';
import type { StatementExaminer } from '../domain/policy/content-check.ts';
import type {
  ClusterFacts, Clock, DefinitionSource, DigestResolver, EvidenceBatch, EvidenceSource, EvidenceVerifier, NamespaceLabels, PolicyStore,
  Recorder,
} from '../domain/ports.ts';
import type { ReceiptReader } from '../domain/gate/receipt.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import type { KindTable } from '../extract/table/rows.ts';
import type { Timers } from '../flow/timers.ts';
import type { Audits } from './waiting/audits.ts';
import type { Turns } from './waiting/turns.ts';

/** Everything the engine needs from outside, handed in by `main`. */
export interface AdmitPorts {
  readonly clock: Clock;
  readonly policies: PolicyStore;
  readonly source: EvidenceSource;
  readonly resolver: DigestResolver;
  readonly verifier: EvidenceVerifier;
  /** Examines what attestations say; without one, requirements on their content are undetermined. */
  readonly examiner?: StatementExaminer;
  readonly namespaces: NamespaceLabels;
  /** Kinds of others that are read by their places; absent: those that are known without the operator. */
  readonly kinds?: KindTable;
  /** The cluster as it is, for rules about pipelines; without it nothing of it is known. */
  readonly facts?: ClusterFacts;
  /** Brings definitions that are kept in registries; without it none of them is known. */
  readonly definitions?: DefinitionSource;
  /** Reads the evidence that annotations of a run hold; without it they hold none. */
  readonly evidenceOfRun?: (source: string, run: unknown) => EvidenceBatch;
  /** How the engines of the cluster are set up; absent: as their installations do it. */
  readonly build?: BuildSettings;
  /** Reads what the keys of this gate have signed; without it no receipt and no summary of ours counts. */
  readonly receipts?: ReceiptReader;
  /** What authorities say of revoked certificates, fetched ahead; without it nothing of it is known. */
  readonly certificates?: CertificateStatuses;
  readonly recorder: Recorder;
  /** What becomes of an artifact that no policy speaks about. */
  readonly unmatched: 'deny' | 'warn' | 'allow';
  /** Address of the page about the object of a request, the same for equal requests; absent: there is none. */
  readonly pageOf?: ((request: DecisionRequest) => string) | undefined;
  /** Most milliseconds for which an admission holds for the same question (`engine/recent.ts`); 0, the default, judges anew every time. */
  readonly recallMs?: number;
  /**
   * Milliseconds for which what was begun goes on after an answer that had to be given at the deadline, so that the next try finds
   * it done; 0, the default, ends it with the answer.
   */
  readonly lingerMs?: number;
  /** Places for requests that have to wait for something; without them everybody may (a command judges one request). */
  readonly turns?: Turns;
  /** Where policies in mode `audit` are judged, after the answer; without it they are judged before it. */
  readonly audits?: Audits;
  /** Whether callers that are the API server can show it; then those who did not share one lane (`waiting/asker-of.ts`). */
  readonly isProven?: (review: ReviewRequest) => boolean;
  /** Timers of the deadline; default: the system's. */
  readonly timers?: Timers;
  /** A new decision id for this moment (ULID). */
  newId(at: number): string;
  /** Told of faults of our own, for the log; the answer names only a reference. */
  onFault?(fault: unknown, review: ReviewRequest): void;
  /** Told of a request that got no place and was turned away. */
  onShed?(review: ReviewRequest): void;
}

/** How long a request may take: `deadline` in epoch milliseconds of the clock, `signal` for a caller that left. */
export interface Budget {
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** What is kept of the request while it waits; without it, it costs nobody anything. */
  readonly keeping?: Keeping;
}

/** The memory that a request takes while it waits, counted for the lane that it waits in. */
export interface Keeping {
  /** Counts it; the function ends that. `undefined` when the lane keeps too much already. */
  count(lane: string): (() => void) | undefined;
}
