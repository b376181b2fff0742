/** What is wrong with a value, in the words of the file rather than those of a schema. */
import { isScalar, visit } from 'yaml';
import type { Document, YAMLError } from 'yaml';
import { mistakeInWords } from '../../text/yaml/mistakes.ts';
import type { z } from 'zod';

/** Types of the schema in the words of the file. */
const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['object', 'a map'],
  ['array', 'a list'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
]);

/** What is wrong with one value, in words; `value` is what stands there. */
export function issueMessage(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'this key does not exist; see docs/reference/configuration.md for the keys there are';
    case 'invalid_type':
      return expected(TYPE_NAMES.get(issue.expected) ?? issue.expected, value);
    case 'invalid_value':
      return expected(`one of ${issue.values.map(String).join(', ')}`, value);
    case 'too_big':
      return expected(`${amount(issue.origin, 'at most', issue.maximum)}`, value);
    case 'too_small':
      return expected(`${amount(issue.origin, 'at least', issue.minimum)}`, value);
    default:
      return issue.message;
  }
}

function expected(wanted: string, value: unknown): string {
  return value === undefined ? `is missing: expected ${wanted}` : `expected ${wanted}, found ${JSON.stringify(value)?.slice(0, 80)}`;
}

function amount(origin: string, bound: string, limit: number | bigint): string {
  if (origin === 'string') return limit === 1 ? 'a text that is not empty' : `a text of ${bound} ${limit} characters`;
  return origin === 'array' ? `a list of ${bound} ${limit} entries` : `a number of ${bound} ${limit}`;
}

/** What is wrong with the text of the file, in words; only what is YAML has keys. */
export function textProblems(document: Document): readonly { readonly offset: number; readonly message: string }[] {
  if (document.errors.length > 0) return document.errors.map((error) => ({ offset: error.pos[0], message: yamlMessage(error) }));
  return keysTwice(document).map((offset) => ({ offset, message: 'this key stands here twice; remove one' }));
}

/** In one pass: the library compares each key with each other, which takes minutes for a large file. */
function keysTwice(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = `${typeof key.value} ${String(key.value)}`;
        if (seen.has(name)) offsets.push(key.range?.[0] ?? 0);
        seen.add(name);
      }
    },
  });
  return offsets;
}

function yamlMessage(error: YAMLError): string {
  const { code } = error;
  if (code === 'RESOURCE_EXHAUSTION') return 'file is nested too deeply';
  return mistakeInWords(error);
}
