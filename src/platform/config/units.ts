/** Durations and sizes as people write them, with a unit and within bounds. */
import { z } from 'zod';
import { PLAIN_DURATION, readDuration } from '../../text/duration.ts';

const SIZE = /^(\d{1,12})(KiB|MiB|GiB|)$/;
const BYTES: ReadonlyMap<string, number> = new Map([['', 1], ['KiB', 1024], ['MiB', 1024 ** 2], ['GiB', 1024 ** 3]]);

/** Reads a size (`4096`, `8MiB`) as bytes; `undefined` when the text is none. */
export function parseSize(text: string): number | undefined {
  const [, number, unit] = SIZE.exec(text) ?? [];
  const factor = unit === undefined ? undefined : BYTES.get(unit);
  return factor === undefined ? undefined : Number(number) * factor;
}

/**
 * A schema of durations, bounded on both sides; its output is milliseconds.
 *
 * A bare number is refused: readers disagree whether it means seconds or milliseconds. Only `0` needs no unit.
 */
export function duration(fallback: string, min: string, max: string) {
  return unitSchema({ fallback, min, max }, (text) => readDuration(text, PLAIN_DURATION), 'a duration such as 500ms, 10s, 5m or 1h');
}

/** A schema of sizes, bounded on both sides; its output is bytes. */
export function size(fallback: string, min: string, max: string) {
  return unitSchema({ fallback, min, max }, parseSize, 'a size such as 65536, 512KiB or 8MiB');
}

function unitSchema(
  range: { readonly fallback: string; readonly min: string; readonly max: string },
  parse: (text: string) => number | undefined,
  wanted: string,
) {
  const [min = 0, max = 0] = [range.min, range.max].map((text) => parse(text));
  return z.unknown().transform((value, context) => {
    const amount = value === 0 || value === '0' ? 0 : parse(String(value));
    if (amount !== undefined && amount >= min && amount <= max && (typeof value === 'string' || Number.isInteger(value))) return amount;
    const expected = amount === undefined ? wanted : `at least ${range.min} and at most ${range.max}`;
    context.addIssue({ code: 'custom', message: `expected ${expected}, found ${JSON.stringify(value)}` });
    return z.NEVER;
  }).prefault(range.fallback);
}
