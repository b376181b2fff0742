/** What the steps of one artifact's way hand on to each other: the task, and what has been gathered for it. Types alone. */
import type { Artifact } from '../domain/artifact/artifact.ts';
import type { IndexFact } from '../domain/artifact/package-index.ts';
import type { EvidenceProblem, RelatedEvidence, TrustMaterial, UnverifiedEvidence, VerifiedEvidence } from '../domain/evidence.ts';
import type { LayersFact } from '../domain/policy/examined-requirement.ts';
import type { LayoutProof } from '../domain/policy/layout-requirement.ts';
import type { CompiledPolicy } from '../domain/policy/policy.ts';
import type { PullScope } from '../domain/decision/review.ts';
import type { Context } from './context.ts';
import type { Examinations } from './examinations.ts';
import type { LeadInquiries } from './leads/inquiries.ts';
import type { OwnSummaries } from './leads/own-summaries.ts';

/** One artifact to be weighed for some policies, within one request. */
export interface Task {
  readonly artifact: Artifact;
  readonly policies: readonly CompiledPolicy[];
  readonly trust: TrustMaterial;
  readonly scope: PullScope;
  readonly context: Context;
  readonly examinations: Examinations;
  readonly leads: LeadInquiries;
  readonly summaries: OwnSummaries;
  /** Layers of the image that is to run; read only when a policy asks about them. */
  readonly layers?: LayersFact | undefined;
  /** What the index of its ecosystem says of a package; asked only when a policy wants to know. */
  readonly index?: IndexFact | undefined;
  /** Set when `artifact` is an index that is to speak for this platform image, or a platform image that is judged for this index. */
  readonly covered?: string;
}

/** What has been proven so far, from whatever places. */
export interface Gathered {
  readonly proofs: VerifiedEvidence[];
  /** Statements about something else, which layouts may bind to the artifact. */
  readonly related: RelatedEvidence[];
  readonly problems: EvidenceProblem[];
  /** All evidence so far: a layout is judged by all of its links together, and some of it may speak about the source. */
  readonly evidence: UnverifiedEvidence[];
  /** Absent until layouts were looked at, and when no policy carries one. */
  layouts?: readonly LayoutProof[] | undefined;
}
