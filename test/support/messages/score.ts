/** Seven points of a message: it names artifact, place and policy, says what was expected and found and what helps, and is short and plain. */

export const POINTS = ['artifact', 'path', 'policy', 'expected', 'found', 'fix', 'plain'] as const;
export type Point = (typeof POINTS)[number];

/** A point that cannot apply, with the reason; it is given. */
export interface Without {
  readonly none: string;
}

/** What a message has to say to have each point. */
export interface Marks {
  /** The artifact, the place and who asked, as the text has to name them. */
  readonly artifact: string | RegExp | Without;
  readonly path: string | RegExp | Without;
  readonly policy: string | RegExp | Without;
  /** Words by which the text says what was expected and found, where it has no line of its own for them. */
  readonly expected?: RegExp | Without;
  readonly found?: RegExp | Without;
  /** What the fix must say for it to help, and what it must not say since it does not. */
  readonly fixMust: RegExp;
  readonly fixMustNot?: RegExp;
}

/** The points that a text has, and those that it lacks. */
export interface Score {
  readonly points: number;
  readonly lacks: readonly Point[];
}

/** Longest line in columns, and most lines for one finding. */
const MOST_COLUMNS = 200;
const MOST_LINES = 12;
/** Words of libraries and of our own insides, which tell a reader nothing. */
const JARGON = [
  /^\s+at .*\(?\S+:\d+:\d+\)?$/m, /\b(?:DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR)_[A-Z_]+/, /\b(?:ENOENT|ECONNREFUSED|ENOTFOUND|EACCES|EADDRINUSE|EISDIR|EPROTO)\b(?!\))/,
  /\bUnexpected token\b/, /\[object Object\]/, /\b(?:undefined|NaN)\b/, /\bdistinct\b/, /must start at the same column/, /\bZodError\b|invalid_type/, /\bTypeError\b|\bSyntaxError\b/,
];
/** The code with which each finding ends. */
const CODE = /\[[A-Z]+_[A-Z_]+\]/g;

/** What a text says that helps: its lines after `fix:`, `fix` of an answer in JSON, or all of a text that has no such label. */
export function fixOf(text: string): string {
  const labelled = [...text.matchAll(LABEL)].map(([, line, json]) => line ?? json);
  return labelled.length === 0 ? text : labelled.join('\n');
}

const LABEL = /^ {2}fix: (.*)$|"fix": ?("(?:[^"\\]|\\.)*")/gm;

/** Scores a text by the marks of its mistake; everything that is not declared to be without application is read from the text. */
export function score(text: string, marks: Marks): Score {
  const lacks = POINTS.filter((point) => !has(point, text, marks));
  return { points: POINTS.length - lacks.length, lacks };
}

function has(point: Point, text: string, marks: Marks): boolean {
  switch (point) {
    case 'artifact': case 'path': case 'policy': return names(text, marks[point]);
    case 'expected': return names(text, marks.expected ?? /\bexpected\b.*\S/);
    case 'found': return names(text, marks.found ?? /\bfound\b.*\S/);
    case 'fix': return marks.fixMust.test(fixOf(text)) && !(marks.fixMustNot?.test(fixOf(text)) ?? false);
    case 'plain': return isPlain(text);
  }
}

function names(text: string, mark: string | RegExp | Without): boolean {
  if (typeof mark === 'string') return text.includes(mark);
  return mark instanceof RegExp ? mark.test(text) : mark.none !== '';
}

function isPlain(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const findings = Math.max(1, text.match(CODE)?.length ?? 0);
  return lines.every((line) => [...line].length <= MOST_COLUMNS) && lines.length <= MOST_LINES * findings && !JARGON.some((word) => word.test(text));
}

/** The text without what gives it this point. */
export function without(point: Point, text: string, marks: Marks): string {
  const cut = (mark: string | RegExp): string => (typeof mark === 'string' ? text.replaceAll(mark, '') : text.replace(new RegExp(mark, `${mark.flags.replace('g', '')}g`), ''));
  switch (point) {
    case 'artifact': case 'path': case 'policy': return isWithout(marks[point]) ? text : cut(marks[point]);
    case 'expected': case 'found': {
      const mark = marks[point] ?? new RegExp(`\\b${point}\\b`);
      return isWithout(mark) ? text : cut(mark);
    }
    case 'fix': return cut(marks.fixMust);
    case 'plain': return `${text}\n    at judge (file:///app/judge.js:10:3)`;
  }
}

/** True when this point is given, as it cannot apply. */
export function isGiven(point: Point, marks: Marks): boolean {
  const mark = point === 'fix' || point === 'plain' ? undefined : marks[point];
  return mark !== undefined && isWithout(mark);
}

function isWithout(mark: string | RegExp | Without): mark is Without {
  return typeof mark === 'object' && !(mark instanceof RegExp);
}
