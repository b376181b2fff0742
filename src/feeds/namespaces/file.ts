/** Labels of namespaces from a file, where there is no API server to ask. */
import { createHash } from 'node:crypto';
import { LineCounter, parseAllDocuments } from 'yaml';
import type { Clock, NamespaceLabels } from '../../domain/ports.ts';
import { readInputText } from '../../platform/input-file.ts';
import type { Feed } from '../feed.ts';
import { createHeld, shown } from '../held.ts';
import { readNamespace } from './object.ts';
import type { Labels } from './object.ts';

/** Namespace labels from a file. */
export interface NamespaceFile extends NamespaceLabels, Feed<ReadonlyMap<string, Labels>> {}

/** Who is told, and by which clock the file ages. */
export interface NamespaceFileEvents {
  /** The file read again cannot be used, what was read before stays; must not throw. */
  readonly refused?: (cause: unknown) => void;
  readonly clock?: Clock;
}

/**
 * Reads namespace labels from a file of Namespace objects: several documents, a `List` or `NamespaceList`, or a YAML sequence.
 *
 * Stands in for the API server (`--namespaces FILE`). A namespace that is not in the file has unknown labels.
 * Throws, naming the place, when the file is not YAML or holds anything else. Read once, as all of the configuration; it is
 * read again only by `refresh`.
 */
export async function namespacesFromFile(path: string, told: NamespaceFileEvents = {}): Promise<NamespaceFile> {
  const held = createHeld<ReadonlyMap<string, Labels>>({ name: 'namespaces', ...told });
  const text = await readInputText(path);
  const first = parse(path, text);
  held.offer(hash(text), () => first);
  return {
    ...shown(held),
    current: () => held.current() ?? first,
    close: held.close,
    async refresh() {
      try {
        const next = await readInputText(path);
        held.offer(hash(next), () => parse(path, next));
      } catch (cause) {
        held.unreadable(cause);
      }
    },
    labels: (namespace) => Promise.resolve(held.current()?.get(namespace)),
  };
}

function parse(path: string, text: string): ReadonlyMap<string, Labels> {
  const known = new Map<string, Labels>();
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { merge: false, prettyErrors: false, lineCounter: lines });
  for (const document of Array.isArray(documents) ? documents : []) {
    const problem = document.errors[0];
    if (problem !== undefined) throw new Error(`${path}:${lines.linePos(problem.pos[0]).line}: ${problem.message}`);
    for (const object of flatten(document.toJS({ maxAliasCount: 16 }))) {
      const namespace = (object as { kind?: unknown } | null)?.kind === 'Namespace' ? readNamespace(object) : undefined;
      if (namespace === undefined)
        throw new Error(`${path}: expected objects of kind Namespace with metadata.name, found ${JSON.stringify(object)?.slice(0, 80)}`);
      if (known.has(namespace.name))
        throw new Error(`${path}: namespace ${namespace.name} is there twice, and nobody can say which labels count`);
      // The API server sets this label on every namespace, and lets nobody change it.
      known.set(namespace.name, { ...namespace.labels, 'kubernetes.io/metadata.name': namespace.name });
    }
  }
  return known;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function flatten(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value;
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  if (!Array.isArray(items)) return [value];
  // Items of a typed list do not say what they are.
  return kind === 'NamespaceList'
    ? items.map((item) => (typeof item === 'object' && item !== null ? { kind: 'Namespace', ...(item as object) } : (item as unknown)))
    : items;
}

/** Labels when there is neither an API server nor a file: not known. */
export const NO_NAMESPACES: NamespaceLabels = { labels: () => Promise.resolve(undefined) };
