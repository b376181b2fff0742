import { expect, test } from 'vitest';
import { GO_DURATION, PLAIN_DURATION, parseDuration, parseTime, readDuration } from '../../../src/text/duration.ts';

test.each([
  ['720h', 720 * 3_600_000],
  ['30m', 30 * 60_000],
  ['168h30m', 168.5 * 3_600_000],
  ['7d', 7 * 86_400_000],
  ['1d2h3m4s', 93_784_000],
  ['1s', 1000],
])('%s is %d ms', (text, expected) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: expected });
});

test.each(['', '0', '0h', '7', 'd', '-1h', '1.5h', '1h1d', '1h 30m', '1w', '1H', '100ms', '1h1h', '3651d', '9999999999h', ' 1h', '1h\n'])('%j is no duration', (text) => {
  expect(parseDuration(text).ok).toBe(false);
});

test.each([
  ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
  ['2026-01-01T02:00:00+02:00', Date.UTC(2026, 0, 1)],
  ['2024-02-29T23:59:59.5Z', Date.UTC(2024, 1, 29, 23, 59, 59, 500)],
])('%s is a time', (text, expected) => {
  expect(parseTime(text)).toEqual({ ok: true, value: expected });
});

test.each(['', '2026-01-01', '2026-01-01T00:00:00', '2026-02-30T00:00:00Z', '2023-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T25:00:00Z', '2026-01-01 00:00:00Z', 'tomorrow', '1767225600'])('%j is no time', (text) => {
  expect(parseTime(text).ok).toBe(false);
});

test.each([['10s', 10_000], ['1m30s', 90_000], ['1.5h', 5_400_000], ['300ms', 300], ['.5s', 500], ['1s500ms', 1500], ['2us', 0.002], ['2µs', 0.002], ['0', 0], ['0s', 0], ['1.s', 1000]])('Go writes %s for %d ms', (text, ms) => {
  expect(readDuration(text, GO_DURATION)).toBeCloseTo(ms, 6);
});

test.each(['', '10', 's', '-1s', '+1s', '10 s', '10s ', '1d', '1e3s', 'NaN', '1s1', '١s', '1s;2s', `${'1s'.repeat(100)}`])('Go does not write %j', (text) => {
  expect(readDuration(text, GO_DURATION)).toBeUndefined();
});

test.each([['500ms', 500], ['10s', 10_000], ['5m', 300_000], ['720h', 720 * 3_600_000], ['0s', 0], ['999999999ms', 999_999_999]])('%s is one number with its unit, %d ms', (text, ms) => {
  expect(readDuration(text, PLAIN_DURATION)).toBe(ms);
});

test.each(['', '0', '10', 's', '1d', '1m30s', '1.5h', '1.h', '.5s', '-1s', ' 1s', '1s ', '1S', '1us', '1ns', '9999999999s', '1ss', '1mss', '1s\n', '١s'])('%j is not one number with its unit', (text) => {
  expect(readDuration(text, PLAIN_DURATION)).toBeUndefined();
});
