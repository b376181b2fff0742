/** Looking into an object of an engine: what is not of its type is a problem with a path, never "nothing there". */
import type { Finding } from '../../domain/decision/finding.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { unreadable } from '../finding.ts';

/** Where problems are noted, in the order in which they are found. */
export type Problems = Finding[];

/** Most problems that are told of one object; it is refused by the first. */
export const MOST_PROBLEMS = 100;

/** A value with its place. */
export interface Placed<T> {
  readonly value: T;
  /** JSON path. */
  readonly path: string;
}

/** Notes a problem, unless there are enough. */
export function note(problems: Problems, problem: Finding): void {
  if (problems.length < MOST_PROBLEMS) problems.push(problem);
}

/** Path of a member of what stands at `path`. */
export function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** An object member; `undefined` when absent or null, and noted when it is anything else. */
export function objectAt(object: JsonObject, name: string, path: string, problems: Problems): JsonObject | undefined {
  const value = field(object, name);
  if (value === undefined || value === null) return undefined;
  if (isObject(value)) return value;
  note(problems, unreadable(at(path, name), 'an object', value));
  return undefined;
}

/** Objects of a list member, each with its path; absent and null are the empty list. What is no list, or no object, is noted. */
export function objectsAt(object: JsonObject, name: string, path: string, problems: Problems): readonly Placed<JsonObject>[] {
  return objectsIn(field(object, name), at(path, name), problems);
}

/** As {@link objectsAt}, of a list that stands at `path` itself. */
export function objectsIn(list: unknown, path: string, problems: Problems): readonly Placed<JsonObject>[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) {
    note(problems, unreadable(path, 'a list', list));
    return [];
  }
  const found: Placed<JsonObject>[] = [];
  for (let index = 0; index < list.length; index += 1) {
    const value: unknown = list[index];
    if (isObject(value)) found.push({ value, path: `${path}[${index}]` });
    else if (problems.length < MOST_PROBLEMS) problems.push(unreadable(`${path}[${index}]`, 'an object', value));
  }
  return found;
}

/** A text member; absent and null are the empty text, and anything else is noted. */
export function textAt(object: JsonObject, name: string, path: string, problems: Problems): string {
  const value = field(object, name);
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  note(problems, unreadable(at(path, name), 'text', value));
  return '';
}

/** Texts of a list member; what is no text is left out, since nothing runs it. */
export function textsAt(object: JsonObject, name: string): readonly string[] {
  const value = field(object, name);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
