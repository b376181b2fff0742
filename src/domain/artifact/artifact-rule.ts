/** in-toto artifact rules, from words to data. */
import type { ArtifactRule, MatchRule, PatternRule } from '../policy/layout.ts';

const PATTERN_RULES = new Set<string>(['create', 'delete', 'modify', 'allow', 'disallow', 'require']);

/** Keywords of MATCH after the pattern, by the number of words: a keyword where one must stand, a name for a value. */
const MATCH_FORMS: readonly (readonly string[])[] = [
  ['with', ':destination', 'from', ':from'],
  ['in', ':source', 'with', ':destination', 'from', ':from'],
  ['with', ':destination', 'in', ':prefix', 'from', ':from'],
  ['in', ':source', 'with', ':destination', 'in', ':prefix', 'from', ':from'],
];

/** What a rule may be, for messages. */
export const RULE_FORMS =
  'CREATE, DELETE, MODIFY, ALLOW or DISALLOW <pattern>, REQUIRE <path>, or MATCH <pattern> [IN <prefix>] WITH MATERIALS|PRODUCTS [IN <prefix>] FROM <step>';

/**
 * Reads one artifact rule from its words (in-toto specification v1.0, 4.3.3); `undefined` when it is none. Keywords may
 * be in either case; the number of words must be exact.
 */
export function parseRule(words: readonly string[]): ArtifactRule | undefined {
  const [first = '', pattern = ''] = words;
  const kind = first.toLowerCase();
  if (PATTERN_RULES.has(kind)) return words.length === 2 ? { kind: kind as PatternRule['kind'], pattern } : undefined;
  return kind === 'match' ? parseMatch(words) : undefined;
}

function parseMatch(words: readonly string[]): MatchRule | undefined {
  const rest = words.slice(2);
  const form = MATCH_FORMS.find(
    (candidate) =>
      candidate.length === rest.length && candidate.every((word, index) => word.startsWith(':') || word === rest[index]?.toLowerCase()),
  );
  if (form === undefined) return undefined;
  const value = (name: string): string => rest[form.indexOf(name)] ?? '';
  const destination = value(':destination').toLowerCase();
  if (destination !== 'materials' && destination !== 'products') return undefined;
  return {
    kind: 'match',
    pattern: words[1] ?? '',
    sourcePrefix: value(':source'),
    destination,
    destinationPrefix: value(':prefix'),
    from: value(':from'),
  };
}
