/** JSON Schema of every kind of document, made of the schemas that read them: for editors, which know fields and words by it. */
import { z } from 'zod';
import type { Kind } from '../read/catalogue.ts';
import { pipelinePolicySchema } from '../pipeline/schema.ts';
import { exceptionSchema } from '../schema/exception.ts';
import { clusterPolicySchema, namespacedPolicySchema } from '../schema/policy.ts';
import { revocationListSchema } from '../schema/revocation.ts';
import { signerSchema } from '../schema/signer.ts';
import { trustRootSchema } from '../trust-root/schema.ts';
import { FIELD_TEXTS, KIND_TEXTS } from './texts.ts';

/** Where the schemas are published; `gatehouse.json` is all of them. */
export const SCHEMA_ADDRESS = 'https://gatehouse.dev/schema/';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** A kind without its schema does not compile. */
const OWN: Readonly<Record<Kind, z.ZodType>> = {
  Signer: signerSchema,
  ClusterArtifactPolicy: clusterPolicySchema,
  ArtifactPolicy: namespacedPolicySchema,
  TrustRoot: trustRootSchema,
  RevocationList: revocationListSchema,
  PipelinePolicy: pipelinePolicySchema,
  AdmissionException: exceptionSchema,
};

/** A JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A kind that another room reads. */
export interface OtherKind {
  readonly kind: string;
  readonly text: string;
  readonly schema: z.ZodType;
}

/** Schemas of all kinds, of this room and of others. */
export interface JsonSchemas {
  /** The kinds, in the order of messages. */
  readonly kinds: readonly string[];
  /** The schema of one kind (2020-12); `undefined` for one that there is not. What it refuses never compiles; what it lets pass may yet. */
  of(kind: string): JsonSchema | undefined;
  /** One schema for files that hold documents of any kind: the kind that is written chooses. */
  combined(): JsonSchema;
}

/** Makes the schemas of all kinds. */
export function jsonSchemas(others: readonly OtherKind[] = []): JsonSchemas {
  const own = Object.entries(OWN).map(([kind, schema]) => ({ kind, schema, text: KIND_TEXTS[kind as Kind] }));
  const all = new Map([...own, ...others].map((one) => [one.kind, one]));
  const kinds = [...all.keys()];
  return {
    kinds,
    of(kind) {
      const found = all.get(kind);
      return found && { $schema: DIALECT, $id: `${SCHEMA_ADDRESS}${kind}.json`, title: kind, description: found.text, ...bodyOf(found) };
    },
    combined() {
      const parts = [...all.values()].map((one) => ({ one, ...hoisted(one) }));
      return {
        $schema: DIALECT, $id: `${SCHEMA_ADDRESS}gatehouse.json`, title: 'Gatehouse', description: 'Documents of policies, of every kind.',
        type: 'object', required: ['apiVersion', 'kind', 'metadata', 'spec'], properties: { kind: { enum: kinds } },
        allOf: kinds.map((kind) => ({
          if: { required: ['kind'], properties: { kind: { const: kind } } }, then: { $ref: `#/$defs/${kind}` },
        })),
        $defs: Object.fromEntries(parts.flatMap(({ one, body, defs }) => [[one.kind, { description: one.text, ...body }], ...defs])),
      };
    },
  };
}

function bodyOf({ kind, schema }: OtherKind): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    target: 'draft-2020-12', io: 'input', unrepresentable: 'any', reused: 'inline',
    override({ zodSchema, jsonSchema }) {
      // Written by nobody: a field that a kind does not have, with a message of its own.
      if (zodSchema._zod.def.type === 'undefined') Object.assign(jsonSchema, { not: {} });
    },
  });
  const body = described(made, kind, kind) as { readonly properties: JsonSchema };
  return { ...body, properties: { ...body.properties, kind: { const: kind } } };
}

/** Definitions of one kind under names that no other kind has. */
function hoisted(one: OtherKind): { readonly body: JsonSchema; readonly defs: readonly (readonly [string, unknown])[] } {
  const { $defs = {}, ...body } = referring(bodyOf(one), one.kind) as JsonSchema & { readonly $defs?: JsonSchema };
  return { body, defs: Object.entries($defs).map(([name, schema]) => [`${one.kind}.${name}`, schema]) };
}

/** The schema with references to definitions under the names that they get. */
function referring(schema: unknown, kind: string): unknown {
  if (Array.isArray(schema)) return schema.map((one) => referring(one, kind));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) =>
    [key, key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', `#/$defs/${kind}.`) : referring(value, kind)]));
}

/** The schema with what each field says, by its name, or by the name of what it stands in and its own where the two differ. */
function described(schema: unknown, parent: string, kind: string): unknown {
  if (Array.isArray(schema)) return schema.map((one) => described(one, parent, kind));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => {
    if (key !== 'properties' || typeof value !== 'object' || value === null) return [key, described(value, parent, kind)];
    return [key, Object.fromEntries(Object.entries(value as JsonSchema).map(([name, part]) => {
      const keys = [...(parent === 'spec' ? [`${kind}.${name}`] : []), `${parent}.${name}`, name];
      const text = keys.map((one) => FIELD_TEXTS[one]).find((one) => one !== undefined);
      return [name, { ...(text === undefined ? {} : { description: text }), ...(described(part, name, kind) as object) }];
    }))];
  }));
}
