/** Judging: one requirement of one policy, by what was proven. */
import type { Finding } from '../domain/decision/finding.ts';
import type { Requirement, RequirementKind, RequirementOf } from '../domain/policy/requirement.ts';
import { judgeAnyOf } from './any-of.ts';
import { judgeAttestation } from './attestation.ts';
import { judgeEncryption } from './encryption.ts';
import { judgeExamined } from './examined.ts';
import { withFix } from './fix/index.ts';
import { judgeLayoutRequirement } from './layout.ts';
import { judgeProvenance } from './provenance.ts';
import type { Judge, Question } from './question.ts';
import { indexQuestion, judgeRegistry } from './registry.ts';
import { withoutRegistryWord } from './registry/word.ts';
import { judgeReproducible } from './reproducible.ts';
import { judgeSignature } from './signature.ts';
import { judgeSource } from './source.ts';
import { judgeVsa } from './vsa.ts';

export type { OwnSummary, Question } from './question.ts';
export { describeBuild } from './provenance/describe.ts';
export { byBroken } from './broken.ts';
export { findingOf, policyName } from './finding.ts';
export { indexQuestion };
export { REQUIREMENT_TRAITS } from './traits.ts';

/** Judges requirements of one kind; `judge` is for what they are made of, or look at. */
type JudgeOf<K extends RequirementKind> = (requirement: RequirementOf<K>, question: Question, judge: Judge) => Finding;

/** The judge of every kind: a kind without one does not compile. */
const JUDGES: { readonly [K in RequirementKind]: JudgeOf<K> } = {
  signature: judgeSignature,
  attestation: judgeAttestation,
  provenance: judgeProvenance,
  vsa: judgeVsa,
  reproducible: judgeReproducible,
  examined: judgeExamined,
  layout: judgeLayoutRequirement,
  encryption: judgeEncryption,
  registry: judgeRegistry,
  source: judgeSource,
  anyOf: judgeAnyOf,
};

/**
 * Judges one requirement of one policy from what was proven. Pure: the same question always gets the same
 * finding, so verdicts are recomputed whenever policy, evidence or clock changed, and never cached.
 */
export function evaluate(requirement: Requirement, question: Question): Finding {
  const { kind } = requirement;
  const finding = judgeKind(kind, requirement, kind === 'registry' || kind === 'anyOf' ? question : withoutRegistryWord(question));
  return withFix(finding, requirement, question);
}

function judgeKind<K extends RequirementKind>(kind: K, requirement: RequirementOf<K>, question: Question): Finding {
  return JUDGES[kind](requirement, question, evaluate);
}
