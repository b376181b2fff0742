/** CustomResourceDefinitions of all kinds, made of the schemas that read their documents; `deploy/crds` is what they give. */
import { stringify } from 'yaml';
import { jsonSchemas } from '../json-schema/index.ts';
import type { JsonSchema } from '../json-schema/index.ts';
import { KINDS } from '../read/catalogue.ts';
import type { Kind } from '../read/catalogue.ts';
import { columnsOf, GROUP, RESOURCES, VERSION } from './names.ts';
import { KEEP } from './schema.ts';
import type { Structural } from './schema.ts';
import { STATUS } from './status.ts';
import { structural } from './structural.ts';

export { GROUP, RESOURCES, VERSION } from './names.ts';
export type { ResourceNames } from './names.ts';

/** The definition of one kind, as the API server takes it. */
export function customResourceDefinition(kind: Kind): object {
  const { plural, short, scope } = RESOURCES[kind];
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GROUP}`,
      labels: { 'app.kubernetes.io/name': 'gatehouse', 'app.kubernetes.io/part-of': 'gatehouse', 'app.kubernetes.io/component': 'crds' },
    },
    spec: {
      group: GROUP, scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List`, shortNames: [short], categories: ['gatehouse'] },
      versions: [{
        name: VERSION, served: true, storage: true, subresources: { status: {} }, additionalPrinterColumns: columnsOf(kind),
        schema: { openAPIV3Schema: schemaOf(kind) },
      }],
    },
  };
}

interface KindSchema extends JsonSchema {
  readonly description: string;
  readonly properties: { readonly spec: JsonSchema };
  readonly $defs?: JsonSchema;
}

function schemaOf(kind: Kind): Structural {
  const { description, properties, $defs } = jsonSchemas().of(kind) as KindSchema;
  return {
    type: 'object', description, ...KEEP, required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: `The version of the policy API: ${GROUP}/${VERSION}.` },
      kind: { type: 'string', description: `${kind}.` },
      metadata: { type: 'object' },
      spec: structural({ ...properties.spec, $defs }, `${kind}.spec`),
      status: STATUS,
    },
  };
}

/** A file of `deploy/crds`. */
export interface CrdFile {
  readonly name: string;
  readonly text: string;
}

const HEAD = '# Made of the schemas in src/policy (npx vitest run test/unit/policy/crd/files.test.ts -u); not edited by hand.\n';

/** One file for each kind, and the kustomization that names them. */
export function crdFiles(): readonly CrdFile[] {
  const crds = KINDS.map((kind) => file(RESOURCES[kind].plural, customResourceDefinition(kind)));
  const resources = crds.map(({ name }) => name);
  return [...crds, file('kustomization', { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources })];
}

function file(name: string, content: object): CrdFile {
  return { name: `${name}.yaml`, text: HEAD + stringify(content, { compat: 'yaml-1.1', aliasDuplicateObjects: false, lineWidth: 130 }) };
}
