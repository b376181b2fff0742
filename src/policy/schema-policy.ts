import { z } from 'zod';
import { USAGES } from '../domain/artifact.ts';
import type { Usage } from '../domain/artifact.ts';
import { parseDuration } from './duration.ts';
import { list, names, parsed, strict, unsupported, word } from './fields.ts';
import { artifactPattern, documentSchema, labelSelector } from './schema-common.ts';

const common = {
  by: names('signer'),
  threshold: z.int('expected a whole number').min(1, 'must be at least 1: a threshold of 0 would admit unsigned artifacts').optional(),
  maxAge: parsed(parseDuration).optional(),
};

const signature = strict({ ...common, bindRepository: z.boolean().optional() });
const attestation = strict({
  ...common,
  type: z.string().min(1, 'is empty; write the predicate type').max(1024, 'is longer than 1024 characters'),
  where: unsupported('where'),
});

const UNSUPPORTED = ['provenance', 'layout', 'reproducible', 'vsa', 'encryption', 'sbom'] as const;

/** Requirement types of the design that this version does not evaluate: each is an error, never ignored. */
const unsupportedTypes = {
  provenance: unsupported('requirement type provenance'),
  layout: unsupported('requirement type layout'),
  reproducible: unsupported('requirement type reproducible'),
  vsa: unsupported('requirement type vsa'),
  encryption: unsupported('requirement type encryption'),
  sbom: unsupported('requirement type sbom'),
};

/** One requirement as written: exactly one of the three types is present. */
export interface RequirementField {
  readonly name?: string | undefined;
  readonly signature?: z.output<typeof signature> | undefined;
  readonly attestation?: z.output<typeof attestation> | undefined;
  readonly anyOf?: readonly RequirementField[] | undefined;
}

const label = z
  .string()
  .min(1, 'is empty')
  .max(128, 'is longer than 128 characters')
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'contains control characters');

const requirement: z.ZodType<RequirementField> = z.lazy(() =>
  strict(
    { name: label.optional(), signature: signature.optional(), attestation: attestation.optional(), anyOf: list(requirement, 'alternative', 32).optional(), ...unsupportedTypes },
    { exactlyOne: [['signature', 'attestation', 'anyOf', ...UNSUPPORTED]] },
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
  strict({ ...spec, namespaces: z.undefined({ error: 'an ArtifactPolicy speaks about its own namespace only; remove namespaces, or use kind ClusterArtifactPolicy' }).optional() }),
  'namespaced',
);

export type PolicyDocumentValue = z.output<typeof clusterPolicySchema> | z.output<typeof namespacedPolicySchema>;
