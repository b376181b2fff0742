/** How foreign text is made safe to show in one line. */
import { ownCopy } from './own-copy.ts';

/**
 * Characters that act on a terminal, a log or the eye instead of being read: controls, format characters
 * (bidirectional and zero-width marks, tags), halves of surrogate pairs, line and paragraph separators, and the
 * letters and variation selectors that show as nothing (Unicode Technical Report 36; "Trojan Source").
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\u{e0000}-\u{e0fff}]/gu;
/** Text in which nothing can need an escape; tested first because nearly every text is like this. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Text that is safe to show in one line: every character that is not simply read is written as `\u001b`.
 *
 * For all text that a user, a registry or a signed document supplied, before it goes into a message. Idempotent; not
 * meant to be reversed, since a backslash in the text stays as it is.
 */
export function escapeText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(HIDDEN, escapeCharacter);
}

function escapeCharacter(character: string): string {
  let out = '';
  for (let i = 0; i < character.length; i += 1) out += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return out;
}

/** The text, escaped, cut after `limit` characters; a cut is shown as `…`, which counts. Keeps nothing of what was cut off. */
export function shownText(text: string, limit: number): string {
  const escaped = escapeText(text.length > limit ? text.slice(0, limit) : text);
  return text.length <= limit && escaped.length <= limit ? escaped : ownCopy(`${head(escaped, limit - 1)}…`);
}

/** As {@link shownText}, cut after so many bytes of UTF-8. */
export function shownBytes(text: string, limit: number): string {
  const shown = shownText(text, limit);
  const over = Buffer.byteLength(shown) - limit;
  if (over <= 0) return shown;
  // Each character that is left out takes one byte at least, and at most three for each of its code units.
  for (let count = Math.max(1, shown.length - over); ; count -= 1) {
    const cut = `${head(shown, count)}…`;
    if (Buffer.byteLength(cut) <= limit || count === 0) return ownCopy(cut);
  }
}

/** The text, escaped, with its middle left out when it is longer than `limit` characters: both ends tell most. */
export function shortenMiddle(text: string, limit: number): string {
  const escaped = escapeText(text.length > 8 * limit ? `${text.slice(0, 4 * limit)}${text.slice(-4 * limit)}` : text);
  if (escaped.length <= limit) return escaped;
  const left = Math.ceil((limit - 1) / 2);
  return ownCopy(`${head(escaped, left)}…${tail(escaped, limit - 1 - left)}`);
}

/** The first `count` code units, one less where that would cut a surrogate pair in two. */
function head(text: string, count: number): string {
  const last = text.charCodeAt(count - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? count - 1 : count);
}

function tail(text: string, count: number): string {
  if (count <= 0) return '';
  const first = text.charCodeAt(text.length - count);
  return text.slice(text.length - (first >= 0xdc00 && first <= 0xdfff ? count - 1 : count));
}
