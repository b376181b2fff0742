/** A policy file becomes values that still know where in the file they were written. */
import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Parser } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import type { PolicyProblem, SourcePosition } from '../../domain/policy/policy.ts';
import { keysAbove, mistakeInWords } from '../../text/yaml/mistakes.ts';
import { checkTree, MAX_DEPTH } from './document-tree.ts';
import { readJsonText } from '../../text/json/read.ts';
import type { Path } from './problems.ts';
import { formatPath } from './problems.ts';
import { characterOffset } from './text-position.ts';
import type { Steps } from '../steps.ts';

/** Largest policy file, in UTF-16 code units. */
export const MAX_FILE = 16 * 1024 * 1024;

/** Duplicate keys are looked for in checkTree: the library compares each key with every other, which hostile files exploit. */
const YAML_OPTIONS = { uniqueKeys: false, version: '1.2', resolveKnownTags: false } as const;

/** One YAML document: its plain value, and where each part of it was written. Nothing is known of its meaning. */
export interface PolicyDocument {
  readonly file: string;
  readonly value: unknown;
  /** Place of a value, or of its key; for a part that is missing, the place of what should contain it. */
  position(path: Path, part?: 'key' | 'value'): SourcePosition;
  /** Place of one character of a text value. */
  positionIn(path: Path, offset: number): SourcePosition;
}

/** A document that came as a value, of which nobody asks for lines: every part of it stands at the first. */
export function documentOfValue(file: string, value: unknown): PolicyDocument {
  const first = { file, line: 1, column: 1 };
  return { file, value, position: () => first, positionIn: () => first };
}

/** A file as it was read: its text, or why there is none. */
export interface PolicyText {
  readonly path: string;
  readonly text: string;
  readonly problem?: string;
  /** The text is JSON of one object of the cluster: it is placed by paths, and has no lines that anybody could look up. */
  readonly resource?: true;
}

/** What reading one file brought: the readable documents, and the problems of the others. */
export interface ReadFile {
  readonly documents: readonly PolicyDocument[];
  readonly problems: readonly PolicyProblem[];
}

/**
 * Reads a file of YAML 1.2 documents (JSON is YAML), one a step. Never throws.
 *
 * Refused, each with its place: duplicate keys, keys that are not texts, the key `__proto__`, unknown tags, other
 * YAML versions, anchors that contain themselves, aliases that multiply beyond 100, nesting beyond 64 levels, files
 * beyond 16 MiB. Empty documents are skipped.
 */
export function* readDocumentSteps(file: PolicyText): Steps<ReadFile> {
  if (file.problem !== undefined) {
    const at = { file: file.path, ...(file.resource === true ? NOWHERE : { line: 1, column: 1 }) };
    return { documents: [], problems: [problem(at, '', file.problem)] };
  }
  if (file.text.length > MAX_FILE)
    return { documents: [], problems: [problemAt(file.path, `file is larger than ${MAX_FILE} characters; split it`)] };
  if (file.resource === true) {
    yield;
    return readResource(file);
  }
  const lines = new LineCounter();
  const documents: PolicyDocument[] = [];
  const problems: PolicyProblem[] = [];
  try {
    // As the library's parseAllDocuments does it, but one document after the other: tokens are read when they are needed.
    let from = 0;
    for (const document of compose(file.text, lines)) {
      if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw new RangeError('nested beyond the stack');
      const read = readOne(file, document, { lines, from });
      from = document.range[2];
      documents.push(...read.documents);
      problems.push(...read.problems);
      yield;
    }
  } catch (error) {
    const cause = error instanceof RangeError ? 'nested too deeply' : 'cannot be read as YAML';
    return { documents: [], problems: [problemAt(file.path, `file is ${cause}`)] };
  }
  return { documents, problems };
}

/** A resource is JSON and comes from a reader of JSON: nothing in it can be understood in two ways, and thousands are read in no time. */
function readResource({ path: file, text }: PolicyText): ReadFile {
  const read = readJsonText(text, { maxDepth: MAX_DEPTH });
  if (!read.ok) return { documents: [], problems: [problem({ file, ...NOWHERE }, '', `cannot be read as JSON (${read.fault.kind})`)] };
  const position = (): SourcePosition => ({ file, ...NOWHERE });
  return { documents: [{ file, value: read.value, position, positionIn: position }], problems: [] };
}

