/** Provenance is read, compared, and only then asked about: reviews and images take further evidence. */
import type { ProvenanceRequirement } from '../domain/policy/build-requirement.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { namesWorkflowOf } from '../domain/artifact/workflow.ts';
import { asAttestation, judgeContent } from './content/content.ts';
import type { Attested } from './content/content.ts';
import { unreadable } from './content/mismatch.ts';
import type { Mismatch } from './content/mismatch.ts';
import type { Question } from './question.ts';
import { checkProvenance } from './provenance/check.ts';
import { checkImages } from './provenance/images.ts';
import type { Provenance } from './provenance/model.ts';
import { builtAt, isProvenanceType, readProvenance } from './provenance/read.ts';
import { checkReviewed } from './provenance/reviewed.ts';
import { checkRun } from './provenance/run.ts';
import { countVotes } from './vouched/votes.ts';

/**
 * Judges a `provenance` requirement: enough distinct trusted signers attest, in SLSA provenance of any version, a build
 * that is as the policy expects it. All expectations must hold in one and the same attestation (security.md A10).
 */
export function judgeProvenance(requirement: ProvenanceRequirement, question: Question): Finding {
  const check = (proof: Attested): readonly Mismatch[] => {
    const reading = readProvenance(proof.statement);
    if (!reading.ok) return reading.problems.map(unreadable);
    const { provenance } = reading;
    const namesSigner = isByName(requirement, proof, question);
    const mismatches = checkProvenance({ requirement, signer: proof.signer, provenance, namesSigner, now: question.now });
    return mismatches.length > 0 ? mismatches : checkFurther(requirement, provenance, question);
  };
  return judgeContent(requirement, { wanted: 'slsa-provenance', isRelevant: isProvenanceType, check, statedAt: builtAt }, question);
}

/** Whether the proof counts for a signer of the policy who is a single workflow; a pattern over many earns nobody a level. */
function isByName(requirement: ProvenanceRequirement, proof: Attested, question: Question): boolean {
  const by = requirement.by
    .map((signer) => ({ ...signer, identities: signer.identities.filter(namesWorkflowOf) }))
    .filter(({ identities }) => identities.length > 0);
  if (by.length === 0) return false;
  return countVotes(asAttestation({ ...requirement, by, threshold: 1 }, 'slsa-provenance'), [proof], question).accepted.has(proof);
}

/** What takes further evidence; asked for only when the provenance holds in every other point. */
function checkFurther(
  { source, dependencies, run }: ProvenanceRequirement,
  provenance: Provenance,
  question: Question,
): readonly Mismatch[] {
  return [
    ...(source?.reviewed === undefined ? [] : checkReviewed(source.reviewed, provenance, question)),
    ...(dependencies?.images === undefined ? [] : checkImages(dependencies.images, provenance, question)),
    ...(run === undefined ? [] : checkRun(run, provenance, question)),
  ];
}
