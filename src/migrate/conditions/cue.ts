/** The part of CUE that policies over one statement mostly consist of: nested fields with a value, or with bounds. Anything else is told. */
import { bad, good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import type { Condition } from '../signing.ts';
import { celPath, celScalar, scalarOf } from './cel.ts';
import type { Scalar } from './cel.ts';

const MOST = 20;
/** A comment, a text, a mark, a number, a call, a name. */
const PARTS = [
  /(\/\/[^\n]*)/, /"(?:[^"\\\n]|\\.)*"/, /<=|>=|!=|[<>{}:,&]/, /-?[0-9][0-9.]*/, /[A-Za-z_][\w.]*\([^()\n]*\)/, /[A-Za-z_]\w*/,
];
const TOKEN = new RegExp(`\\s*(?:${PARTS.map(({ source }) => source).join('|')})`, 'y');

interface Bound {
  readonly path: readonly string[];
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=';
  readonly value: Scalar;
}

/**
 * Conditions that a statement of this type meets where CUE accepts it. Stricter in one thing: a field that is asked for has to be
 * there, while CUE fills in what is missing.
 */
export function conditionsOfCue(program: string, type: string): Result<readonly Condition[]> {
  const read = readTokens(program);
  if (!read.ok) return read;
  if (program.trim() === '') return bad('it is empty');
  // A package that is imported and not used, or used and not imported, is a program that never runs.
  if (read.value.includes('import') !== read.value.some((token) => token.startsWith('time.'))) return bad('it imports a package that it does not use, or the other way round');
  const constants = new Map<string, Scalar>();
  const bounds: Bound[] = [];
  const parser = { tokens: read.value, at: 0, constants, bounds };
  while (parser.at < parser.tokens.length) {
    const problem = topLevel(parser);
    if (problem !== undefined) return bad(problem);
  }
  const conditions: Condition[] = [];
  for (const { path, operator, value } of bounds) {
    const [root, ...rest] = path;
    if (root === 'predicateType' && rest.length === 0 && operator === '==') {
      if (value !== type) return bad('it asks for another predicate type than its attestation');
    } else if (root === 'predicate' && rest.length > 0) {
      const cel = `${sameKind(celPath('predicate', rest), operator, value)}${celPath('predicate', rest)} ${operator} ${celScalar(value)}`;
      conditions.push({ cel, message: `expected ${rest.join('.')} ${operator} ${String(value)}`.slice(0, 200) });
    } else return bad(`it looks at ${path.join('.')}, and conditions look at the predicate`);
  }
  return conditions.length > MOST ? bad(`it has ${conditions.length} conditions, and a requirement has at most ${MOST}`) : good(conditions);
}

/** In CUE what differs is of the same kind all the same: a number is no text that differs from "root". */
function sameKind(path: string, operator: Bound['operator'], value: Scalar): string {
  if (operator !== '!=') return '';
  const kinds = typeof value === 'string' ? ['string'] : typeof value === 'boolean' ? ['bool'] : ['int', 'uint', 'double'];
  return `type(${path}) in [${kinds.join(', ')}] && `;
}

interface Parser {
  readonly tokens: readonly string[];
  at: number;
  readonly constants: Map<string, Scalar>;
  readonly bounds: Bound[];
}

function readTokens(program: string): Result<readonly string[]> {
  if (program.length > 65_536) return bad('it is too long');
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const rest = program.trimEnd();
  while (TOKEN.lastIndex < rest.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(rest);
    if (match === null) return bad(`it holds ${JSON.stringify(rest.slice(at).trim().slice(0, 20))}, which is more than fields with values and bounds`);
    if (match[1] === undefined) tokens.push(match[0].trim());
  }
  return good(tokens);
}

/** `import "time"`, a constant of it, or a field. */
function topLevel(parser: Parser): string | undefined {
  const [first, second, third] = parser.tokens.slice(parser.at, parser.at + 3);
  if (first === ',') return void (parser.at += 1);
  if (first === 'import' && second === '"time"') return void (parser.at += 2);
  const [, moment] = /^time\.Parse\(time\.RFC3339, *"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"\)$/.exec(third ?? '') ?? [];
  if (second === ':' && first !== undefined && moment !== undefined && first !== 'predicate' && first !== 'predicateType') {
    if ((parser.constants.get(first) ?? moment) !== moment) return `it gives ${first} two values, which is never met`;
    parser.constants.set(first, moment);
    return void (parser.at += 3);
  }
  return fieldAt(parser, [], 0);
}

function fieldAt(parser: Parser, path: readonly string[], depth: number): string | undefined {
  const name = parser.tokens[parser.at] ?? '';
  const key = /^[A-Za-z_]\w*$/.test(name) ? name : scalarOf(name);
  if (typeof key !== 'string' || parser.tokens[parser.at + 1] !== ':' || depth > 16)
    return `it holds ${JSON.stringify(name.slice(0, 40))} where a field is expected`;
  parser.at += 2;
  const inside = [...path, key];
  if (parser.tokens[parser.at] === '{') return structAt(parser, inside, depth + 1);
  if (parser.tokens[parser.at + 1] === ':') return fieldAt(parser, inside, depth + 1);
  return boundsAt(parser, inside);
}

function structAt(parser: Parser, path: readonly string[], depth: number): string | undefined {
  parser.at += 1;
  if (parser.tokens[parser.at] === '}') return 'it holds {}, which is any struct and nothing else';
  while (parser.tokens[parser.at] !== '}') {
    if (parser.tokens[parser.at] === undefined) return 'a brace is not closed';
    if (parser.tokens[parser.at] === ',') parser.at += 1;
    else {
      const problem = fieldAt(parser, path, depth);
      if (problem !== undefined) return problem;
    }
  }
  parser.at += 1;
  return undefined;
}

function boundsAt(parser: Parser, path: readonly string[]): string | undefined {
  for (;;) {
    const word = parser.tokens[parser.at] ?? '';
    const operator = /^(?:<=|>=|!=|<|>)$/.test(word) ? (word as Bound['operator']) : '==';
    if (operator !== '==') parser.at += 1;
    const token = parser.tokens[parser.at] ?? '';
    const value = scalarOf(token) ?? parser.constants.get(token);
    if (/^-?\d+\.0+$/.test(token)) return `it holds ${token}, which is not ${Math.trunc(Number(token))} there`;
    if (value === undefined) return `it holds ${JSON.stringify(token.slice(0, 40))} where a text, a number or a moment is expected`;
    parser.bounds.push({ path, operator, value });
    parser.at += 1;
    if (parser.tokens[parser.at] !== '&') return undefined;
    parser.at += 1;
  }
}
