import type { ProvenanceRequirement } from '../../domain/build-requirement.ts';
import type { Finding } from '../../domain/finding.ts';
import { judgeContent } from '../content.ts';
import type { Attested } from '../content.ts';
import type { Mismatch } from '../mismatch.ts';
import type { ReadProblem } from '../predicate-reader.ts';
import type { Question } from '../question.ts';
import { checkProvenance } from './check.ts';
import { checkImages } from './images.ts';
import { isProvenanceType, readProvenance } from './read.ts';

/**
 * Judges a `provenance` requirement: enough distinct trusted signers attest, in SLSA provenance of any version, a build
 * that is as the policy expects it. All expectations must hold in one and the same attestation (security.md A10).
 */
export function judgeProvenance(requirement: ProvenanceRequirement, question: Question): Finding {
  const check = (proof: Attested): readonly Mismatch[] => {
    const reading = readProvenance(proof.statement);
    if (!reading.ok) return reading.problems.map(unreadable);
    const { provenance } = reading;
    const mismatches = checkProvenance({ requirement, signer: proof.signer, provenance, now: question.now });
    const images = requirement.dependencies?.images;
    return mismatches.length > 0 || images === undefined ? mismatches : checkImages(images, provenance, question);
  };
  return judgeContent(requirement, { wanted: 'slsa-provenance', isRelevant: isProvenanceType, check }, question);
}

/** A field of the wrong type, as a mismatch. */
export function unreadable({ path, found, expected }: ReadProblem): Mismatch {
  return { code: 'POLICY_PREDICATE', claim: 'field', path, expected, found };
}
