/** What the schema library found wrong, in words of ours and at its place. */
import type { z } from 'zod';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';

/** More problems of one document than this are counted, not listed. */
const MAX_ISSUES = 200;

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['object', 'a map'],
  ['record', 'a map'],
  ['array', 'a list'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
]);

/**
 * Parses a document's value with the schema of its kind; reports every issue at its place and gives `undefined`
 * when there is any.
 */
export function parseDocument<T>(schema: z.ZodType<T>, value: unknown, reporter: Reporter): T | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  for (const issue of issues.slice(0, MAX_ISSUES)) reportIssue(issue, value, reporter);
  if (issues.length > MAX_ISSUES) reporter.error([], `${issues.length - MAX_ISSUES} further problems are not listed`);
  return undefined;
}

function reportIssue(issue: z.core.$ZodIssue, root: unknown, reporter: Reporter): void {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  const part = issue.code === 'custom' && issue.params?.['part'] === 'key' ? 'key' : 'value';
  reporter.error(path, issueText(issue, valueAt(root, path)), part);
}

function issueText(issue: z.core.$ZodIssue, found: unknown): string {
  // A message that the schema wrote itself never begins with zod's own "Invalid" or "Too".
  const own = !/^(?:Invalid|Too|Unrecognized)/.test(issue.message);
  switch (issue.code) {
    case 'invalid_type':
      if (found === undefined) return `is missing: expected ${TYPE_NAMES.get(issue.expected) ?? issue.expected}`;
      return own
        ? issue.message
        : `expected ${TYPE_NAMES.get(issue.expected) ?? issue.expected}, found ${describe(found)}${quoteHint(issue.expected, found)}`;
    case 'invalid_value':
      if (found === undefined) return `is missing: expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
      return own ? issue.message : `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}, found ${describe(found)}`;
    case 'invalid_format':
      return own ? `${describe(found)} ${issue.message}` : issue.message;
    case 'invalid_key':
      return `the key ${JSON.stringify(issue.path.at(-1))} ${issue.issues[0]?.message ?? 'is not allowed'}`;
    default:
      return issue.message;
  }
}

function quoteHint(expected: string, found: unknown): string {
  return expected === 'string' && (typeof found === 'number' || typeof found === 'boolean') ? '; put it in quotes' : '';
}

/** What was found, short enough for one line. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
