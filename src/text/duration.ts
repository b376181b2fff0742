import type { Result } from './result.ts';
import { bad, good } from './result.ts';

const UNIT_MS: ReadonlyMap<string, number> = new Map([['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]]);
const TEN_YEARS = 3650 * 86_400_000;

/**
 * Reads a duration such as `720h`, `30m`, `168h30m` or `7d` into milliseconds.
 *
 * Go's notation restricted to whole days, hours, minutes and seconds, largest unit first and each at most once; a
 * day is 24 hours. Between one second and ten years.
 */
export function parseDuration(text: string): Result<number> {
  const match = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/.exec(text);
  if (text === '' || match === null) return bad(`expected a duration such as 720h, 30m, 168h30m or 7d, found ${JSON.stringify(text)}`);
  let total = 0;
  [...UNIT_MS.values()].forEach((unit, index) => {
    total += Number(match[index + 1] ?? 0) * unit;
  });
  if (total < 1000 || total > TEN_YEARS) return bad(`expected a duration between 1s and 3650d, found ${JSON.stringify(text)}`);
  return good(total);
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Reads an RFC 3339 time with a zone, such as `2026-01-01T00:00:00Z`, into epoch milliseconds. */
export function parseTime(text: string): Result<number> {
  const match = RFC3339.exec(text);
  const at = match === null ? Number.NaN : Date.parse(text);
  if (match === null || Number.isNaN(at) || !isCalendarDay(Number(match[1]), Number(match[2]), Number(match[3])))
    return bad(`expected a time such as 2026-01-01T00:00:00Z, found ${JSON.stringify(text)}`);
  return good(at);
}

/** `Date` rolls 30 February over to March; a policy that says so is mistaken. */
function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
