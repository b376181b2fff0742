/** Parameters as they are written: declared by templates, given by steps, tasks and the workflow itself. */
import type { GivenParameter } from '../../domain/build/build-request.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { at, objectsAt } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';
import { deferred } from './values/placeholders.ts';
import type { Value } from './values/placeholders.ts';

/** A parameter with a value as it is written, or why it has none in sight. */
export type Written = { readonly text: string } | { readonly value: Value } | undefined;

/** Parameters by name in `arguments` or `inputs`. Argo refuses two of one name; which of them would count is not known. */
export function parametersIn(holder: JsonObject, list: 'arguments' | 'inputs'): ReadonlyMap<string, JsonObject> {
  const parameters = field(memberOr(holder, list), 'parameters');
  const found = new Map<string, JsonObject>();
  for (const one of Array.isArray(parameters) ? (parameters as readonly unknown[]) : [])
    if (isObject(one)) {
      const name = textOf(one, 'name');
      found.set(name, found.has(name) ? { name, valueFrom: { expression: 'one of several of this name' } } : one);
    }
  return found;
}

/** What a parameter says of its value: the value, where it comes from, or its default; `undefined` when it says nothing. */
export function writtenIn(parameter: JsonObject | undefined): Written {
  if (parameter === undefined) return undefined;
  const value = anyText(field(parameter, 'value'));
  const from = field(parameter, 'valueFrom');
  // Beside a value as well: of a workflow's own arguments the ConfigMap that it names wins.
  if (value !== undefined && !isObject(from)) return { text: value };
  if (isObject(from)) {
    const path = textOf(from, 'parameter');
    if (path !== '') return { text: path };
    return { value: deferred(field(from, 'expression') === undefined ? 'parameter' : 'expression', textOf(parameter, 'name')) };
  }
  const fallback = anyText(field(parameter, 'default'));
  return fallback === undefined ? undefined : { text: fallback };
}

/** Text as Argo's AnyString takes it: also numbers and flags. What is written as an object has no text. */
export function anyText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Parameters that whoever asks has set, each with what it is set to. */
export function givenIn(holder: JsonObject, path: string, problems: Problems): readonly GivenParameter[] {
  const place = at(path, 'arguments');
  return objectsAt(memberOr(holder, 'arguments'), 'parameters', place, problems).map(({ value, path: one }) => {
    const text = anyText(field(value, 'value'));
    const isOpen = isObject(field(value, 'valueFrom'));
    return { name: textOf(value, 'name'), values: text === undefined ? [] : [text], path: one, ...(isOpen ? { isOpen } : {}) };
  });
}

/** Every text of the parameters in `arguments` or `inputs`: values and defaults. */
export function parameterTexts(
  { value, path }: Placed<JsonObject>, list: 'arguments' | 'inputs',
): readonly { readonly text: string; readonly path: string }[] {
  const parameters = field(memberOr(value, list), 'parameters');
  if (!Array.isArray(parameters)) return [];
  return (parameters as readonly unknown[]).flatMap((one, index) => (isObject(one) ? ['value', 'default'] : []).flatMap((name) => {
    const text = anyText(isObject(one) ? field(one, name) : undefined);
    return text === undefined ? [] : [{ text, path: `${at(path, list)}.parameters[${index}].${name}` }];
  }));
}

function memberOr(holder: JsonObject, name: string): JsonObject {
  const value = field(holder, name);
  return isObject(value) ? value : {};
}
