/** Base64 read strictly, so that two texts for the same bytes cannot pass for two things. */

/**
 * What a text must look like: `any` is the standard or the URL-safe alphabet but not both, with right padding or none;
 * `standard` is the standard alphabet with padding (RFC 4648, 4); `url` the URL-safe one without (RFC 7515, 2).
 */
export type Base64Form = 'any' | 'standard' | 'url';

const SIX_BITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Decodes base64 strictly: text of the given form with its unused bits zero, and nothing else; `undefined` for every
 * other text or value. So every byte string has at most one text per alphabet and padding, and one text in all in the
 * forms `standard` and `url`, where `Buffer.from` alone would skip spaces and ignore whatever follows.
 */
export function decodeBase64(text: unknown, form: Base64Form = 'any'): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  return isOfForm(text, form) ? decodeAny(text) : undefined;
}

/** What {@link decodeAny} leaves open: the alphabet, and whether there is padding. */
function isOfForm(text: string, form: Base64Form): boolean {
  switch (form) {
    case 'any':
      return true;
    case 'standard':
      return text.length % 4 === 0 && !text.includes('-') && !text.includes('_');
    case 'url':
      return !text.endsWith('=') && !text.includes('+') && !text.includes('/');
  }
}

/**
 * The text without line ends, which MIME (RFC 2045, 6.8) and PEM put into base64 and decoders of other languages skip: for values
 * that only wrap bytes which are verified, never where the text itself is compared or counted.
 */
export function withoutLineEnds(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
}

function decodeAny(text: string): Buffer | undefined {
  const body = withoutPadding(text);
  if (body === undefined || body.length % 4 === 1) return undefined;
  if (!isAscii(body) || mixesAlphabets(body) || !unusedBitsAreZero(body)) return undefined;
  const bytes = Buffer.from(body, 'base64');
  // It knows both alphabets and skips or stops at all other ASCII characters, which then lack their share of the bytes.
  return bytes.length === Math.floor((body.length * 3) / 4) ? bytes : undefined;
}

/** Beyond ASCII `Buffer.from` looks at half a character only: `\u012b` would pass for `+`. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length;
}

function mixesAlphabets(body: string): boolean {
  return (body.includes('-') || body.includes('_')) && (body.includes('+') || body.includes('/'));
}

function withoutPadding(text: string): string | undefined {
  if (!text.endsWith('=')) return text;
  if (text.length % 4 !== 0) return undefined;
  return text.endsWith('==') ? text.slice(0, -2) : text.slice(0, -1);
}

function unusedBitsAreZero(body: string): boolean {
  const rest = body.length % 4;
  if (rest === 0) return true;
  const last = body.slice(-1).replace('-', '+').replace('_', '/');
  return (SIX_BITS.indexOf(last) & (rest === 2 ? 0b1111 : 0b11)) === 0;
}
