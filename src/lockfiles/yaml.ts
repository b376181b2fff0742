/** A lock file in YAML: plain maps, lists and texts with their lines, and nothing that YAML offers beyond these. */
import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser } from 'yaml';
import type { Node } from 'yaml';
import { LockFault } from './entry.ts';

/** A map of the file: values by key, and the line of each key. Every scalar is the text that is written. */
export interface YamlMap {
  readonly values: ReadonlyMap<string, YamlValue>;
  readonly lines: ReadonlyMap<string, number>;
}
export type YamlValue = string | YamlMap | readonly YamlValue[];

const DEEPEST = 32;
/** Brackets that are open at once, counted without regard to quotes: what no package manager writes, before a parser recurses into it. */
const MOST_OPEN = 2_000;
/** Lines, brackets and commas: a parser keeps some kilobytes for each of them. What the largest lock files of all have is a tenth of it. */
const MOST_PARTS = 1_000_000;

/**
 * Reads one document whose root is a map. Throws {@link LockFault} for aliases, anchors, tags and a key twice: package managers write none
 * of them, and two readers may understand them differently.
 */
export function readYamlMap(text: string): YamlMap {
  requireShallow(text);
  const counter = new LineCounter();
  // Keys are compared below: the parser would compare each of them with all the others.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, merge: false, logLevel: 'silent' });
  // The first fault ends it: the parser would go on and collect all of them, which a file can have as many of as characters.
  // On the way out it tells what is thrown as a fault of its own, once a level: the first one is what counts.
  let fault: LockFault | undefined;
  Object.assign(composer, { onError: (source: FaultSource, _code: string, message: string): never => {
    throw (fault ??= new LockFault(counter.linePos(offsetOf(source)).line, `is no YAML: ${message.split('\n')[0] ?? ''}`));
  } });
  const documents = [...composer.compose(new Parser(counter.addNewLine).parse(text))];
  const line = (node: { readonly range?: readonly number[] | null | undefined }): number => counter.linePos(node.range?.[0] ?? 0).line;
  const [document, second] = documents;
  if (document === undefined || second !== undefined) throw new LockFault(1, 'expected one YAML document');
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined)
    throw new LockFault(counter.linePos(problem.pos[0]).line, `is no YAML: ${problem.message.split('\n')[0] ?? ''}`);
  const read = (node: Node, depth: number): YamlValue => {
    if (isAlias(node) || node.tag !== undefined || node.anchor !== undefined)
      throw new LockFault(line(node), 'expected no alias, anchor or tag');
    if (depth > DEEPEST) throw new LockFault(line(node), `expected at most ${DEEPEST} levels`);
    if (isScalar(node)) return String(node.source ?? node.value);
    if (isSeq(node)) return node.items.map((item) => read(item as Node, depth + 1));
    if (!isMap(node)) throw new LockFault(line(node), 'expected a map, a list or a text');
    const [values, lines] = [new Map<string, YamlValue>(), new Map<string, number>()];
    for (const { key, value } of node.items) {
      if (!isScalar(key) || key.tag !== undefined || key.anchor !== undefined)
        throw new LockFault(line(node), 'expected keys that are texts');
      const [name, at] = [String(key.source ?? key.value), line(key)];
      if (values.has(name) || name === '__proto__')
        throw new LockFault(at, `expected every key once and no __proto__, found ${JSON.stringify(name)}`);
      values.set(name, value === null ? '' : read(value as Node, depth + 1));
      lines.set(name, at);
    }
    return { values, lines };
  };
  const root = document.contents === null ? '' : read(document.contents as Node, 0);
  if (!isYamlMap(root)) throw new LockFault(1, 'expected a map');
  return root;
}

/** Where the parser says that a fault is. */
type FaultSource = number | readonly [number, ...number[]] | { readonly offset: number };

function offsetOf(source: FaultSource): number {
  return typeof source === 'number' ? source : 'offset' in source ? source.offset : source[0];
}

function requireShallow(text: string): void {
  let [open, line, parts] = [0, 1, 0];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x0a || unit === 0x2c || unit === 0x5b || unit === 0x7b) parts += 1;
    if (parts > MOST_PARTS) throw new LockFault(line, `expected at most ${MOST_PARTS} lines, brackets and commas`);
    if (unit === 0x0a) line += 1;
    else if (unit === 0x5b || unit === 0x7b) open += 1;
    else if (open > 0 && (unit === 0x5d || unit === 0x7d)) open -= 1;
    if (open > MOST_OPEN) throw new LockFault(line, `expected at most ${MOST_OPEN} open brackets`);
  }
  const indented = /^ {400}/m.exec(text);
  if (indented !== null) throw new LockFault(text.slice(0, indented.index).split('\n').length, 'expected lines that are less indented');
}

/** True for a map. */
export function isYamlMap(value: YamlValue | undefined): value is YamlMap {
  return value !== undefined && typeof value === 'object' && 'values' in value && 'lines' in value;
}

/** The map of a key; `undefined` when there is none, or something else. */
export function mapAt(map: YamlMap | undefined, key: string): YamlMap | undefined {
  const value = map?.values.get(key);
  return isYamlMap(value) ? value : undefined;
}

/** The text of a key; `undefined` when there is none, or something else. */
export function textAt(map: YamlMap | undefined, key: string): string | undefined {
  const value = map?.values.get(key);
  return typeof value === 'string' ? value : undefined;
}
