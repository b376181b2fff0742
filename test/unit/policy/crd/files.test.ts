/** `deploy/crds` is what the schemas give (`-u` writes it), and keeps the promises of ADR 0044 at every node. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { RESOURCE_KINDS } from '../../../../src/feeds/policies/sources/kinds.ts';
import { crdFiles, RESOURCES } from '../../../../src/policy/crd/index.ts';

const FOLDER = fileURLToPath(new URL('../../../../deploy/crds/', import.meta.url));
const FILES = crdFiles();

interface Node {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: Node;
  readonly required?: readonly string[];
}

interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly names: { readonly kind: keyof typeof RESOURCES; readonly shortNames: readonly string[]; readonly categories: readonly string[] };
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Node }; readonly additionalPrinterColumns: readonly { readonly name: string }[] }];
  };
}

const CRDS = FILES.filter(({ name }) => name !== 'kustomization.yaml').map(({ text }) => parse(text) as Crd);

/** Every node below a schema, with its path; `status` apart from what people write. */
function* nodes(node: Node, at: string): Generator<readonly [string, Node, parent?: Node]> {
  yield [at, node];
  for (const [name, part] of Object.entries(node.properties ?? {})) yield* nodes(part, `${at}.${name}`);
  if (node.items !== undefined) yield* nodes(node.items, `${at}[]`);
  if (node.additionalProperties !== undefined) yield* nodes(node.additionalProperties, `${at}{}`);
}

const ALL = CRDS.flatMap(({ spec }) => [...nodes(spec.versions[0].schema.openAPIV3Schema, spec.names.kind)]);
const those = (wrong: (node: Node, at: string) => boolean): string[] => ALL.filter(([at, node]) => wrong(node, at)).map(([at]) => at);
const KEEP = 'x-kubernetes-preserve-unknown-fields';

describe('deploy/crds', () => {
  test.each(FILES)('$name is what the schemas give', async ({ name, text }) => {
    await expect(text).toMatchFileSnapshot(join(FOLDER, name));
  });

  test('holds nothing else, and one definition for each kind', () => {
    expect(readdirSync(FOLDER).toSorted()).toEqual(FILES.map(({ name }) => name).toSorted());
    expect(CRDS.map(({ spec }) => spec.names.kind)).toEqual(Object.keys(RESOURCES));
  });
});

describe('at every node', () => {
  test('unknown fields are kept, but for metadata, which the API server reads itself, and maps, which have none', () => {
    expect(those((node, at) => node.type === 'object' && node[KEEP] !== true && node.additionalProperties === undefined && !/^[A-Za-z]+\.metadata$/.test(at))).toEqual([]);
    expect(those((node) => node.properties !== undefined && node[KEEP] !== true)).toEqual([]);
  });

  test('nothing is defaulted, and nothing is written that structural schemas have not', () => {
    const FOREIGN = ['default', '$ref', '$defs', 'const', 'not', 'anyOf', 'oneOf', 'propertyNames', 'uniqueItems'];
    expect(those((node) => FOREIGN.some((key) => key in node))).toEqual([]);
    expect(those((node) => typeof node.additionalProperties === 'boolean')).toEqual([]);
  });

  test('it is said what it is', () => {
    expect(those((node) => node.type === undefined && node[KEEP] !== true && node['x-kubernetes-int-or-string'] !== true)).toEqual([]);
    expect(those((node) => node.type === 'array' && node.items === undefined)).toEqual([]);
  });

  test('every field is described for kubectl explain', () => {
    expect(those((node, at) => /\.\w+$/.test(at) && !at.endsWith('.metadata') && typeof node['description'] !== 'string')).toEqual([]);
  });

  test('null is kept wherever a field may be left out, so that it is refused and not dropped', () => {
    const dropped = ALL.filter(([at]) => at.includes('.spec')).flatMap(([at, node]) => Object.entries(node.properties ?? {})
      .filter(([name, part]) => part['nullable'] !== true && node.required?.includes(name) !== true).map(([name]) => `${at}.${name}`));
    expect(dropped).toEqual([]);
  });
});

test('the server follows these kinds by these names', () => {
  const defined = Object.entries(RESOURCES).map(([kind, { plural, scope }]) => ({ kind, plural, namespaced: scope === 'Namespaced' }));
  expect(new Set(RESOURCE_KINDS)).toEqual(new Set(defined));
});

test('short names are nobody else\'s', () => {
  const short = CRDS.flatMap(({ spec }) => spec.names.shortNames);
  expect(new Set(short).size).toBe(7);
  // Kubernetes, Tekton, Argo, Karmada, Kyverno and cert-manager; the real API server's are asked by the cluster suite.
  const TAKEN = ['po', 'rs', 'rc', 'sa', 'svc', 'ns', 'no', 'cm', 'ep', 'ev', 'pv', 'pvc', 'sc', 'crd', 'cr', 'tr', 'pr', 'trs', 'prs', 'wf', 'cwf', 'pp', 'cpp', 'pol', 'cpol', 'cip', 'crp', 'polex'];
  expect(short.filter((name) => TAKEN.includes(name))).toEqual([]);
  expect(CRDS.map(({ spec }) => spec.names.categories)).toEqual(CRDS.map(() => ['gatehouse']));
});

test('kubectl get shows whether it is in force, why not, and its age', () => {
  for (const { spec } of CRDS) {
    const names = spec.versions[0].additionalPrinterColumns.map(({ name }) => name);
    expect(names[0]).toBe('Ready');
    expect(names.slice(-3)).toEqual(['Reason', 'Message', 'Age']);
  }
});
