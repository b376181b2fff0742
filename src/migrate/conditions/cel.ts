/** Paths and values in CEL, from texts of others: nothing of theirs is ever part of an expression but as a literal. */

/** A scalar that is compared. */
export type Scalar = string | number | boolean;

/** Words that are no names in CEL. */
const RESERVED = new Set(['as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop', 'namespace', 'null', 'package', 'return', 'true', 'var', 'void', 'while']);

/** `predicate.a.b`, or with brackets where a key is no name. */
export function celPath(root: string, path: readonly string[]): string {
  return path.reduce((text, key) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && !RESERVED.has(key) ? `${text}.${key}` : `${text}[${celText(key)}]`), root);
}

/** A literal. */
export function celScalar(value: Scalar): string {
  return typeof value === 'string' ? celText(value) : String(value);
}

function celText(text: string): string {
  const escaped = text.replaceAll(/["\\\u0000-\u001f\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}

/** The literal of others that a token is: a text in double quotes without escapes, a number, true or false. */
export function scalarOf(token: string): Scalar | undefined {
  const [, text] = /^"([^"\\\u0000-\u001f]*)"$/.exec(token) ?? [];
  if (text !== undefined) return text;
  if (token === 'true' || token === 'false') return token === 'true';
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/.test(token) ? Number(token) : undefined;
}
