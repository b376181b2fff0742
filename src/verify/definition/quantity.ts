/** Quantities of Kubernetes in the one spelling in which Go writes each. */
import { clip, Refusal } from '../problem.ts';

const SYNTAX = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const NANO = 10n ** 9n;
const MOST = (2n ** 63n - 1n) * NANO;

/**
 * The text of a quantity as apimachinery's `resource.Quantity` writes it: `1024Mi` is `1Gi`, `0.5` is `500m`, `1e3` stays an exponent.
 * Throws a {@link Refusal} for what is none, is finer than a billionth, or is beyond 64 bits: Go would round it.
 */
export function goQuantity(text: string, path: string): string {
  const match = SYNTAX.exec(text.trim());
  const [, sign = '', whole = '', fraction = '', suffix = '', exponent] = match ?? [];
  if (match === null || whole + fraction === '') return refuse(text, path);
  const power = exponent === undefined ? undefined : Number(exponent);
  const nano = scaled({ digits: BigInt(whole + fraction), after: fraction.length }, suffix, power ?? 0);
  if (nano === undefined || nano > MOST) return refuse(text, path);
  if (isKept({ whole: whole.replace(/^0+/, '') || '0', fraction }, suffix, power)) return text.trim();
  if (nano === 0n) return '0';
  const minus = sign === '-' ? '-' : '';
  // Below 1024 a binary suffix would round, and so would one that is not whole.
  const binary = BINARY.includes(suffix) && suffix !== '' && nano >= 1024n * NANO && nano % NANO === 0n;
  return minus + (binary ? inBinary(nano / NANO) : inDecimal(nano, power !== undefined));
}

/**
 * Go keeps the text of numbers that look canonical to it (`ParseQuantity`, "reuse the string"), with their sign and zeros in front:
 * `+3`, `01` and `1E3` stay as they are.
 */
function isKept({ whole, fraction }: { whole: string; fraction: string }, suffix: string, power: number | undefined): boolean {
  const digits = whole + fraction;
  if (suffix.endsWith('i')) {
    const exponent = BINARY.indexOf(suffix) * 10;
    const precision = 14 - whole.length - Math.trunc((exponent * 3) / 10);
    return fraction === '' && precision >= 0 && BigInt(whole) % 8n !== 0n;
  }
  const scale = (power ?? (DECIMAL.indexOf(suffix) - 3) * 3) - fraction.length;
  return digits.length <= 18 && scale >= -9 && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
}

/** The number in billionths, when it is a whole number of these. */
function scaled({ digits, after }: { digits: bigint; after: number }, suffix: string, power: number): bigint | undefined {
  const decimal = DECIMAL.indexOf(suffix);
  const base = suffix.endsWith('i') ? 1024n ** BigInt(BINARY.indexOf(suffix)) : 1n;
  const shift = 9 + power - after + (suffix === '' || decimal < 0 ? 0 : (decimal - 3) * 3);
  if (Math.abs(shift) > 200) return digits === 0n ? 0n : undefined;
  const number = digits * base;
  if (shift >= 0) return number * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return number % divisor === 0n ? number / divisor : undefined;
}

function inBinary(whole: bigint): string {
  let [number, step] = [whole, 0];
  while (number % 1024n === 0n && step < BINARY.length - 1) [number, step] = [number / 1024n, step + 1];
  return `${number}${BINARY[step] ?? ''}`;
}

function inDecimal(nano: bigint, isExponent: boolean): string {
  let [number, step] = [nano, 0];
  while (number % 1000n === 0n && step < DECIMAL.length - 1) [number, step] = [number / 1000n, step + 1];
  const power = (step - 3) * 3;
  return `${number}${isExponent ? (power === 0 ? '' : `e${power}`) : (DECIMAL[step] ?? '')}`;
}

function refuse(text: string, path: string): never {
  const details = { found: clip(text, 60), expected: 'a quantity such as 500m or 1Gi' };
  throw new Refusal(`${path} is no quantity that Go would keep as it is`, details);
}
