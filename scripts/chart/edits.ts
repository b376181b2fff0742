/** A manifest made a template: changes at places of its YAML, and every other letter of it, comments too, left as it is. */
import { isCollection, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, Pair } from 'yaml';

/** Keys and indices from the root of a document. */
export type Path = readonly (string | number)[];

/** A document of a manifest whose text is being changed. Every method throws when the place is not there. */
export interface Template {
  readonly kind: string;
  readonly name: string;
  /** True when there is something at the place. */
  has(path: Path): boolean;
  /** A scalar (or a collection on one line) becomes what an expression gives. */
  value(path: Path, expression: string): void;
  /** What stands under a key becomes what an expression gives, as YAML. */
  block(path: Path, expression: string): void;
  /** Lines below the entry at the place, indented as it is. */
  after(path: Path, ...lines: readonly string[]): void;
  /** Lines above it. */
  before(path: Path, ...lines: readonly string[]): void;
  /** The entry only under a condition; `otherwise` are lines in its place, indented as it is. */
  when(path: Path, condition: string, ...otherwise: readonly string[]): void;
  /** Takes the entry away. */
  drop(path: Path): void;
  /** The whole document only under a condition. */
  whole(condition: string): void;
  /** The whole with all changes. */
  text(): string;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** Of several at one offset the lower comes first. */
  readonly order: number;
}

/** The documents of a manifest, each with the comments above it. Throws on any YAML error. */
export function templatesOf(manifest: string): readonly Template[] {
  return manifest.split(/^---\n/m).map((text) => template(text));
}

function template(source: string): Template {
  if (source.includes('{{')) throw new Error('a manifest that holds {{ cannot become a template');
  const document = parseDocument(source, { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  const edits: Edit[] = [];
  const change = (from: number, to: number, text: string, order = 0): void => void edits.push({ from, to, text, order });
  const entry = (path: Path): Extent => extentOf(document, source, path);
  const read = (...path: Path): string => String(document.getIn(path) ?? '');
  return {
    kind: read('kind'),
    name: read('metadata', 'name'),
    has: (path) => document.hasIn(path),
    value(path, expression) {
      const node = document.getIn(path, true);
      if (!isScalar(node) && !(isCollection(node) && node.flow === true)) throw missing(path);
      if (!node.range) throw missing(path);
      change(node.range[0], node.range[1], `{{ ${expression} }}`);
    },
    block(path, expression) {
      const { keyEnd, end, indent } = entry(path);
      change(keyEnd, end, `\n${' '.repeat(indent + 2)}{{- toYaml ${expression} | nindent ${indent + 2} }}`);
    },
    after(path, ...lines) {
      const { end, indent } = entry(path);
      // Behind the condition of an entry that is the last inside: what is added does not hang on it.
      change(end, end, lines.map((line) => `\n${' '.repeat(indent)}${line}`).join(''), 2);
    },
    before(path, ...lines) {
      const { start, indent } = entry(path);
      change(start, start, lines.map((line) => `${' '.repeat(indent)}${line}\n`).join(''));
    },
    when(path, condition, ...otherwise) {
      const { start, end, indent } = entry(path);
      const pad = ' '.repeat(indent);
      change(start, start, `${pad}{{- if ${condition} }}\n`, -1);
      const other = otherwise.length === 0 ? [] : ['{{- else }}', ...otherwise];
      change(end, end, [...other, '{{- end }}'].map((line) => `\n${pad}${line}`).join(''), 1);
    },
    drop(path) {
      const { start, end } = entry(path);
      change(start, end + 1, '');
    },
    whole(condition) {
      const { start } = entry(['apiVersion']);
      change(start, start, `{{- if ${condition} }}\n`, -2);
      change(source.trimEnd().length, source.trimEnd().length, '\n{{- end }}', 3);
    },
    text() {
      const sorted = edits.toSorted((a, b) => a.from - b.from || a.order - b.order);
      let [made, at] = ['', 0];
      for (const { from, to, text } of sorted) {
        if (from < at) throw new Error(`two changes at one place of ${read('kind')} ${read('metadata', 'name')}: ${text}`);
        made += source.slice(at, from) + text;
        at = to;
      }
      return made + source.slice(at);
    },
  };
}

interface Extent {
  /** Of the line on which the entry begins. */
  readonly start: number;
  /** Behind its last letter, before the line break. */
  readonly end: number;
  /** Behind the colon of its key; of an element of a list, its start. */
  readonly keyEnd: number;
  readonly indent: number;
}

/** Where an entry of a block stands; entries of flow collections have none. */
function extentOf(document: Document, source: string, path: Path): Extent {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const [at, node] = placeIn(parent, last, path);
  const start = source.lastIndexOf('\n', at - 1) + 1;
  const first = source.slice(start).search(/\S/);
  // An element begins at its dash.
  const lead = isSeq(parent) ? source.slice(start, at) : source.slice(start, start + first);
  if (!/^ *(?:- *)?$/.test(lead)) throw new Error(`${path.join('.')}: expected an entry on a line of its own, found ${lead}`);
  const range = (node ?? undefined)?.range;
  const until = range?.[1] ?? at;
  const end = start + source.slice(start, until).replace(/(?:\s+(?:#.*)?)+$/, '').length;
  return { start, end, keyEnd: isSeq(parent) ? start : source.indexOf(':', at + String(last).length) + 1, indent: first };
}

function placeIn(parent: unknown, last: string | number | undefined, path: Path): readonly [number, Node | null] {
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === last) as Pair<Node, Node | null> | undefined;
    if (pair?.key.range) return [pair.key.range[0], pair.value];
  } else if (isSeq(parent)) {
    const node = parent.items[Number(last)] as Node | undefined;
    if (node?.range) return [node.range[0], node];
  }
  throw missing(path);
}

function missing(path: Path): Error {
  return new Error(`nothing stands at ${path.join('.')}: the manifest has changed, and the chart with it has to`);
}
