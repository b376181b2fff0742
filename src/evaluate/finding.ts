/** A rule gives a reason code, and the verdict follows from the catalogue. */
import { isFinal } from '../domain/decision/exception.ts';
import type { EvidenceNote, Finding } from '../domain/decision/finding.ts';
import { reason, type ReasonCode } from '../domain/decision/reasons.ts';
import type { Requirement } from '../domain/policy/requirement.ts';
import type { Question } from './question.ts';

/** The parts of a finding that a rule decides; the rest follows from the question. */
export interface Outcome {
  readonly code: ReasonCode;
  readonly expected?: readonly string[];
  readonly found?: readonly string[];
  readonly cause?: string;
  readonly fix?: string;
  readonly evidence?: readonly EvidenceNote[];
}

/** Notes that something was met which no exception lets pass, if `met`. */
export function noteFinal({ noted }: Pick<Question, 'noted'>, met: boolean): void {
  if (met && noted !== undefined) noted.final = true;
}

/** A finding about one requirement; its verdict is the one the catalogue gives the code. */
export function findingOf(requirement: Pick<Requirement, 'name'>, question: Question, outcome: Outcome): Finding {
  const { artifact, policy } = question;
  noteFinal(question, isFinal(outcome.code) || (outcome.evidence ?? []).some(({ code }) => isFinal(code)));
  return {
    verdict: reason(outcome.code).verdict,
    path: artifact.path,
    artifact: artifact.raw,
    digest: artifact.digest,
    policy: policyName(policy),
    requirement: requirement.name,
    mode: policy.mode,
    ...outcome,
  };
}

/** `namespace/name` for an ArtifactPolicy, the bare name for a ClusterArtifactPolicy. */
export function policyName(policy: Question['policy']): string {
  return policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`;
}
