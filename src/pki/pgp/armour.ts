/** OpenPGP's ASCII armour (RFC 4880, 6.2): one block, and nothing around it. */
import { decodeBase64 } from '../../text/base64.ts';
import { Malformed } from '../der.ts';

/** Headers that say nothing of the content; `Hash` and `Charset` would. */
const HEADER = /^(?:Version|Comment|MessageID): [^\r\n]{0,512}$/;
const BASE64_LINE = /^[A-Za-z0-9+/]{1,76}={0,2}$/;

/** Reads text that is exactly one block with this label, white space around it permitted. Throws {@link Malformed}. */
export function readArmour(text: string, label: string): Buffer {
  const lines = text.trim().split('\n').map((line) => withoutTrailing(line, ' \t\r'));
  if (lines[0] !== `-----BEGIN ${label}-----` || lines.at(-1) !== `-----END ${label}-----`)
    throw new Malformed(`expected one block ${label}, from its first line to its last`);
  const blank = lines.indexOf('');
  const [headers, body] = blank < 0 ? [[], lines.slice(1, -1)] : [lines.slice(1, blank), lines.slice(blank + 1, -1)];
  if (headers.some((line) => !HEADER.test(line))) throw new Malformed('the armour has a header that is not understood');
  const sum = body.at(-1)?.startsWith('=') === true ? body.pop() : undefined;
  if (body.some((line) => !BASE64_LINE.test(line))) throw new Malformed('the armour holds a line that is not base64');
  const bytes = decodeBase64(body.join(''), 'standard');
  if (bytes === undefined || bytes.length === 0) throw new Malformed('the armour does not hold base64');
  if (sum !== undefined && sum.slice(1) !== checksum(bytes)) throw new Malformed('the checksum of the armour is not that of its content');
  return bytes;
}

/** `line` without these characters at its end; a regular expression would take quadratic time over a hostile run of them. */
export function withoutTrailing(line: string, characters: string): string {
  let end = line.length;
  while (end > 0 && characters.includes(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}

/** What each byte comes to: bit by bit, a block of a megabyte would take 50 ms. */
const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 16;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x800000) === 0 ? crc << 1 : (crc << 1) ^ 0x1864cfb;
  return crc;
});

/** CRC-24 as RFC 4880, 6.1 has it; against accidents only. */
function checksum(bytes: Uint8Array): string {
  let crc = 0xb704ce;
  for (let at = 0; at < bytes.length; at += 1) crc = ((crc << 8) & 0xffffff) ^ (CRC[((crc >> 16) ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]).toString('base64');
}
