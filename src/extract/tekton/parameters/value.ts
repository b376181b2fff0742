/** Values of parameters: texts, lists and objects, as a `value` or `default` is written. */
import { field, isObject } from '../../../text/json/fields.ts';
import { unreadable } from '../../finding.ts';
import { report } from '../book.ts';
import type { Book } from '../book.ts';
import type { Place } from '../place.ts';
import { known, isDeferred, onlyVariable, substitute } from './variables.ts';
import type { DeferredText, Text } from './variables.ts';
import type { Budget } from './budget.ts';

/** What a parameter stands for. `unknown` is one whose whole value comes later: the result of a task, a list of them. */
export type Value =
  | { readonly kind: 'text'; readonly text: Text }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, Text> }
  | { readonly kind: 'unknown'; readonly text: DeferredText };

/** As written, variables and all. */
export type RawValue = string | readonly string[] | ReadonlyMap<string, string>;

/** A `name` with its raw value, where it stands. */
export interface RawParameter {
  readonly name: string;
  readonly raw: RawValue | undefined;
  /** JSON path of the entry. */
  readonly path: string;
}

/** Reads entries of `params`: `value` of those that are given, `default` of those that are declared. A name stands once. */
export function readParameters(places: readonly Place[], member: 'value' | 'default', book: Book): readonly RawParameter[] {
  const names = new Set<string>();
  return places.flatMap(({ value, path }) => {
    const name = field(value, 'name');
    if (typeof name !== 'string' || names.has(name)) {
      report(book, unreadable(`${path}.name`, 'a name that stands here once', name));
      return [];
    }
    names.add(name);
    return [{ name, raw: readValue(field(value, member), `${path}.${member}`, book), path }];
  });
}

/** A value as it is written: text, a list of texts, or an object of texts; anything else is a problem. */
export function readValue(value: unknown, path: string, book: Book): RawValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  // ParamValue of Tekton takes numbers and booleans for their text.
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  if (isObject(value)) {
    const members = Object.entries(value);
    if (members.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return new Map(members);
  }
  report(book, unreadable(path, 'a text, a list of texts or an object of texts', value));
  return undefined;
}

/** Every text of a raw value. */
export function textsOfRaw(raw: RawValue | undefined): readonly string[] {
  if (raw === undefined) return [];
  return typeof raw === 'string' ? [raw] : [...raw.values()];
}

/** Where variables get their values. */
export interface Scope {
  /** A text, an item or a member. */
  find(variable: string): Text | undefined;
  /** What stands behind `$(params.list)` and `$(params.list[*])`. */
  whole(variable: string): Value | undefined;
}

/** The value with all variables of a scope put in; a text or item that is one whole list or object becomes it. */
export function evaluate(raw: RawValue, scope: Scope, budget: Budget): Value {
  if (typeof raw === 'string') {
    const whole = wholeOf(raw, scope);
    if (whole !== undefined && whole.kind !== 'text') return whole;
    const text = substitute(raw, scope.find, budget);
    return isDeferred(text) && isStar(raw) ? { kind: 'unknown', text } : { kind: 'text', text };
  }
  if (!isList(raw)) return { kind: 'object', members: new Map([...raw].map(([key, text]) => [key, substitute(text, scope.find, budget)])) };
  const items: Text[] = [];
  for (const item of raw) {
    if (!item.includes('$(')) {
      items.push(known(item));
      continue;
    }
    const whole = wholeOf(item, scope);
    if (whole?.kind === 'list') items.push(...whole.items);
    else {
      const text = substitute(item, scope.find, budget);
      // How many items there will be is not known either.
      if (isDeferred(text) && isStar(item)) return { kind: 'unknown', text };
      items.push(text);
    }
  }
  return { kind: 'list', items };
}

/** A value that needs no scope. */
export function literal(raw: RawValue): Value {
  if (typeof raw === 'string') return { kind: 'text', text: known(raw) };
  if (isList(raw)) return { kind: 'list', items: raw.map((item) => known(item)) };
  return { kind: 'object', members: new Map([...raw].map(([key, text]) => [key, known(text)])) };
}

function isList(raw: Exclude<RawValue, string>): raw is readonly string[] {
  return Array.isArray(raw);
}

function isStar(text: string): boolean {
  return text.startsWith('$(') && text.endsWith('[*])');
}

function wholeOf(text: string, scope: Scope): Value | undefined {
  const variable = onlyVariable(text);
  return variable === undefined ? undefined : scope.whole(variable);
}
