/** What there is to see about an artifact when no policy is asked: its evidence, the signers, the builds they tell of. */
import type { BuildLevel } from '../policy/build-requirement.ts';
import type { JudgedArtifact } from './decision.ts';
import type { EvidenceProblem, VerifiedEvidence } from '../evidence.ts';
import type { FetchProblem } from '../ports.ts';

/** One piece of evidence, wherever it was found, and what verification made of it. */
export interface InspectedEvidence {
  readonly source: string;
  readonly evidenceDigest: string;
  /** One for each signer whose signature holds. Whether anybody trusts him for anything is not said here. */
  readonly verified: readonly VerifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
  /** What those of `verified` that are SLSA provenance say of the build. */
  readonly builds: ReadonlyMap<VerifiedEvidence, InspectedBuild>;
}

/** A build as its provenance tells it: the signer's word, compared with nothing but who he is. */
export interface InspectedBuild {
  readonly builder: string;
  /** SLSA build level of this pair of signer and builder, and why. */
  readonly level: BuildLevel;
  readonly because: string;
  /** False when the signer may not claim what it says. */
  readonly plausible: boolean;
  /** `repository` is normalised, and absent where the URI cannot be read without doubt. */
  readonly sources: readonly { readonly uri: string; readonly repository?: string; readonly ref?: string }[];
}

/** Everything that was found about one artifact, without a policy. */
export interface Inspection {
  readonly artifact: JudgedArtifact;
  readonly evidence: readonly InspectedEvidence[];
  /** Why the artifact could not be resolved, or a place not be looked at. */
  readonly problems: readonly FetchProblem[];
}
