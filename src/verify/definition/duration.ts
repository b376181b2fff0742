/** Durations in the one spelling in which Go writes each. */
import { clip, Refusal } from '../problem.ts';

const SECOND = 10n ** 9n;
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n], ['us', 1000n], ['µs', 1000n], ['μs', 1000n], ['ms', 1_000_000n], ['s', SECOND], ['m', 60n * SECOND], ['h', 3600n * SECOND],
]);
const PART = /(\d{0,19})(?:\.(\d{0,19}))?(ns|us|µs|μs|ms|s|m|h)/y;
const MOST = 2n ** 63n - 1n;

/** The canonical text of a duration (Go `time.Duration`): `60m` is `1h0m0s`. Throws a {@link Refusal} for what is none. */
export function goDuration(text: string, path: string): string {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const body = text.slice(sign.length);
  if (body === '0') return '0s';
  let nanoseconds = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < body.length || body === '') {
    const match = PART.exec(body);
    const [, whole = '', fraction = '', unit = ''] = match ?? [];
    if (match === null || whole + fraction === '') return refuse(text, path);
    const size = UNITS.get(unit) ?? 1n;
    nanoseconds += BigInt(whole || '0') * size + (BigInt(fraction || '0') * size) / 10n ** BigInt(fraction.length);
  }
  if (nanoseconds > MOST) return refuse(text, path);
  return nanoseconds === 0n ? '0s' : `${sign === '-' ? '-' : ''}${written(nanoseconds)}`;
}

function written(nanoseconds: bigint): string {
  if (nanoseconds < 1000n) return `${nanoseconds}ns`;
  if (nanoseconds < 1_000_000n) return `${decimal(nanoseconds, 1000n)}µs`;
  if (nanoseconds < 10n ** 9n) return `${decimal(nanoseconds, 1_000_000n)}ms`;
  const minutes = nanoseconds / (60n * 10n ** 9n);
  const seconds = `${decimal(nanoseconds % (60n * 10n ** 9n), 10n ** 9n)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(nanoseconds: bigint, unit: bigint): string {
  const rest = String(nanoseconds % unit).padStart(String(unit).length - 1, '0').replace(/0+$/, '');
  return `${nanoseconds / unit}${rest === '' ? '' : `.${rest}`}`;
}

function refuse(text: string, path: string): never {
  throw new Refusal(`${path} is no duration`, { found: clip(text, 60), expected: 'a duration such as 1h30m' });
}
