/** The one table of evidence formats. */
import type { EvidenceFormat, UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import { verifyCosignDsse } from './cosign/cosign-dsse.ts';
import { verifyCosignSimple } from './cosign/cosign-simple.ts';
import { verifyDefinitionBundle } from './definition-bundle.ts';
import { verifyDsse } from './dsse.ts';
import { verifyGcloudProvenance } from './gcloud-provenance.ts';
import { verifyNotationCose, verifyNotationJws } from './notation.ts';
import { verifyNpmSignature } from './npm-signature.ts';
import { verifyGoChecksum } from './go-checksum.ts';
import { verifyGitObject } from './git-object.ts';
import { linksAside, verifyLayoutLinks } from './layout-links.ts';
import { registryWord } from './registry-word.ts';
import { verifySigstoreBundle } from './sigstore-bundle.ts';
import { verifyTektonDefinition } from './tekton-definition.ts';
import { verifyTektonResults } from './tekton-results.ts';

/**
 * Verifies one piece of evidence of one format: its shape, its binding to the artifact, its signatures.
 * Expected failures are problems in the answer; what it throws, or rejects with, is a fault of ours. A format that
 * waits for its cryptography gives a promise; the next piece of the job waits as well.
 */
export type VerifyFormat = (evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools) => Proofs | Promise<Proofs>;

/** Who verifies each format. */
export type Formats = Readonly<Record<EvidenceFormat, VerifyFormat>>;

/** Every wire format of evidence and who verifies it: the one place to register another. */
export const FORMATS: Formats = {
  'sigstore-bundle': verifySigstoreBundle,
  'cosign-simple': verifyCosignSimple,
  'cosign-dsse': linksAside(verifyCosignDsse),
  dsse: linksAside(verifyDsse),
  'gcloud-provenance': verifyGcloudProvenance,
  'in-toto': linksAside(verifyDsse),
  'layout-links': verifyLayoutLinks,
  'tekton-definition': verifyTektonDefinition,
  'tekton-results': verifyTektonResults,
  'definition-bundle': verifyDefinitionBundle,
  'notation-jws': verifyNotationJws,
  'notation-cose': verifyNotationCose,
  'npm-signature': registryWord(verifyNpmSignature),
  'go-checksum': registryWord(verifyGoChecksum),
  'git-object': verifyGitObject,
};
