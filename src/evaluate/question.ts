import type { Artifact } from '../domain/artifact.ts';
import type { EvidenceProblem, VerifiedEvidence } from '../domain/evidence.ts';
import type { CompiledPolicy } from '../domain/policy.ts';

/** Everything from which one requirement of one policy is judged; nothing in it is unverified evidence. */
export interface Question {
  readonly artifact: Artifact;
  readonly policy: Pick<CompiledPolicy, 'name' | 'namespace' | 'mode'>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The platform image's digest when `artifact` is the index that is to speak for it; revoking either counts. */
  readonly covered?: string;
  readonly proofs: readonly VerifiedEvidence[];
  /** Evidence that proved nothing, and places that could not be looked at. */
  readonly problems: readonly EvidenceProblem[];
}
