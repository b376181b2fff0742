import { expect, test } from 'vitest';
import { parseDuration, parseTime } from '../../../src/text/duration.ts';

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
