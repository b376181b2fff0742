/** Kubernetes objects from files: several documents each, lists taken apart, every one with the place where it stands. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import { readInputFile } from '../../../platform/input-file.ts';
import { comparePath } from '../../../text/path.ts';
import { field, isObject } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { PlacedProblems, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { isDockerfile } from './dockerfile/review.ts';
import type { PlacedDockerfile } from './dockerfile/review.ts';
import { withoutHelmReport } from './helm.ts';

/** An object, and where it was read; the line counts from 1. */
export interface PlacedObject {
  readonly file: string;
  readonly line: number;
  readonly object: JsonObject;
}

const MOST_OBJECTS = 10_000;
const MOST_ALIASES = 100;
const MANIFEST = /\.(?:ya?ml|json)$/;
const KUSTOMIZATION = /(?:^|[/\\])kustomization\.ya?ml$/;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** What was read, and what was passed over: kustomizations are instructions, and no objects of a cluster. */
export interface ReadObjects {
  readonly objects: readonly PlacedObject[];
  readonly dockerfiles: readonly PlacedDockerfile[];
  readonly notes: readonly string[];
}

/** Reads files, folders (all manifests below them, in the order of their names) and `-` for standard input. Throws {@link UsageError}. */
export async function readObjects(names: readonly string[], context: Pick<CliContext, 'stdin'>): Promise<ReadObjects> {
  const notes: string[] = [];
  const objects: PlacedObject[] = [];
  const dockerfiles: PlacedDockerfile[] = [];
  for (const name of names) {
    for (const file of await filesOf(name)) {
      if (file !== name && KUSTOMIZATION.test(file)) notes.push(`${file} is passed over: give what kustomize makes of it`);
      else if (isDockerfile(file)) {
        const dockerfile = await textOf(file, context);
        if (file === name || /^\s*FROM\s/im.test(dockerfile)) dockerfiles.push({ file, line: 1, dockerfile });
        else notes.push(`passed over: ${file}:1: expected a Dockerfile, found no FROM in it`);
      }
      else {
        const helm = withoutHelmReport(file, await textOf(file, context));
        notes.push(...helm.notes);
        const read = readText(file, helm.text);
        objects.push(...read.objects);
        // What is named is meant; folders also hold patches, values, and files of other tools.
        if (read.other !== undefined && file === name) throw new PlacedProblems(read.other);
        if (read.other !== undefined) notes.push(`passed over: ${read.other}`);
      }
    }
    if (objects.length > MOST_OBJECTS) throw new UsageError(`${name}: more than ${MOST_OBJECTS} objects; give fewer files at a time`);
  }
  if (objects.length + dockerfiles.length === 0) throw new UsageError(`${names.join(', ')}: no objects found`);
  return { objects, dockerfiles, notes };
}

/** True for the names of files that `-f` finds in a folder. */
export function isManifestName(name: string): boolean {
  return /\.ya?ml$/.test(name) || isDockerfile(name);
}

async function filesOf(name: string): Promise<readonly string[]> {
  if (name === '-') return [name];
  const about = await stat(name).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${name}: cannot be read (${cause.code ?? cause.message})`);
  });
  if (!about.isDirectory()) return [name];
  const entries = await readdir(name, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && (MANIFEST.test(entry.name) || isDockerfile(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted(comparePath);
}

async function textOf(file: string, context: Pick<CliContext, 'stdin'>): Promise<string> {
  const bytes = file === '-' ? await context.stdin() : await readInputFile(file).catch((cause: Error) => {
    throw new UsageError(cause.message);
  });
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new UsageError(`${file}: expected text in UTF-8, found bytes that are not`);
  }
}

/** The objects of a text, and the first thing in it that is none, with its place. */
function readText(file: string, text: string): { readonly objects: readonly PlacedObject[]; readonly other?: string } {
  const lines = new LineCounter();
  const documents = documentsIn(text, lines);
  const objects: PlacedObject[] = [];
  let other: string | undefined;
  for (const document of documents) {
    const { line } = lines.linePos(document.contents?.range?.[0] ?? document.range?.[0] ?? 0);
    const [problem] = document.errors;
    if (problem !== undefined) throw new PlacedProblems(`${file}:${lines.linePos(problem.pos[0]).line}: ${problem.message}`);
    for (const object of flatten(document.toJS({ maxAliasCount: MOST_ALIASES }))) {
      if (!isObject(object) || typeof field(object, 'kind') !== 'string' || typeof field(object, 'apiVersion') !== 'string')
        other ??= `${file}:${line}: expected an object with apiVersion and kind, found ${JSON.stringify(object)?.slice(0, 80)}`;
      else objects.push({ file, line, object });
    }
  }
  return other === undefined ? { objects } : { objects, other };
}

function documentsIn(text: string, lineCounter: LineCounter): readonly Document[] {
  const parse = (of: string, counter?: LineCounter): readonly Document[] => {
    const options = { merge: false, prettyErrors: false, uniqueKeys: true, ...(counter === undefined ? {} : { lineCounter: counter }) };
    const documents = parseAllDocuments(of, options);
    return Array.isArray(documents) ? documents : [];
  };
  const documents = parse(text, lineCounter);
  if (documents.every(({ errors }) => errors.length === 0)) return documents;
  // The YAML of Go, and so kubectl, takes a text in brackets that ends no further in than its key.
  const indented = parse(text.replaceAll(/^( *)(["'][\]}],?)$/gm, '$1  $2'));
  return indented.every(({ errors }) => errors.length === 0) ? indented : documents;
}

/** A `List` is its items, and so is one of a kind (`PodList`), whose items need not say what they are. */
function flatten(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  const kind = isObject(value) ? field(value, 'kind') : undefined;
  const items = isObject(value) ? field(value, 'items') : undefined;
  if (!isObject(value) || typeof kind !== 'string' || !kind.endsWith('List')) return [value];
  if (kind === 'List') return Array.isArray(items) ? items : [];
  if (!Array.isArray(items)) return [value];
  const like = { apiVersion: field(value, 'apiVersion'), kind: kind.slice(0, -'List'.length) };
  return (items as readonly unknown[]).map((item) => (isObject(item) ? { ...like, ...item } : item));
}
