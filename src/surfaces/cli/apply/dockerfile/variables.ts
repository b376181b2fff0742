/** Arguments of a build put into a text, as in the FROM lines of a Dockerfile. */

/** What came of it: the text, or the argument whose value nobody has given; `name` is empty for a form that is not read. */
export type Substituted = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly name: string };

/** Values that refer to each other could double with each line; no reference is as long. */
const MOST_CHARACTERS = 4096;
const PLAIN = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^{}]*))?\})/;

/** Puts the values in, and takes quotes and escapes out. */
export function substitute(text: string, values: ReadonlyMap<string, string>, escape: '\\' | '`' = '\\'): Substituted {
  let out = '';
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (out.length > MOST_CHARACTERS) return { ok: false, name: '' };
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === escape && quote !== "'") out += text[(index += 1)] ?? '';
    else if (character !== '$' || quote === "'") out += character;
    else {
      const found = PLAIN.exec(text.slice(index));
      if (found === null) return { ok: false, name: '' };
      const value = valueOf(found, values, escape);
      if (!value.ok) return value;
      out += value.text;
      index += found[0].length - 1;
    }
  }
  return out.length > MOST_CHARACTERS || quote !== '' ? { ok: false, name: '' } : { ok: true, text: out };
}

/** `$A`, `${A}`, `${A:-otherwise}`, `${A:+instead}`; with a colon empty is as good as not set. */
function valueOf(
  [, bare, braced, operator, word = '']: RegExpExecArray, values: ReadonlyMap<string, string>, escape: '\\' | '`',
): Substituted {
  const name = bare ?? braced ?? '';
  const value = values.get(name);
  const isSet = value !== undefined && !(operator?.startsWith(':') === true && value === '');
  if (operator?.endsWith('+') === true) return isSet ? substitute(word, values, escape) : { ok: true, text: '' };
  if (isSet) return { ok: true, text: value };
  return operator === undefined ? { ok: false, name } : substitute(word, values, escape);
}
