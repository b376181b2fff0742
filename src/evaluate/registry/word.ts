/** What the registry of an ecosystem signs of whatever it serves is its word about names and bytes, and nobody's about an artifact. */
import { isRegistryWord, REGISTRY_WORD } from '../../domain/policy/registry-requirement.ts';
import type { Question } from '../question.ts';

/**
 * The question as every requirement but `registry` hears it: without the word of registries, be it proven or not. It would pass for
 * somebody's signature, although everything that is served has it.
 */
export function withoutRegistryWord(question: Question): Question {
  const { artifact, proofs, problems } = question;
  if (artifact.kind !== 'package') return question;
  return {
    ...question,
    proofs: proofs.filter((proof) => !isRegistryWord(proof)),
    problems: problems.filter(({ claimedType }) => claimedType !== REGISTRY_WORD),
  };
}
