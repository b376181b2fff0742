import { LineCounter, parseAllDocuments } from 'yaml';
import type { NamespaceLabels } from '../../domain/ports.ts';
import { readInputText } from '../../platform/input-file.ts';
import { readNamespace } from './cluster.ts';

/**
 * Reads namespace labels from a file of Namespace objects: several documents, a `List` or `NamespaceList`, or a YAML sequence.
 *
 * Stands in for the API server (`--namespaces FILE`). A namespace that is not in the file has unknown labels.
 * Throws, naming the place, when the file is not YAML or holds anything else.
 */
export async function namespacesFromFile(path: string): Promise<NamespaceLabels> {
  const known = new Map<string, Readonly<Record<string, string>>>();
  const lines = new LineCounter();
  const documents = parseAllDocuments(await readInputText(path), { merge: false, prettyErrors: false, lineCounter: lines });
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
  return { labels: (namespace) => Promise.resolve(known.get(namespace)) };
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
