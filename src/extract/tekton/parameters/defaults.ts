/** Defaults of declared parameters, which may refer to each other: put in, up to the depth that Tekton goes, and no circle. */
import type { Book } from '../book.ts';
import { problem } from '../book.ts';
import { either, EMPTY_SCOPE, layered } from './scope.ts';
import type { Values } from './scope.ts';
import { evaluate } from './value.ts';
import type { RawParameter, Scope, Value } from './value.ts';
import { isDeferred, variablesIn } from './variables.ts';
import type { Text } from './variables.ts';

/** Tekton's maxParamReferenceDepth. */
const MAX_DEPTH = 10;

/** How defaults are looked at. */
export interface DefaultsOf {
  readonly declared: readonly RawParameter[];
  /** What is given instead of some of them. */
  readonly given: Values;
  /**
   * Versions of Tekton differ in whether the default of a task's parameter sees what is given for another one, or only that one's
   * default: then both are told. For pipelines they agree on what is given.
   */
  readonly ofTask: boolean;
  /** Where variables that are no parameters get their values. */
  readonly outer?: Scope;
}

/** The value of each declared parameter that has a default. A circle, or a chain that is too long, is a problem. */
export function readDefaults({ declared, given, ofTask, outer = EMPTY_SCOPE }: DefaultsOf, book: Book): Values {
  const raws = new Map(declared.map((one) => [one.name, one]));
  const done = new Map<string, { readonly value: Value; readonly height: number }>();
  const open = new Set<string>();

  const resolve = (name: string): { readonly value: Value; readonly height: number } | undefined => {
    const known = done.get(name);
    const parameter = raws.get(name);
    if (known !== undefined || parameter?.raw === undefined) return known;
    if (open.has(name) || open.size > MAX_DEPTH) {
      problem(book, 'INPUT_REFERENCE_CYCLE', `${parameter.path}.default`, { artifact: `parameter ${name}` });
      return undefined;
    }
    open.add(name);
    const { raw } = parameter;
    const needs = referencesIn(raw);
    const heights = needs.filter((other) => raws.has(other))
      .map((other) => (given.has(other) && !ofTask ? 0 : resolve(other)?.height ?? 0));
    const height = heights.length === 0 ? 0 : 1 + Math.max(...heights);
    if (height > MAX_DEPTH) problem(book, 'INPUT_REFERENCE_CYCLE', `${parameter.path}.default`, { artifact: `parameter ${name}` });
    const values: Values = new Map(needs.flatMap((other) => {
      const value = done.get(other)?.value;
      return value === undefined ? [] : [[other, value]];
    }));
    const value = flagged(evaluate(raw, scopeOf(given, values, ofTask, outer), book.budget), book);
    open.delete(name);
    const result = { value, height };
    done.set(name, result);
    return result;
  };

  const values = new Map<string, Value>();
  for (const { name } of declared) {
    const found = resolve(name);
    if (found !== undefined) values.set(name, found.value);
  }
  return values;
}

function scopeOf(given: Values, defaults: Values, ofTask: boolean, outer: Scope): Scope {
  const precise = layered([given, defaults], ofTask ? ['params', 'inputs'] : ['params'], outer);
  if (!ofTask) return precise;
  const alone = layered([defaults], ['params', 'inputs'], outer);
  return {
    find: (variable) => {
      const one = precise.find(variable);
      const other = alone.find(variable);
      return one === undefined || other === undefined ? one : either(one, other);
    },
    whole: precise.whole,
  };
}

/** Names of parameters that a value refers to; each way to read a dotted one is among them. */
function referencesIn(raw: Exclude<RawParameter['raw'], undefined>): readonly string[] {
  const texts = typeof raw === 'string' ? [raw] : [...raw.values()];
  const names = texts.filter((text) => text.includes('$(')).flatMap(variablesIn).flatMap(namesIn);
  return [...new Set(names)];
}

function namesIn(variable: string): readonly string[] {
  const quoted = /^params\[(?:"([^"]{1,1024})"|'([^']{1,1024})')\]/.exec(variable);
  if (quoted !== null) return [quoted[1] ?? quoted[2] ?? ''];
  const dotted = /^(?:inputs\.)?params\.([^[\]]{1,1024})/.exec(variable)?.[1];
  if (dotted === undefined) return [];
  const dot = dotted.indexOf('.');
  return dot > 0 ? [dotted, dotted.slice(0, dot)] : [dotted];
}

/** In a definition, what comes from a default may be something else in a run. */
function flagged(value: Value, book: Book): Value {
  if (!book.open) return value;
  const flag = (text: Text): Text => (isDeferred(text) ? text : { ...text, byDefault: true });
  if (value.kind === 'text') return { kind: 'text', text: flag(value.text) };
  if (value.kind === 'list') return { kind: 'list', items: value.items.map(flag) };
  if (value.kind === 'object') return { kind: 'object', members: new Map([...value.members].map(([key, text]) => [key, flag(text)])) };
  return value;
}