const NOWHERE = { line: 0, column: 0 } as const;

function compose(text: string, lines: LineCounter): Iterable<Document.Parsed> {
  return new Composer(YAML_OPTIONS).compose(new Parser(lines.addNewLine).parse(text)) as Iterable<Document.Parsed>;
}

/** Where a document stands in its file: from the end of the one before. */
interface Site {
  readonly lines: LineCounter;
  readonly from: number;
}

function readOne({ path: file, text }: Pick<PolicyText, 'path' | 'text'>, document: Document.Parsed, { lines, from }: Site): ReadFile {
  const place = (offset: number): SourcePosition => positionAt(file, lines, offset);
  const problems: PolicyProblem[] = [...document.errors, ...document.warnings].map((error) =>
    problem(place(error.pos[0]), formatPath(keysAbove(text, error.pos[0])), mistakeInWords(error)),
  );
  if (document.directives.yaml.explicit === true && document.directives.yaml.version !== '1.2')
    problems.push(
      problem(place(0), '', `document declares YAML ${document.directives.yaml.version}; only YAML 1.2 is read, remove the %YAML line`),
    );
  checkTree(document.contents, (node, path, message) => problems.push(problem(place(startOf(node)), formatPath(path), message)));
  if (problems.length > 0) return { documents: [], problems };
  const value = plainValue(document);
  if (!value.ok) return { documents: [], problems: [problem(place(startOf(document.contents)), '', value.message)] };
  if (value.value === null) return { documents: [], problems: [] };
  const parsed = againWhenAsked(text.slice(from, document.range[2]));
  const position = (path: Path, part?: 'key' | 'value'): SourcePosition => place(from + locate(parsed(), path, part));
  const positionIn = (path: Path, offset: number): SourcePosition => {
    const said: unknown = parsed().getIn(path);
    return place(characterOffset(text, from + locate(parsed(), path), typeof said === 'string' ? said : '', offset));
  };
  return { documents: [{ file, value: value.value, position, positionIn }], problems: [] };
}

/**
 * The document parsed once more, for the few that somebody asks for a place in: the trees of thousands of documents, kept
 * until all are compiled, would cost the garbage collector more than parsing them again costs.
 */
function againWhenAsked(text: string): () => Document.Parsed {
  let kept: WeakRef<Document.Parsed> | undefined;
  return () => {
    const known = kept?.deref();
    if (known !== undefined) return known;
    const [document = parseDocument(text, YAML_OPTIONS)] = compose(text, new LineCounter());
    kept = new WeakRef(document);
    return document;
  };
}

function plainValue(document: Document.Parsed): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) as unknown };
  } catch {
    return { ok: false, message: 'aliases multiply beyond the limit of 100; write the values out' };
  }
}

/** Walks down as far as the path exists and gives the offset of the deepest part found. */
function locate(document: Document.Parsed, path: Path, part: 'key' | 'value' = 'value'): number {
  let node: Node | null = document.contents;
  let offset = startOf(node);
  for (const [depth, step] of path.entries()) {
    const container: Node | null | undefined = isAlias(node) ? node.resolve(document) : node;
    const pair: Pair | undefined = isMap(container) ? findPair(container, String(step)) : undefined;
    const item: unknown = pair === undefined && isSeq(container) && typeof step === 'number' ? container.items[step] : pair?.value;
    if (pair === undefined && item === undefined) return offset;
    node = (item ?? null) as Node | null;
    const last = depth === path.length - 1;
    offset =
      pair !== undefined && ((last && part === 'key') || node === null || !last || isMap(node) || isSeq(node))
        ? startOf(pair.key as Node)
        : startOf(node);
  }
  return offset;
}

function findPair(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function startOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

function positionAt(file: string, lines: LineCounter, offset: number): SourcePosition {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(1, line), column: Math.max(1, col) };
}

function problem(at: SourcePosition, path: string, message: string): PolicyProblem {
  return { ...at, severity: 'error', path, message };
}

function problemAt(file: string, message: string): PolicyProblem {
  return problem({ file, line: 1, column: 1 }, '', message);
}
