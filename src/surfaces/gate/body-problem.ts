/** What is wrong with the body of a question, place by place, with what was expected. */
import type { z } from 'zod';
import { shownText } from '../../text/shown.ts';

const MOST_TOLD = 20;
/** Names of types in words of those who write JSON. */
const TYPES: Readonly<Record<string, string>> = {
  array: 'a list', object: 'an object', string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false',
};

/** Problem by problem in one line: `artifacts[3].kind: expected …; …`. Nothing of the body but its keys is repeated. */
export function bodyProblem({ issues }: z.ZodError, body: unknown): string {
  if (body === undefined) return 'expected a JSON body, found none';
  const lines = issues.slice(0, MOST_TOLD).map((issue) => `${pathText(issue.path) || 'body'}: ${words(issue, body)}`);
  return (issues.length > MOST_TOLD ? [...lines, `and ${issues.length - MOST_TOLD} more`] : lines).join('; ');
}

function words(issue: z.core.$ZodIssue, body: unknown): string {
  switch (issue.code) {
    case 'invalid_type': return `expected ${TYPES[issue.expected] ?? issue.expected}, found ${typeText(valueAt(body, issue.path))}`;
    case 'unrecognized_keys': return `found what is no field there: ${issue.keys.map((key) => JSON.stringify(shownText(key, 80))).join(', ')}`;
    case 'invalid_value': return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    default: return issue.message;
  }
}

function typeText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  const type = Array.isArray(value) ? 'array' : typeof value;
  return TYPES[type] ?? type;
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  const inside = (at: unknown, key: PropertyKey): unknown =>
    (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<PropertyKey, unknown>)[key] : undefined);
  return path.reduce(inside, body);
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
}
