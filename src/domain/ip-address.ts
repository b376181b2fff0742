/** IP addresses as text: one spelling for each, and an IPv4 address is one however it is wrapped. */

const QUAD = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** The eight groups of an IPv6 address without zone, or `undefined` when the text is none (RFC 4291, 2.2). */
export function readV6(text: string): readonly number[] | undefined {
  const halves = withoutQuad(text)?.split('::');
  if (halves === undefined || halves.length > 2) return undefined;
  const [left = [], right] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const written = [...left, ...(right ?? [])];
  if (!written.every((group) => GROUP.test(group))) return undefined;
  if (right === undefined ? written.length !== 8 : written.length > 7) return undefined;
  const zeros = new Array<string>(8 - written.length).fill('0');
  return [...left, ...zeros, ...(right ?? [])].map((group) => Number.parseInt(group, 16));
}

/** A dotted quad at the end becomes two groups. */
function withoutQuad(text: string): string | undefined {
  const last = text.slice(text.lastIndexOf(':') + 1);
  if (!last.includes('.')) return text;
  if (!QUAD.test(last) || last.length === text.length) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number);
  return `${text.slice(0, -last.length)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/**
 * The one spelling of an address: an IPv4 address that a socket for both families shows as `::ffff:a.b.c.d` is that IPv4
 * address, every other IPv6 address is as RFC 5952 writes it. What is no IPv6 address comes back as it is.
 */
export function plainAddress(text: string): string {
  const groups = readV6(text);
  if (groups === undefined) return text;
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return groups.slice(6).flatMap((group) => [group >> 8, group & 255]).join('.');
  return shortest(groups);
}

/** The longest run of at least two zero groups, the first of equals, is `::`. */
function shortest(groups: readonly number[]): string {
  let [at, length] = [-1, 1];
  for (let from = 0; from < groups.length; from += 1) {
    let to = from;
    while (groups[to] === 0) to += 1;
    if (to - from > length) [at, length] = [from, to - from];
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return at < 0 ? hex(groups) : `${hex(groups.slice(0, at))}::${hex(groups.slice(at + length))}`;
}
