/** The answer to one request with everything it rests on, as it is told, recorded and found again. */
import type { ArtifactRef } from '../artifact/artifact.ts';
import type { Vouched } from '../gate/vouched.ts';
import type { SourceState } from './source-state.ts';
import type { Finding, Verdict } from './finding.ts';
import { keptText } from './kept-text.ts';
import { UNPROVEN } from './review.ts';
import type { CallerProof, Operation, ReviewRequest, Surface } from './review.ts';

/** An artifact as it was judged: with the digest, if one was found; `vouched` where somebody may want to vouch for it. */
export type JudgedArtifact = ArtifactRef & { readonly resolvedFromTag?: boolean; readonly vouched?: Vouched };

/** The findings of one request, folded. `verdict` is what strictness says, `outcome` what modes made of it. */
export interface Decision {
  /** ULID: sorts by time, unique across replicas. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly durationMs: number;
  readonly outcome: 'admit' | 'warn' | 'deny';
  readonly verdict: Verdict;
  /** Complete and sorted: failing enforced ones first, then by path, policy, requirement. */
  readonly findings: readonly Finding[];
  readonly artifacts: readonly JudgedArtifact[];
  /** Advice for the user that is no finding (a tag that the kubelet resolves again). */
  readonly notes: readonly string[];
  /** Hash over all that the set in force said; empty while there was none. */
  readonly policyGeneration: string;
  /** The sources of that set, each as it was in force when the request came; absent while there was none. */
  readonly policySources?: readonly SourceState[];
  /** Address at which people find this and other decisions about the object; on denials, where one is configured. */
  readonly page?: string;
  /** Whether every artifact is satisfied under policies of the cluster that enforce; present where that was asked (`verified.ts`). */
  readonly verified?: Verdict;
  /** Present on a denial that is only undetermined and came with time to spare: the same request may be admitted after so many seconds. */
  readonly retryAfterSeconds?: 1 | 2;
  readonly request: DecisionRequest;
}

/** What is remembered of the request: enough to find it again, nothing secret. */
export interface DecisionRequest {
  readonly surface: Surface;
  /** How the caller had shown who it is; with `none` all the rest is only what somebody claimed. */
  readonly proof: CallerProof;
  readonly uid: string;
  readonly operation: Operation;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: string;
  readonly dryRun: boolean;
}

/** What is remembered of a request under review; texts that are longer than names are, cut. */
export function requestOf(review: ReviewRequest): DecisionRequest {
  return {
    surface: review.surface,
    proof: (review.caller ?? UNPROVEN).proof,
    uid: review.uid,
    operation: review.operation,
    group: keptText(review.kind.group),
    kind: keptText(review.kind.kind),
    namespace: keptText(review.namespace),
    name: keptText(review.name === '' && review.namedLike !== undefined ? `${review.namedLike}…` : review.name),
    user: keptText(review.user.username),
    dryRun: review.dryRun,
  };
}
