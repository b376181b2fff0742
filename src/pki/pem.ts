/** One PEM block (RFC 7468), or why the text is not exactly one. */
export type PemReading =
  | { readonly ok: true; readonly der: Buffer }
  | { readonly ok: false; readonly problem: string };

const MAX_PEM = 65_536;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Reads text that is exactly one PEM block with this label, white space around it permitted.
 *
 * Strict on purpose: a second block, text outside, headers inside, another label or sloppy base64 are problems.
 * Linear in the length of the text; text longer than 64 KiB is refused unread.
 */
export function readPem(text: string, label: string): PemReading {
  if (text.length > MAX_PEM) return { ok: false, problem: `PEM text is longer than ${MAX_PEM} characters` };
  const trimmed = text.trim();
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  if (!trimmed.startsWith('-----BEGIN ')) return { ok: false, problem: `expected a PEM block ${begin}, found none` };
  if (!trimmed.startsWith(begin)) return { ok: false, problem: `expected a PEM block ${begin}, found ${firstLine(trimmed)}` };
  const stop = trimmed.indexOf(end, begin.length);
  if (stop < 0) return { ok: false, problem: `PEM block has no line ${end}` };
  if (stop + end.length !== trimmed.length) return { ok: false, problem: 'text follows the PEM block: give exactly one block' };
  return decodeBody(trimmed.slice(begin.length, stop));
}

/** Bytes as one PEM block with this label, its lines as long as RFC 7468, 2 wants them. */
export function pemBlock(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function decodeBody(body: string): PemReading {
  const base64 = body.replace(/\s+/g, '');
  if (!BASE64.test(base64) || base64.length % 4 !== 0) return { ok: false, problem: 'PEM block is not valid base64' };
  return { ok: true, der: Buffer.from(base64, 'base64') };
}

function firstLine(text: string): string {
  return (/^[^\r\n]{0,60}/.exec(text)?.[0] ?? '').trim();
}
