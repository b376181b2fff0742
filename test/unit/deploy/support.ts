import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

/** The repository's root folder, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(ROOT + path, 'utf8');
}

/** Parsed YAML, walked without a schema: a missing step is `undefined`, never an exception. */
export class Node {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }

  /** The value at a path of keys and indices. */
  at(...path: readonly (string | number)[]): Node {
    let value = this.value;
    for (const step of path) value = typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined;
    return new Node(value);
  }

  /** The elements of a list; empty when there is none. */
  list(): readonly Node[] {
    return Array.isArray(this.value) ? this.value.map((entry) => new Node(entry)) : [];
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : '';
  }
}

/** Documents of a YAML file; throws on any YAML error. */
export function documentsOf(path: string): readonly Node[] {
  return parseAllDocuments(read(path), { uniqueKeys: true }).map((document) => {
    const [error] = 'errors' in document ? document.errors : [];
    if (error !== undefined) throw error;
    return new Node((document as { toJS(): unknown }).toJS());
  });
}

/** The only document of a kind (and name). */
export function only(documents: readonly Node[], kind: string, name?: string): Node {
  const found = documents.filter((document) => document.at('kind').value === kind && (name === undefined || document.at('metadata', 'name').value === name));
  if (found.length !== 1 || found[0] === undefined) throw new Error(`expected one ${kind} ${name ?? ''}, found ${found.length}`);
  return found[0];
}
