import type { Finding } from '../domain/decision/finding.ts';
import type { Requirement } from '../domain/policy/requirement.ts';
import { judgeAnyOf } from './any-of.ts';
import { judgeAttestation } from './attestation.ts';
import { judgeProvenance } from './provenance/index.ts';
import { judgeEncryption } from './encryption.ts';
import { judgeExamined } from './examined.ts';
import { judgeLayoutRequirement } from './layout/index.ts';
import type { Question } from './question.ts';
import { judgeReproducible } from './reproducible.ts';
import { judgeSignature } from './signature.ts';
import { judgeVsa } from './vsa.ts';

export type { Question } from './question.ts';
export { describeBuild } from './provenance/describe.ts';
export { findingOf, policyName } from './finding.ts';

/**
 * Judges one requirement of one policy from what was proven. Pure: the same question always gets the same
 * finding, so verdicts are recomputed whenever policy, evidence or clock changed, and never cached.
 */
export function evaluate(requirement: Requirement, question: Question): Finding {
  switch (requirement.kind) {
    case 'signature':
      return judgeSignature(requirement, question);
    case 'attestation':
      return judgeAttestation(requirement, question);
    case 'provenance':
      return judgeProvenance(requirement, question);
    case 'vsa':
      return judgeVsa(requirement, question);
    case 'reproducible':
      return judgeReproducible(requirement, question);
    case 'examined':
      return judgeExamined(requirement, question, evaluate);
    case 'layout':
      return judgeLayoutRequirement(requirement, question);
    case 'encryption':
      return judgeEncryption(requirement, question);
    case 'anyOf':
      return judgeAnyOf(requirement, question, evaluate);
  }
}
