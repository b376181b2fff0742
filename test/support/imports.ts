/** Which file of a folder imports which: read from the import lines, for tests about the shape of the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** One import of a file. */
export interface Import {
  /** As written: `./fold.ts`, `undici`. */
  readonly specifier: string;
  /** True when the whole line imports or exports types alone, which are gone at run time. */
  readonly typesOnly: boolean;
}

const IMPORT =
  /^\s*(?:import|export)(?<types>\s+type\b)?[^'";]*?\bfrom\s*['"](?<from>[^'"]+)['"]|^\s*import\s*['"](?<bare>[^'"]+)['"]|\bimport\(\s*['"](?<late>[^'"]+)['"]\s*\)/gm;

/** All imports in the text of a file, in order: static, for effect, and at run time. */
export function importsOf(text: string): readonly Import[] {
  return [...text.matchAll(IMPORT)].map(({ groups = {} }) => ({
    specifier: groups['from'] ?? groups['bare'] ?? groups['late'] ?? '',
    typesOnly: groups['types'] !== undefined,
  }));
}

/** The files that each file imports, by paths inside the folder. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Reads the graph of a folder of TypeScript files; `counts` leaves imports out. */
export function importGraph(folder: string, counts: (from: string, found: Import) => boolean = () => true): ImportGraph {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  return new Map(paths.map((path) => [path, importsOf(readFileSync(join(folder, path), 'utf8'))
    .filter((found) => found.specifier.startsWith('.') && counts(path, found))
    .map(({ specifier }) => posix.join(posix.dirname(path), specifier))]));
}

/**
 * The groups of files that import each other, directly or by way of others (the strongly connected components of more than
 * one file, and files that import themselves), each sorted.
 */
export function circles(graph: ImportGraph): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const number = order.size;
    let low = number;
    order.set(file, number);
    open.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!graph.has(next)) continue;
      const seen = order.get(next);
      if (seen === undefined) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, seen);
    }
    if (low === number) {
      const group = open.splice(open.indexOf(file)).sort();
      if (group.length > 1 || graph.get(file)?.includes(file) === true) found.push(group);
    }
    return low;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found.sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
}
