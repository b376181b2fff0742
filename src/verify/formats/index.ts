/** The one table of evidence formats. */
import type { EvidenceFormat, UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import { verifyCosignDsse } from './cosign/cosign-dsse.ts';
import { verifyCosignSimple } from './cosign/cosign-simple.ts';
import { verifyDsse } from './dsse.ts';
import { late } from './late.ts';
import { linksAside } from './links-aside.ts';
import { registryWord } from './registry-word.ts';
import { verifySigstoreBundle } from './sigstore-bundle.ts';

/**
 * Verifies one piece of evidence of one format: its shape, its binding to the artifact, its signatures.
 * Expected failures are problems in the answer; what it throws, or rejects with, is a fault of ours. A format that
 * waits for its cryptography gives a promise; the next piece of the job waits as well.
 */
export type VerifyFormat = (evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools) => Proofs | Promise<Proofs>;

/** Who verifies each format. */
export type Formats = Readonly<Record<EvidenceFormat, VerifyFormat>>;

/** Every wire format of evidence and who verifies it: the one place to register another. What most images have is loaded at once. */
export const FORMATS: Formats = {
  'sigstore-bundle': verifySigstoreBundle,
  'cosign-simple': verifyCosignSimple,
  'cosign-dsse': linksAside(verifyCosignDsse),
  dsse: linksAside(verifyDsse),
  'gcloud-provenance': late(async () => (await import('./gcloud-provenance.ts')).verifyGcloudProvenance),
  'in-toto': linksAside(verifyDsse),
  'layout-links': late(async () => (await import('./layout-links.ts')).verifyLayoutLinks),
  'tekton-definition': late(async () => (await import('./tekton-definition.ts')).verifyTektonDefinition),
  'tekton-results': late(async () => (await import('./tekton-results.ts')).verifyTektonResults),
  'definition-bundle': late(async () => (await import('./definition-bundle.ts')).verifyDefinitionBundle),
  'notation-jws': late(async () => (await import('./notation.ts')).verifyNotationJws),
  'notation-cose': late(async () => (await import('./notation.ts')).verifyNotationCose),
  'npm-signature': late(async () => registryWord((await import('./npm-signature.ts')).verifyNpmSignature)),
  'go-checksum': late(async () => registryWord((await import('./go-checksum.ts')).verifyGoChecksum)),
  'pgp-signed': late(async () => (await import('./pgp-signed.ts')).verifyPgpSigned),
  'git-object': late(async () => (await import('../git/index.ts')).verifyObject),
};
