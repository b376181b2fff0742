/** Times in DER, each in its only form. */
import type { DerNode } from './der.ts';
import { Malformed, TAG } from './der.ts';

const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{0,17}[1-9]))?Z$/;

/**
 * A UTCTime or GeneralizedTime as epoch milliseconds (RFC 5280, 4.1.2.5; RFC 3161, 2.4.2 for fractions).
 *
 * Only the DER forms: seconds present, `Z`, no trailing zeros in a fraction, a day that exists. Fractions of a
 * millisecond are dropped. Throws {@link Malformed}.
 */
export function readTime(node: DerNode | undefined): number {
  if (node === undefined || node.content.length > 40) throw new Malformed('time is missing or too long');
  const text = Buffer.from(node.content).toString('latin1');
  const utc = node.tag === TAG.utcTime ? UTC_TIME.exec(text) : null;
  const generalized = node.tag === TAG.generalizedTime ? GENERALIZED_TIME.exec(text) : null;
  const parts = utc ?? generalized;
  if (parts === null) throw new Malformed('time is not in its DER form');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const fullYear = utc === null ? year : year < 50 ? 2000 + year : 1900 + year;
  const millis = Number((generalized?.[7] ?? '').slice(0, 3).padEnd(3, '0'));
  return checkedTime([fullYear, month, day, hour, minute, second], millis);
}

function checkedTime(parts: readonly [number, number, number, number, number, number], millis: number): number {
  const [year, month, day, hour, minute, second] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, millis);
  // Date rolls 31 February over into March; comparing shows that nothing rolled.
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour
    && date.getUTCMinutes() === minute && date.getUTCSeconds() === second;
  if (!same) throw new Malformed('time names a moment that does not exist');
  return date.getTime();
}
