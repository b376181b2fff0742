/** Whether a licence expression leaves a choice that is not denied. */
import { compileWildcard, firstMatch } from '../../text/wildcard.ts';
import type { Wildcard } from '../../text/wildcard.ts';

/** Longest licence expression that is read. */
const LONGEST = 4096;
const DEEPEST = 32;

declare const folded: unique symbol;

/** Patterns of licences, without regard to case: SPDX identifiers have none (annex "License expressions", D.2). */
export type DeniedLicenses = readonly Wildcard[] & { readonly [folded]: true };

/** Reads the patterns of a policy. */
export function deniedLicenses(patterns: readonly string[]): DeniedLicenses {
  return patterns.map((pattern) => compileWildcard(pattern.toLowerCase())) as readonly Wildcard[] as DeniedLicenses;
}

/**
 * Whether an SPDX licence expression leaves no choice but licences that are denied: `AND` needs all of its parts,
 * `OR` any one of them (SPDX specification, annex "SPDX license expressions"). An exception (`WITH`) belongs to
 * the licence before it. What cannot be read as an expression is compared as a whole.
 */
export function isDenied(written: string, denied: DeniedLicenses): boolean {
  const expression = written.toLowerCase();
  const parser: Parser = { tokens: expression.length > LONGEST ? [] : (expression.match(/[()]|[^\s()]+/g) ?? []), at: 0, denied };
  const result = readOr(parser, 0);
  return result === undefined || parser.at < parser.tokens.length ? firstMatch(denied, [expression]) !== undefined : result;
}

interface Parser {
  readonly tokens: readonly string[];
  at: number;
  readonly denied: readonly Wildcard[];
}

function readOr(parser: Parser, depth: number): boolean | undefined {
  let denied = readAnd(parser, depth);
  while (denied !== undefined && isWord(parser, 'OR')) {
    parser.at += 1;
    const right = readAnd(parser, depth);
    denied = right === undefined ? undefined : denied && right;
  }
  return denied;
}

function readAnd(parser: Parser, depth: number): boolean | undefined {
  let denied = readOne(parser, depth);
  while (denied !== undefined && isWord(parser, 'AND')) {
    parser.at += 1;
    const right = readOne(parser, depth);
    denied = right === undefined ? undefined : denied || right;
  }
  return denied;
}

function readOne(parser: Parser, depth: number): boolean | undefined {
  const token = parser.tokens[parser.at];
  if (token === undefined || token === ')' || depth > DEEPEST) return undefined;
  parser.at += 1;
  if (token !== '(') {
    if (!isWord(parser, 'WITH')) return firstMatch(parser.denied, [token]) !== undefined;
    const exception = parser.tokens[parser.at + 1];
    parser.at += 2;
    return exception === undefined ? undefined : firstMatch(parser.denied, [token, `${token} with ${exception}`]) !== undefined;
  }
  const inner = readOr(parser, depth + 1);
  if (parser.tokens[parser.at] !== ')') return undefined;
  parser.at += 1;
  return inner;
}

function isWord({ tokens, at }: Parser, word: string): boolean {
  return tokens[at]?.toUpperCase() === word;
}
