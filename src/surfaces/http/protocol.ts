import type { Decision } from '../../domain/decision/decision.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';

/** What a body was read as. A failure means the envelope is unusable: no uid to answer to. */
export type ReadReview =
  | { readonly ok: true; readonly review: ReviewRequest; readonly apiVersion: string }
  | { readonly ok: false; readonly code: ReasonCode; readonly message: string };

/** A protocol by which reviews come and go, at one path. */
export interface ReviewProtocol {
  readonly path: string;
  read(body: Uint8Array): ReadReview;
  /** The answer as a JSON value; echoes uid and version. */
  answer(decision: Decision, envelope: { readonly apiVersion: string; readonly uid: string }): unknown;
}
