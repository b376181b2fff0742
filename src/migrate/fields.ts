/** A foreign document read field by field: what nobody has read when it is done is reported, so that nothing is dropped in silence. */
import type { PolicyDocument } from '../policy/read/documents.ts';
import type { Path } from '../policy/read/problems.ts';
import { formatPath } from '../policy/read/problems.ts';
import { shownText } from '../text/shown.ts';
import type { Level, Remark } from './remark.ts';

/** Why something is remarked, and what helps. */
export interface Saying {
  readonly what: string;
  readonly why: string;
  readonly help: string;
}

/** One foreign document on its way: where remarks about it go. */
export interface Source {
  readonly document: PolicyDocument;
  remark(level: Level, path: Path, saying: Saying): void;
  /** `file:line` of a path, for comments. */
  place(path: Path): string;
  /** Everything that was opened, to be asked at the end for keys that nobody has read. */
  readonly opened: MapReader[];
}

/** A map of the source; reading a key is what makes it spoken about. */
export interface MapReader {
  readonly path: Path;
  readonly source: Source;
  readonly keys: readonly string[];
  has(key: string): boolean;
  at(key: string): Path;
  /** The value as it is. */
  raw(key: string): unknown;
  /** A text; a number or a boolean is none, and is refused. */
  text(key: string): string | undefined;
  flag(key: string): boolean | undefined;
  count(key: string): number | undefined;
  texts(key: string): readonly string[];
  map(key: string): MapReader | undefined;
  maps(key: string): readonly MapReader[];
  /** What these say has no effect on a verdict, here as there. */
  without(...keys: readonly string[]): void;
  /** Reports the key, when it is there, and counts it as spoken about; gives whether it is there. */
  tell(level: Level, key: string, saying: Saying): boolean;
  /** Keys that nobody has read. */
  unread(): readonly string[];
}

/** A document to be read, or what stands at `prefix` in it (an item of a list); remarks are collected in `remarks`. */
export function sourceOf(document: PolicyDocument, remarks: Remark[], prefix: Path = []): Source {
  const opened: MapReader[] = [];
  return {
    document,
    opened,
    remark(level, path, { what, why, help }) {
      const whole = [...prefix, ...path];
      const texts = { what: shownText(what, 400), why: shownText(why, 400), help: shownText(help, 400) };
      remarks.push({ ...document.position(whole), level, path: formatPath(whole), ...texts });
    },
    place(path) {
      const { file, line } = document.position([...prefix, ...path]);
      return `${file}:${line}`;
    },
  };
}

/** Opens a map; `undefined` for what is none, which is refused unless it is not there at all. */
export function openMap(source: Source, value: unknown, path: Path): MapReader | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return void refuse(source, path, 'a map');
  const reader = readerOf(source, value as Readonly<Record<string, unknown>>, path);
  source.opened.push(reader);
  return reader;
}

/** Refuses a value that is not of the type that its schema has. */
export function refuse(source: Source, path: Path, expected: string): void {
  source.remark('refused', path, { what: `expected ${expected}`, why: 'the schema of its kind has no other form', help: 'mend the file' });
}

function readerOf(source: Source, value: Readonly<Record<string, unknown>>, path: Path): MapReader {
  const read = new Set<string>();
  const raw = (key: string): unknown => {
    read.add(key);
    return Object.hasOwn(value, key) ? (value[key] ?? undefined) : undefined;
  };
  const typed = <T>(key: string, isIt: (found: unknown) => found is T, expected: string): T | undefined => {
    const found = raw(key);
    if (found === undefined || isIt(found)) return found;
    return void refuse(source, [...path, key], expected);
  };
  const items = (key: string): readonly unknown[] => typed(key, isList, 'a list') ?? [];
  return {
    path, source, raw,
    keys: Object.keys(value),
    has: (key) => Object.hasOwn(value, key) && value[key] !== null && value[key] !== undefined,
    at: (key) => [...path, key],
    text: (key) => typed(key, isText, 'a text'),
    flag: (key) => typed(key, isFlag, 'true or false'),
    count: (key) => typed(key, isCount, 'a whole number'),
    texts: (key) => items(key).flatMap((item, index) => (isText(item) ? [item] : (refuse(source, [...path, key, index], 'a text'), []))),
    map: (key) => openMap(source, raw(key), [...path, key]),
    maps: (key) => items(key).flatMap((item, index) => {
      const opened = openMap(source, item, [...path, key, index]);
      if (opened === undefined && (item === null || item === undefined)) refuse(source, [...path, key, index], 'a map');
      return opened === undefined ? [] : [opened];
    }),
    without: (...keys) => void keys.forEach((key) => read.add(key)),
    tell(level, key, saying) {
      if (raw(key) === undefined) return false;
      source.remark(level, [...path, key], saying);
      return true;
    },
    unread: () => Object.keys(value).filter((key) => !read.has(key) && value[key] !== null && value[key] !== undefined),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
