/** Predicates are read by their specified types; what is wrong is collected, never guessed at. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/** A claim of a statement, with the place where it stands. */
export interface Stated<T> {
  readonly value: T;
  /** `predicate.runDetails.builder.id` */
  readonly path: string;
}

/** Digests by algorithm as written: names are those of in-toto's DigestSet, values lower-case hexadecimal by convention. */
export type DigestSet = ReadonlyMap<string, string>;

/** A field of a predicate that has not the type its specification gives it. */
export interface ReadProblem {
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

/** An object of the predicate and where it stands. */
export type StatedObject = Stated<JsonObject>;

/** Problems that are kept; a predicate may have a million of them. */
const KEPT = 8;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;
const NOTHING: JsonObject = {};

/**
 * Reads fields by their specified types and collects what is wrong. Unset, `null` and empty are the same (SLSA parsing
 * rules); unknown fields are never looked at; a wrong type is a problem, never a guess.
 */
export interface PredicateReader {
  readonly problems: readonly ReadProblem[];
  object(parent: StatedObject, name: string): StatedObject;
  list(parent: StatedObject, name: string): readonly Stated<unknown>[];
  text(parent: StatedObject, name: string): Stated<string> | undefined;
  /** A text whose absence has a meaning of its own, and is read as empty. */
  textOrEmpty(parent: StatedObject, name: string): Stated<string>;
  /** A text that must be there. */
  needed(parent: StatedObject, name: string): Stated<string>;
  flag(parent: StatedObject, name: string): Stated<boolean> | undefined;
  /** An RFC 3339 time as epoch milliseconds. */
  time(parent: StatedObject, name: string): Stated<number> | undefined;
  digests(parent: StatedObject, name: string): DigestSet;
  /** An item of a list, as an object. */
  item(value: Stated<unknown>): StatedObject;
}

/** Makes a reader for one predicate. */
export function createReader(): PredicateReader {
  const problems: ReadProblem[] = [];
  const complain = (path: string, value: unknown, expected: string): void => {
    if (problems.length < KEPT) problems.push({ path, found: kindOf(value), expected });
  };
  const get = <T>(parent: StatedObject, name: string, read: (value: unknown) => T | undefined, expected: string): Stated<T> | undefined => {
    const value = field(parent.value, name);
    if (value === undefined || value === null || value === '') return undefined;
    const path = `${parent.path}.${name}`;
    const result = read(value);
    if (result === undefined) complain(path, value, expected);
    return result === undefined ? undefined : { value: result, path };
  };
  const reader: PredicateReader = {
    problems,
    object: (parent, name) => get(parent, name, asObject, 'an object') ?? { value: NOTHING, path: `${parent.path}.${name}` },
    list(parent, name) {
      const found = get(parent, name, asList, 'a list');
      return found === undefined ? [] : found.value.map((value, index) => ({ value, path: `${found.path}[${index}]` }));
    },
    text: (parent, name) => get(parent, name, asText, 'a text'),
    textOrEmpty: (parent, name) => reader.text(parent, name) ?? { value: '', path: `${parent.path}.${name}` },
    needed(parent, name) {
      const found = reader.text(parent, name);
      if (found !== undefined) return found;
      const path = `${parent.path}.${name}`;
      if (!problems.some((problem) => problem.path === path)) complain(path, undefined, 'a text');
      return { value: '', path };
    },
    flag: (parent, name) => get(parent, name, asFlag, 'true or false'),
    time: (parent, name) => get(parent, name, asTime, 'a time as in RFC 3339'),
    digests(parent, name) {
      const found = reader.object(parent, name);
      const entries = Object.entries(found.value).map(([algorithm, value]): [string, string] => {
        if (typeof value !== 'string') complain(`${found.path}.${algorithm}`, value, 'a text');
        return [algorithm, typeof value === 'string' ? value : ''];
      });
      return new Map(entries);
    },
    item(value) {
      if (isObject(value.value)) return { value: value.value, path: value.path };
      complain(value.path, value.value, 'an object');
      return { value: NOTHING, path: value.path };
    },
  };
  return reader;
}

const asObject = (value: unknown): JsonObject | undefined => (isObject(value) ? value : undefined);
const asList = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);
const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const asFlag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);

function asTime(value: unknown): number | undefined {
  const at = typeof value === 'string' && RFC3339.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `the text ${JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value)}`;
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${String(value)}`;
}
