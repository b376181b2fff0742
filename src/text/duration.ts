/** Durations and times as people write them, read into milliseconds or refused. */
import type { Result } from './result.ts';
import { bad, good } from './result.ts';

/** How a duration may be written: one grammar, of which each place accepts a part. */
export interface DurationGrammar {
  /** Units that are known. */
  readonly units: readonly string[];
  /** `one` number with its unit, several with the `largest` unit first and each at most once, or `any` of them, as Go. */
  readonly parts: 'one' | 'largest-first' | 'any';
  /** Most digits of a number. */
  readonly digits: number;
  /** True when numbers may have a point, and when `0` needs no unit. */
  readonly fractions?: boolean;
}

/** `720h`, `168h30m`, `7d`: whole days, hours, minutes and seconds; a day is 24 hours. */
export const LONG_DURATION: DurationGrammar = { units: ['d', 'h', 'm', 's'], parts: 'largest-first', digits: 9 };
/** `500ms`, `10s`, `5m`, `720h`: one whole number and its unit. */
export const PLAIN_DURATION: DurationGrammar = { units: ['ms', 's', 'm', 'h'], parts: 'one', digits: 9 };
/** `10s`, `1m30s`, `1.5h` (Go, package time, ParseDuration) without a sign. */
export const GO_DURATION: DurationGrammar = {
  units: ['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h'],
  parts: 'any',
  digits: 15,
  fractions: true,
};

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const LONGEST = 100;
const PART = /^(\d*)(\.\d*)?([a-zµμ]+)/;

/** Milliseconds of a duration written by the grammar, never negative; `undefined` for every other text. */
export function readDuration(text: string, { units, parts, digits, fractions = false }: DurationGrammar): number | undefined {
  if (fractions && text === '0') return 0;
  if (text === '' || text.length > LONGEST) return undefined;
  let total = 0;
  let before = Infinity;
  for (let rest = text, count = 1; rest !== ''; count += 1) {
    const [part = '', whole = '', fraction = '', unit = ''] = PART.exec(rest) ?? [];
    const factor = units.includes(unit) ? UNIT_MS.get(unit) : undefined;
    const hasNumber = whole !== '' || fraction.length > 1;
    if (factor === undefined || !hasNumber || whole.length > digits || fraction.length > digits + 1) return undefined;
    if ((!fractions && fraction !== '') || (parts === 'one' && count > 1) || (parts === 'largest-first' && factor >= before))
      return undefined;
    total += Number(whole + fraction) * factor;
    before = factor;
    rest = rest.slice(part.length);
  }
  return total;
}

const TEN_YEARS = 3650 * 86_400_000;

/** Reads a {@link LONG_DURATION} between one second and ten years into milliseconds. */
export function parseDuration(text: string): Result<number> {
  const total = readDuration(text, LONG_DURATION);
  if (total === undefined) return bad(`expected a duration such as 720h, 30m, 168h30m or 7d, found ${JSON.stringify(text)}`);
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

/** `Date` rolls 30 February over to March; a text that says so is mistaken. */
function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
