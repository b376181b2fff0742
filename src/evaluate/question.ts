/** What a judge may look at, and what he may ask without waiting for the answer. */
import type { Artifact } from '../domain/artifact/artifact.ts';
import type { IndexFact } from '../domain/artifact/package-index.ts';
import type { Examination, Examined, RequestFacts } from '../domain/policy/content-check.ts';
import type { DependencyAnswer, DependencyQuestion } from '../domain/artifact/dependency.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { EvidenceProblem, RelatedEvidence, VerifiedEvidence } from '../domain/evidence.ts';
import type { LayersFact } from '../domain/policy/examined-requirement.ts';
import type { LayoutProof } from '../domain/policy/layout-requirement.ts';
import type { CertificateStatuses } from '../domain/certificate-status.ts';
import type { CompiledPolicy } from '../domain/policy/policy.ts';
import type { ReadReceipt } from '../domain/gate/receipt.ts';
import type { Requirement } from '../domain/policy/requirement.ts';
import type { RevisionEvidence, RevisionQuestion } from '../domain/artifact/revision.ts';

/** Judges a requirement of any kind. */
export type Judge = (requirement: Requirement, question: Question) => Finding;

/** A summary as our own keys prove it, or why it is none of ours that counts. */
export interface OwnSummary {
  readonly source: string;
  readonly read: ReadReceipt;
}

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
  /** Answers about the content of verified statements, as far as they are known; see `engine/examinations.ts`. */
  readonly examine?: (examination: Examination) => Examined | undefined;
  /** Whether images that the artifact was built with are admitted themselves, as far as it is known; see `engine/leads/image.ts`. */
  readonly admits?: (question: DependencyQuestion) => DependencyAnswer | undefined;
  /** Statements about a commit that the artifact was built from, as far as they are known; see `engine/leads/revision.ts`. */
  readonly statementsAbout?: (question: RevisionQuestion) => RevisionEvidence | undefined;
  /** What this gate's own keys have signed about runs, found with the artifact; absent where there are no such keys (`undetermined`). */
  readonly summaries?: () => readonly OwnSummary[];
  /** The request, as conditions may ask for it. */
  readonly request?: RequestFacts;
  /** Layers of the image; present when a requirement asks for them. */
  readonly layers?: LayersFact;
  /** What the index of its ecosystem says of a package; present when a requirement asks for it. */
  readonly index?: IndexFact;
  /** What was proven for each signed layout that a policy carries; absent when links could not be looked at. */
  readonly layouts?: readonly LayoutProof[];
  /** Told, in sets with exceptions, when something is met that none of them lets pass, be it in an alternative that nobody sees. */
  readonly noted?: { final: boolean };
  /** What is known of revoked certificates; absent: nobody asks their authorities here, so nothing is known. */
  readonly certificates?: CertificateStatuses;
  /** Statements about something other than the artifact; for chained layouts alone, which bind them to it. */
  readonly related?: readonly RelatedEvidence[];
}
