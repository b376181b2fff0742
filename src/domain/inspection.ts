import type { JudgedArtifact } from './decision.ts';
import type { EvidenceProblem, VerifiedEvidence } from './evidence.ts';
import type { FetchProblem } from './ports.ts';

/** One piece of evidence, wherever it was found, and what verification made of it. */
export interface InspectedEvidence {
  readonly source: string;
  readonly evidenceDigest: string;
  /** One for each signer whose signature holds. Whether anybody trusts him for anything is not said here. */
  readonly verified: readonly VerifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
}

/** Everything that was found about one artifact, without a policy. */
export interface Inspection {
  readonly artifact: JudgedArtifact;
  readonly evidence: readonly InspectedEvidence[];
  /** Why the artifact could not be resolved, or a place not be looked at. */
  readonly problems: readonly FetchProblem[];
}
