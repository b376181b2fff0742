/** Parameters and results as they are written, by name: a text, a list of texts, or an object of texts. */
import type { GivenParameter } from '../../../domain/build/build-request.ts';
import { isObject, own, ownText } from '../../../text/json/fields.ts';

/** A value as Tekton knows them; numbers and flags are the texts that it makes of them. */
export type InputValue = string | readonly string[] | Readonly<Record<string, string>>;

/** A value with its name and the JSON path where it stands; nothing of it is verified. */
export interface NamedValue {
  readonly name: string;
  readonly value: InputValue;
  readonly path: string;
}

/**
 * Reads `params` or `results` (`[{name, value}]`; of a definition's parameters `default`). What has no name or no value in sight is left
 * out; what cannot be read as a value is an object without members. Never throws.
 */
export function namedValues(list: unknown, path: string, member: 'value' | 'default' = 'value'): readonly NamedValue[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly unknown[]).flatMap((one, index): readonly NamedValue[] => {
    const [name, value] = [ownText(one, 'name'), own(one, member)];
    return name === undefined || value === undefined || value === null ? [] : [{ name, value: valueOf(value), path: `${path}[${index}]` }];
  });
}

function valueOf(value: unknown): InputValue {
  if (Array.isArray(value)) return (value as readonly unknown[]).map(textOf);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, textOf(one)]));
  return textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** A parameter as a request sets it. One that is a list of one text is the same as that text. */
export function givenValue({ name, values, members, path }: GivenParameter): NamedValue {
  if (members !== undefined) return { name, path, value: Object.fromEntries(members.map((one) => [one.name, one.values.join(',')])) };
  const [first, ...others] = values;
  return { name, path, value: first !== undefined && others.length === 0 ? first : values };
}

/**
 * What is given, and the defaults of what is not: names count as they are written, since the engine tells upper case from lower. Of an
 * object each member that is not given has its default.
 */
export function withDefaults(given: readonly NamedValue[], defaults: readonly NamedValue[]): readonly NamedValue[] {
  const byName = new Map(defaults.map((one) => [one.name, one.value]));
  const names = new Set(given.map(({ name }) => name));
  const filled = given.map((one): NamedValue => {
    const [value, usual] = [one.value, byName.get(one.name)];
    return isMembers(value) && isMembers(usual) ? { ...one, value: { ...usual, ...value } } : one;
  });
  return [...filled, ...defaults.filter(({ name }) => !names.has(name))];
}

function isMembers(value: InputValue | undefined): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && !Array.isArray(value);
}

/** The texts of a value, with those of an object's members. */
export function textsIn(value: InputValue): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? (value as readonly string[]) : Object.values(value as Readonly<Record<string, string>>);
}
