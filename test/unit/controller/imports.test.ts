/** The process that answers requests never loads what the controller needs: neither the client library nor the controller itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { importGraph, importsOf } from '../../support/imports.ts';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));
const graph = importGraph(SRC, (_, { typesOnly }) => !typesOnly);

/** Every file that is loaded with this one, or may be later. */
function reached(from: string, also: (file: string) => boolean = () => true): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [from];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file) || !also(file)) continue;
    seen.add(file);
    open.push(...(graph.get(file) ?? []));
  }
  return seen;
}

const library = (file: string): readonly string[] => importsOf(readFileSync(join(SRC, file), 'utf8'))
  .filter(({ specifier, typesOnly }) => specifier === '@kubernetes/client-node' && !typesOnly).map(({ specifier }) => specifier);

test('the server reaches no file of the controller, by no import that there is', () => {
  const files = reached('main.ts');
  expect(files.size).toBeGreaterThan(300);
  expect([...files].filter((file) => file.startsWith('controller/') || file.startsWith('wiring/controller/'))).toEqual([]);
});

test('the client library is loaded for a kubeconfig and by the controller, at run time and never with a file', () => {
  const files = [...graph.keys()].filter((file) => library(file).length > 0).sort();
  expect(files).toEqual(['cluster/api.ts', 'controller/cluster/client.ts']);
  for (const file of files) expect(readFileSync(join(SRC, file), 'utf8')).not.toMatch(/^import (?!type).*client-node/m);
  expect(reached('wiring/controller/index.ts')).toContain('controller/cluster/client.ts');
});
