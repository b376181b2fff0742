import { z } from 'zod';
import { USAGES } from '../../domain/artifact/artifact.ts';
import type { Usage } from '../../domain/artifact/artifact.ts';
import { list, strict, word } from './fields.ts';
import { provenanceField, reproducibleField, vsaField } from './build.ts';
import type { ProvenanceField, ReproducibleField, VsaField } from './build.ts';
import { encryptionField, EXAMINED, examinedFields, whereField } from './examined.ts';
import type { EncryptionField, ExaminedFields } from './examined.ts';
import { layoutField } from './layout.ts';
import type { LayoutField } from './layout.ts';
import { artifactPattern, documentSchema, labelSelector, vouching } from './common.ts';

const signature = strict({ ...vouching, bindRepository: z.boolean().optional() });
const attestation = strict({
  ...vouching,
  type: z.string().min(1, 'is empty; write the predicate type').max(1024, 'is longer than 1024 characters'),
  where: whereField.optional(),
});

/** One requirement as written: exactly one of the types is present. */
export interface RequirementField extends ExaminedFields {
  readonly name?: string | undefined;
  readonly signature?: z.output<typeof signature> | undefined;
  readonly attestation?: z.output<typeof attestation> | undefined;
  readonly provenance?: ProvenanceField | undefined;
  readonly vsa?: VsaField | undefined;
  readonly reproducible?: ReproducibleField | undefined;
  readonly encryption?: EncryptionField | undefined;
  readonly layout?: LayoutField | undefined;
  readonly anyOf?: readonly RequirementField[] | undefined;
}

const label = z
  .string()
  .min(1, 'is empty')
  .max(128, 'is longer than 128 characters')
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'contains control characters');

const requirement: z.ZodType<RequirementField> = z.lazy(() =>
  strict(
    {
      name: label.optional(),
      signature: signature.optional(),
      attestation: attestation.optional(),
      provenance: provenanceField.optional(),
      vsa: vsaField.optional(),
      reproducible: reproducibleField.optional(),
      ...examinedFields,
      encryption: encryptionField.optional(),
      layout: layoutField.optional(),
      anyOf: list(requirement, 'alternative', 32).optional(),
    },
    { exactlyOne: [['signature', 'attestation', 'provenance', 'vsa', 'reproducible', ...EXAMINED, 'encryption', 'layout', 'anyOf']] },
  ),
);

const usage = word<Usage>(...USAGES);

const spec = {
  artifacts: list(artifactPattern, 'artifact pattern'),
  usedAs: list(usage, 'usage').optional(),
  mode: word('enforce', 'warn', 'audit').optional(),
  requireDigest: z.boolean().optional(),
  indexCoversChildren: z.boolean().optional(),
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
