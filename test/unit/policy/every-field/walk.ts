import type { z } from 'zod';
import { pipelinePolicySchema } from '../../../../src/policy/pipeline/schema.ts';
import { clusterPolicySchema, namespacedPolicySchema } from '../../../../src/policy/schema/policy.ts';
import { exceptionSchema } from '../../../../src/policy/schema/exception.ts';
import { revocationListSchema } from '../../../../src/policy/schema/revocation.ts';
import { signerSchema } from '../../../../src/policy/schema/signer.ts';
import { trustRootSchema } from '../../../../src/policy/trust-root/schema.ts';

/** The schema of every kind of document; a kind that the compiler learns belongs here (the test compares with its list). */
export const SCHEMAS: Readonly<Record<string, z.core.$ZodType>> = {
  ClusterArtifactPolicy: clusterPolicySchema,
  ArtifactPolicy: namespacedPolicySchema,
  Signer: signerSchema,
  TrustRoot: trustRootSchema,
  RevocationList: revocationListSchema,
  PipelinePolicy: pipelinePolicySchema,
  AdmissionException: exceptionSchema,
};

/** What one schema is made of: its fields, whether it also takes something that has none (a text, anything), and the schemas in between. */
interface Shape {
  readonly fields: readonly (readonly [string, z.core.$ZodType])[];
  readonly plain: boolean;
  readonly through: readonly z.core.$ZodType[];
}

/**
 * Paths of all fields that a document can have and in which a value stands: `spec.require.sbom.where.cel`. Lists are
 * transparent, `*` is any key of a map. A field that holds only further fields is not named: those are. What contains
 * itself (`anyOf`) is named once, and not gone into again. Throws for a sort of schema that it does not know.
 */
export function fieldPaths(schema: z.core.$ZodType): readonly string[] {
  return [...new Set(below(schema, [], new Set()))];
}

function below(schema: z.core.$ZodType, path: readonly string[], above: ReadonlySet<z.core.$ZodType>): readonly string[] {
  const { fields, plain, through } = shapeOf(schema);
  if (through.some((one) => above.has(one))) return [path.join('.')];
  const inside = new Set([...above, ...through]);
  return [...(plain ? [path.join('.')] : []), ...fields.flatMap(([name, field]) => below(field, [...path, name], inside))];
}

function shapeOf(schema: z.core.$ZodType): Shape {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const past = (inner: z.core.$ZodType): Shape => {
    const shape = shapeOf(inner);
    return { ...shape, through: [schema, ...shape.through] };
  };
  switch (def.type) {
    case 'object':
      return { fields: Object.entries(def.shape), plain: false, through: [schema] };
    case 'record':
      return { fields: [['*', def.valueType]], plain: false, through: [schema] };
    case 'array':
      return past(def.element);
    case 'union': {
      const shapes = def.options.map(shapeOf);
      return {
        fields: shapes.flatMap(({ fields }) => fields),
        plain: shapes.some(({ plain }) => plain),
        through: [schema, ...shapes.flatMap(({ through }) => through)],
      };
    }
    case 'pipe':
      return past(def.in);
    case 'lazy':
      return past(def.getter());
    case 'optional':
      return past(def.innerType);
    case 'string':
    case 'number':
    case 'boolean':
    case 'literal':
    case 'unknown':
    case 'undefined':
      return { fields: [], plain: true, through: [] };
    default:
      throw new Error(`the walk over the schemas knows no ${def.type}; teach it what is below`);
  }
}
