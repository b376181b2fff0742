/** What a condition may call: nothing that looks outside, and nothing that grows without being paid for. */
import type { CelEnv, CelFunc, CelInput, CelValue } from '@bufbuild/cel';
import { RE2JS } from 're2js';
import { LIMITS } from '../limits.ts';
import { celEngine } from './engine.ts';
import type { Meter } from './meter.ts';

/** What a loop runs over is handed through this function, which charges for every turn; see `instrument.ts`. */
export const RANGE_FUNCTION = '@range';

/** Text functions beyond the standard ones; those that make texts longer (`replace`, `format`, `join`) are left out. */
const TEXT_FUNCTIONS: ReadonlySet<string> = new Set([
  'charAt',
  'indexOf',
  'lastIndexOf',
  'lowerAscii',
  'upperAscii',
  'split',
  'substring',
  'trim',
]);

/** Standard functions whose work grows with their arguments. */
const GROWING: readonly string[] = ['@in', 'size', 'contains', 'startsWith', 'endsWith', 'bytes', 'string'];

/** Expressions kept compiled; policies write them out, so there are few. */
const MAX_PATTERNS = 512;

/**
 * The functions of conditions: CEL's standard ones and some for texts. None of them reads a clock, the network or
 * anything but its arguments; those whose work grows with their arguments charge the meter (security.md C16).
 */
export function createEnvironment(meter: Meter): CelEnv {
  const { celEnv, CelScalar, strings } = celEngine();
  const standard = celEnv().funcs;
  const growing = GROWING.flatMap((name) => [...(standard.find(name) ?? [])]);
  const building = [...(standard.find('_+_') ?? [])].filter(
    ({ result }) => result.kind === 'list' || result === CelScalar.STRING || result === CelScalar.BYTES,
  );
  const texts = strings.filter(({ name }) => TEXT_FUNCTIONS.has(name));
  const priced = [...growing, ...texts].map((original) => wrap(original, (values) => meter.charge(work(values))));
  const bounded = building.map((original) => wrap(original, (values) => { meter.charge(work(values)); refuseLarge(values); }));
  return celEnv({ funcs: [...priced, ...bounded, rangeFunction(meter)], re2: { compile: compilePattern(meter) } });
}

/** Compiles an RE2 expression, or throws an Error that says what is wrong with it. */
export function compileRe2(source: string): RE2JS {
  if (source.length > LIMITS.pattern)
    throw new Error(`regular expression has ${source.length} characters, at most ${LIMITS.pattern} are allowed`);
  return RE2JS.compile(source);
}

function compilePattern(meter: Meter): (pattern: string) => { test(text: string): boolean } {
  const known = new Map<string, RE2JS>();
  return (pattern) => {
    const compiled = known.get(pattern) ?? compileRe2(pattern);
    if (known.size >= MAX_PATTERNS) known.clear();
    known.set(pattern, compiled);
    return { test: (text) => { meter.charge(text.length); return compiled.test(text); } };
  };
}

function rangeFunction(meter: Meter): CelFunc {
  const { celFunc, CelScalar, isCelList, isCelMap } = celEngine();
  return celFunc(RANGE_FUNCTION, [CelScalar.DYN, CelScalar.INT], CelScalar.DYN, (range, weight) => {
    if (isCelList(range) || isCelMap(range)) meter.charge((range.size + 1) * Number(weight));
    return range as CelInput;
  });
}

/** The same function with something before it; it takes the place of the original, whose signature it has. */
function wrap(original: CelFunc, before: (values: readonly unknown[]) => void): CelFunc {
  const { celFunc, celMethod, isCelError } = celEngine();
  const call = (target: unknown, args: readonly unknown[]): CelInput => {
    before(target === undefined ? args : [target, ...args]);
    const result = original.call(0, target as CelValue | undefined, args as CelValue[]);
    if (result === undefined) throw new Error(`${original.name} cannot be applied to these values`);
    if (isCelError(result)) throw result;
    return result as CelInput;
  };
  const { name, target, result } = original;
  if (target === undefined) return celFunc(name, [...original.arguments], result, (...args) => call(undefined, args) as never);
  return celMethod(name, target, [...original.arguments], result, function (this: unknown, ...args: unknown[]) {
    return call(this, args) as never;
  });
}

/** Steps that looking at all of these values takes: characters are quick, entries are not. */
function work(values: readonly unknown[]): number {
  const { isCelList } = celEngine();
  return values.reduce<number>((sum, value) => sum + (isCelList(value) ? value.size : sizeOf(value) / 8), 1);
}

function refuseLarge(values: readonly unknown[]): void {
  const size = values.reduce<number>((sum, value) => sum + sizeOf(value), 0);
  if (size > LIMITS.text) throw new Error(`expression builds a value of more than ${LIMITS.text} characters or entries`);
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  return celEngine().isCelList(value) ? value.size : 0;
}
