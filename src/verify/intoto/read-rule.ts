/** Artifact rules as layouts write them: lists of words, within bounds. */
import { parseRule, RULE_FORMS } from '../../domain/artifact/artifact-rule.ts';
import type { ArtifactRule } from '../../domain/policy/layout.ts';
import { clip, Refusal } from '../problem.ts';
import { LAYOUT_LIMITS } from './limits.ts';

/** Reads one artifact rule of a layout, a list of words. Throws a {@link Refusal} that names `place`. */
export function readRule(value: unknown, place: string): ArtifactRule {
  const words = readWords(value, place);
  const rule = parseRule(words);
  if (rule === undefined) throw new Refusal(`${place} is not an artifact rule`, { found: clip(words.join(' ')), expected: RULE_FORMS });
  return rule;
}

function readWords(value: unknown, place: string): readonly string[] {
  const words: readonly unknown[] = Array.isArray(value) && value.length <= 10 ? value : [];
  const texts = words.filter((word): word is string => typeof word === 'string');
  if (texts.length === 0 || texts.length !== words.length) throw new Refusal(`${place} is not a list of words`, { expected: RULE_FORMS });
  if (texts.some((word) => word.length > LAYOUT_LIMITS.pathLength))
    throw new Refusal(`${place} has a word that is too long`, {
      code: 'VERIFY_LIMIT',
      expected: `at most ${LAYOUT_LIMITS.pathLength} characters`,
    });
  return texts;
}
