/** What can be said in CEL of any object: groups of keys of which one must be written, and fields that count others. */
import type { JsonSchema } from '../json-schema/index.ts';
import { PLACES } from './places.ts';
import type { Structural, Validation } from './schema.ts';

/** Words of CEL that are no names of fields; a field of that name is written between underscores. */
const RESERVED = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop',
  'package', 'namespace', 'return', 'var', 'void', 'while',
]);

const has = (name: string): string => `has(self.${RESERVED.has(name) ? `__${name}__` : name})`;

type Alternative = { readonly required?: readonly string[]; readonly anyOf?: readonly { readonly required: readonly string[] }[] };

/** `{oneOf: [{required: [a]}, …]}` or `{not: {required: [a, b]}}` as a rule; `known` are the keys that there are. */
export function ruleOfKeys({ oneOf, not }: JsonSchema, known: ReadonlySet<string>): Validation | undefined {
  if (Array.isArray(oneOf)) return exactlyOne(oneOf as Alternative[], known);
  const together = (not as Alternative | undefined)?.required;
  if (together === undefined) return undefined;
  return { rule: `!(${together.map(has).join(' && ')})`, message: `expected at most one of ${together.join(', ')}` };
}

function exactlyOne(choices: readonly Alternative[], known: ReadonlySet<string>): Validation {
  const groups = choices
    .map(({ required, anyOf = [] }) => (required ?? anyOf.flatMap((one) => one.required)).filter((key) => known.has(key)))
    .filter((group) => group.length > 0);
  const count = groups.map((group) => `(${group.map(has).join(' || ')} ? 1 : 0)`).join(' + ');
  return { rule: `${count} == 1`, message: `expected exactly one of ${groups.flat().join(', ')}` };
}

type Fields = Readonly<Record<string, Structural>>;

/** The rules of a place, and those that fields of certain names bring with them. */
export function placeRules(at: string, fields: Fields): readonly Validation[] {
  const own = PLACES.filter(([place]) => place.test(at)).flatMap(([, rules]) => rules);
  return [...own, ...thresholdRules(at, fields), ...newestRules(fields)];
}

function thresholdRules(at: string, { by, threshold }: Fields): readonly Validation[] {
  if (by === undefined || threshold === undefined || at.endsWith('.reproducible')) return [];
  return [{
    rule: `!has(self.threshold) || ${by.nullable === true ? '!has(self.by) || ' : ''}self.threshold <= size(self.by)`,
    message: 'threshold is higher than the number of signers in by: nothing could satisfy it',
  }];
}

function newestRules({ newest, maxAge }: Fields): readonly Validation[] {
  if (newest === undefined || maxAge === undefined) return [];
  return [{
    rule: '!has(self.newest) || !self.newest || has(self.maxAge)',
    message: 'newest needs maxAge beside it: whoever serves the evidence can hide the newest, and what that gains has to end',
  }];
}
