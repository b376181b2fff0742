/** What is wrong with a value, in the words of the file rather than those of a schema. */
import type { YAMLError } from 'yaml';
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

/** What is wrong with the text of the file, in words. */
export function yamlMessage(error: YAMLError): string {
  const { code } = error;
  if (code === 'DUPLICATE_KEY') return 'this key stands here twice; remove one';
  if (code === 'RESOURCE_EXHAUSTION') return 'file is nested too deeply';
  return mistakeInWords(error);
}
