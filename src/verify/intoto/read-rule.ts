import type { ArtifactRule, MatchRule, PatternRule } from '../../domain/layout.ts';
import { clip, Refusal } from '../problem.ts';
import { LAYOUT_LIMITS } from './limits.ts';

const PATTERN_RULES = new Set<string>(['create', 'delete', 'modify', 'allow', 'disallow', 'require']);

/** Keywords of MATCH after the pattern, by the number of words: a keyword where one must stand, a name for a value. */
const MATCH_FORMS: readonly (readonly string[])[] = [
  ['with', ':destination', 'from', ':from'],
  ['in', ':source', 'with', ':destination', 'from', ':from'],
  ['with', ':destination', 'in', ':prefix', 'from', ':from'],
  ['in', ':source', 'with', ':destination', 'in', ':prefix', 'from', ':from'],
];

const EXPECTED = 'CREATE, DELETE, MODIFY, ALLOW or DISALLOW <pattern>, REQUIRE <path>, or MATCH <pattern> [IN <prefix>] WITH MATERIALS|PRODUCTS [IN <prefix>] FROM <step>';

/**
 * Parses one artifact rule, a list of words (in-toto specification v1.0, 4.3.3). Keywords may be in either case;
 * the number of words must be exact. Throws a {@link Refusal} that names `place`.
 */
export function readRule(value: unknown, place: string): ArtifactRule {
  const words = readWords(value, place);
  const [first = '', pattern = ''] = words;
  const kind = first.toLowerCase();
  if (PATTERN_RULES.has(kind) && words.length === 2) return { kind: kind as PatternRule['kind'], pattern };
  const match = kind === 'match' ? readMatch(words) : undefined;
  if (match !== undefined) return match;
  throw new Refusal(`${place} is not an artifact rule`, { found: clip(words.join(' ')), expected: EXPECTED });
}

function readWords(value: unknown, place: string): readonly string[] {
  const words: readonly unknown[] = Array.isArray(value) && value.length <= 10 ? value : [];
  const texts = words.filter((word): word is string => typeof word === 'string');
  if (texts.length === 0 || texts.length !== words.length) throw new Refusal(`${place} is not a list of words`, { expected: EXPECTED });
  if (texts.some((word) => word.length > LAYOUT_LIMITS.pathLength)) throw new Refusal(`${place} has a word that is too long`, { code: 'VERIFY_LIMIT', expected: `at most ${LAYOUT_LIMITS.pathLength} characters` });
  return texts;
}

function readMatch(words: readonly string[]): MatchRule | undefined {
  const rest = words.slice(2);
  const form = MATCH_FORMS.find((candidate) => candidate.length === rest.length && candidate.every((word, index) => word.startsWith(':') || word === rest[index]?.toLowerCase()));
  if (form === undefined) return undefined;
  const value = (name: string): string => rest[form.indexOf(name)] ?? '';
  const destination = value(':destination').toLowerCase();
  if (destination !== 'materials' && destination !== 'products') return undefined;
  return { kind: 'match', pattern: words[1] ?? '', sourcePrefix: value(':source'), destination, destinationPrefix: value(':prefix'), from: value(':from') };
}
