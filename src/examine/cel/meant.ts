/** What was meant by an expression that does not parse: the parser says where it gave up, people know other languages. */

const SHOWN = 24;

/** Signs and words of other languages where the parser stops, and what is written here. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^=~/, 'a text is compared with a regular expression by value.matches("…")'],
  [/^===/, 'values are compared by =='],
  [/^=(?!=)/, 'values are compared by =='],
  [/^(?:<>|!==)/, 'values differ by !='],
  [/^and\b/i, 'conditions are joined by &&'],
  [/^or\b/i, 'conditions are joined by ||'],
  [/^&(?!&)/, 'conditions are joined by &&'],
  [/^\|(?!\|)/, 'conditions are joined by ||'],
  [/^(?:like|matches|contains|startsWith|endsWith)\b/, 'functions of texts are called on them: value.contains("…"), value.matches("…")'],
  [/^\?/, 'a choice has two outcomes: condition ? value : other'],
];

/** The problem in words: which signs cannot stand there, and what is often meant by them. `offset` is where the parser gave up. */
export function notAnExpression(text: string, offset: number): string {
  const rest = text.slice(offset);
  const meant = unclosed(text)
    ?? ELSEWHERE.find(([pattern]) => pattern.test(rest))?.[1]
    ?? (/\bnot\s+$/i.test(text.slice(0, offset)) ? 'a condition is turned round by !' : undefined)
    ?? (/^(?:if|then|else)\b/.test(text.trim()) ? 'a choice is written condition ? value : other' : undefined)
    ?? (/(?:&&|\|\||==|!=|[<>+,])\s*$/.test(text) ? 'something is missing at its end' : undefined);
  const where = rest === '' ? 'it ends too early' : `${JSON.stringify(rest.length > SHOWN ? `${rest.slice(0, SHOWN)}…` : rest)} cannot stand there`;
  return `not a CEL expression: ${where}${meant === undefined ? '' : `; ${meant}`}`;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** A quote or bracket that is opened and not closed, which makes the parser give up long before it. */
function unclosed(text: string): string | undefined {
  const open: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if (sign === '"' || sign === "'") {
      const end = endOfQuote(text, at, sign);
      if (end === undefined) return `the text that is opened by ${sign} is not closed`;
      at = end;
    } else if (CLOSING[sign] !== undefined) open.push(sign);
    else if (sign === ')' || sign === ']' || sign === '}') {
      if (CLOSING[open.pop() ?? ''] !== sign) return `${sign} closes nothing that is open`;
    }
  }
  const last = open.at(-1);
  return last === undefined ? undefined : `${last} is opened and not closed by ${CLOSING[last] ?? ''}`;
}

function endOfQuote(text: string, start: number, quote: string): number | undefined {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  return undefined;
}
