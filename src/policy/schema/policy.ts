/** The two kinds of policy documents, whose requirements are made of the fields of all kinds. */
import { z } from 'zod';
import { USAGES } from '../../domain/artifact/artifact.ts';
import type { Usage } from '../../domain/artifact/artifact.ts';
import type { WrittenKind } from '../../domain/policy/requirement.ts';
import { KINDS, WRITTEN_KINDS } from '../kinds/index.ts';
import type { RequirementField, WrittenOf } from '../kinds/index.ts';
import { callersField } from './callers.ts';
import { list, strict, word } from './fields.ts';
import { artifactPattern, documentSchema, labelSelector } from './common.ts';

const label = z
  .string()
  .min(1, 'is empty')
  .max(128, 'is longer than 128 characters')
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'contains control characters');

type KindFields = { readonly [K in WrittenKind]: z.ZodOptional<z.ZodType<WrittenOf<K>>> };

function kindFields(alternative: z.ZodType<RequirementField>): KindFields {
  const fields = Object.entries(KINDS).map(([kind, part]) => [kind, z.optional(part.schema(alternative))]);
  // Entries lose which key had which schema; every kind is there with its own.
  return Object.fromEntries(fields) as KindFields;
}

const requirement: z.ZodType<RequirementField> = z.lazy(() =>
  strict({ name: label.optional(), ...kindFields(requirement) }, { exactlyOne: [WRITTEN_KINDS] }),
);

/** As what artifacts are used. */
export const usages = list(word<Usage>(...USAGES), 'usage');

const spec = {
  artifacts: list(artifactPattern, 'artifact pattern'),
  except: list(artifactPattern, 'artifact pattern').optional(),
  usedAs: usages.optional(),
  callers: callersField.optional(),
  mode: word('enforce', 'warn', 'audit').optional(),
  requireDigest: z.boolean().optional(),
  resolve: word('once', 'never').optional(),
  indexCoversChildren: z.boolean().optional(),
  everyPlatform: z.boolean().optional(),
  require: list(requirement, 'requirement', 100),
};

/** Document of kind ClusterArtifactPolicy. */
export const clusterPolicySchema = documentSchema(strict({ ...spec, namespaces: labelSelector.optional() }), 'cluster');

/** Document of kind ArtifactPolicy: speaks about its own namespace only, hence no selector. */
export const namespacedPolicySchema = documentSchema(
  strict({
    ...spec,
    namespaces: z
      .undefined({ error: 'an ArtifactPolicy speaks about its own namespace only; remove namespaces, or use kind ClusterArtifactPolicy' })
      .optional(),
  }),
  'namespaced',
);

export type PolicyDocumentValue = z.output<typeof clusterPolicySchema> | z.output<typeof namespacedPolicySchema>;
