/** The one record of all kinds of requirement; whatever differs between kinds is asked of it. */
import type { WrittenKind } from '../../domain/policy/requirement.ts';
import { anyOfPart } from './any-of.ts';
import { attestationPart } from './attestation.ts';
import type { AttestationField } from './attestation.ts';
import { codeReviewPart } from './code-review.ts';
import type { CodeReviewField } from './code-review.ts';
import { encryptionPart } from './encryption.ts';
import type { EncryptionField } from './encryption.ts';
import type { RequirementPart } from './kind.ts';
import { layoutPart } from './layout/index.ts';
import type { LayoutField } from './layout/schema.ts';
import { provenancePart } from './provenance/index.ts';
import type { ProvenanceField } from './provenance/schema.ts';
import { registryPart } from './registry.ts';
import type { RegistryField } from './registry.ts';
import { reproduciblePart } from './reproducible.ts';
import type { ReproducibleField } from './reproducible.ts';
import { runtimeTracePart } from './runtime-trace.ts';
import type { RuntimeTraceField } from './runtime-trace.ts';
import { sbomPart } from './sbom.ts';
import type { SbomField } from './sbom.ts';
import { signaturePart } from './signature.ts';
import type { SignatureField } from './signature.ts';
import { sourcePart } from './source.ts';
import type { SourceField } from './source.ts';
import { testResultPart } from './test-result.ts';
import type { TestResultField } from './test-result.ts';
import { vsaPart } from './vsa.ts';
import type { VsaField } from './vsa.ts';
import { vulnerabilityPart } from './vulnerability.ts';
import type { VulnerabilityField } from './vulnerability.ts';

/** What a policy writes of each kind. */
interface WrittenRequirements {
  readonly signature: SignatureField;
  readonly attestation: AttestationField;
  readonly provenance: ProvenanceField;
  readonly vsa: VsaField;
  readonly reproducible: ReproducibleField;
  readonly sbom: SbomField;
  readonly vulnerability: VulnerabilityField;
  readonly testResult: TestResultField;
  readonly codeReview: CodeReviewField;
  readonly runtimeTrace: RuntimeTraceField;
  readonly encryption: EncryptionField;
  readonly registry: RegistryField;
  readonly source: SourceField;
  readonly layout: LayoutField;
  readonly anyOf: readonly RequirementField[];
}

/** What a policy writes of one kind; of several kinds, the union. */
export type WrittenOf<K extends WrittenKind> = WrittenRequirements[K];

type WrittenFields = { readonly [K in WrittenKind]?: WrittenOf<K> | undefined };

/** One requirement as written: exactly one of the kinds is present. */
export interface RequirementField extends WrittenFields {
  readonly name?: string | undefined;
}

/** The kinds of requirement, in the order in which messages name them: the one place to register another. */
export const KINDS: { readonly [K in WrittenKind]: RequirementPart<K, WrittenOf<K>, RequirementField> } = {
  signature: signaturePart,
  attestation: attestationPart,
  provenance: provenancePart,
  vsa: vsaPart,
  reproducible: reproduciblePart,
  sbom: sbomPart,
  vulnerability: vulnerabilityPart,
  testResult: testResultPart,
  codeReview: codeReviewPart,
  runtimeTrace: runtimeTracePart,
  encryption: encryptionPart,
  registry: registryPart,
  source: sourcePart,
  layout: layoutPart,
  anyOf: anyOfPart<RequirementField>(),
};

/** The keys of {@link KINDS}. */
export const WRITTEN_KINDS = Object.keys(KINDS) as readonly WrittenKind[];
