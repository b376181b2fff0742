import type { ProvenanceRequirement } from '../../../../src/domain/policy/build-requirement.ts';
import type { Statement, VerifiedEvidence } from '../../../../src/domain/evidence.ts';
import type { Finding } from '../../../../src/domain/decision/finding.ts';
import type { ProvenCertificate, ProvenSigner } from '../../../../src/domain/policy/identity.ts';
import type { TextMatcher } from '../../../../src/domain/policy/requirement.ts';
import { evaluate } from '../../../../src/evaluate/index.ts';
import { compileGlob } from '../../../../src/text/glob.ts';
import { slsaProvenanceV02, slsaProvenanceV1 } from '../../../world/statement.ts';
import type { Build, Predicate } from '../../../world/statement.ts';
import { attestationProof, certificate, exact, ISSUER, KEY_A, keyIdentity, keylessIdentity, question, signer } from '../support.ts';

export const SOURCE = 'https://github.com/acme/app';
export const REF = 'refs/tags/v1.0.0';
export const COMMIT = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
export const WORKFLOW = `${SOURCE}/.github/workflows/release.yml@${REF}`;
export const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.0.0';

export function glob(source: string): TextMatcher {
  const compiled = compileGlob(source);
  if (!compiled.ok) throw new Error(compiled.problem);
  return { kind: 'glob', source, test: compiled.value.test };
}

/** A certificate of GitHub Actions for a run of a workflow on a ref of a repository. */
export function workflowRun(subject: string, claims: Readonly<Record<string, string>> = {}): ProvenCertificate {
  return certificate({
    issuer: ISSUER,
    subject: { type: 'uri', value: subject },
    claims: { runnerEnvironment: 'github-hosted', sourceRepositoryURI: SOURCE, sourceRepositoryRef: REF, sourceRepositoryDigest: COMMIT, ...claims },
  });
}

export const byKey: ProvenSigner = { kind: 'key', keyId: KEY_A };

/** Signers of the policy: a key, and every workflow of GitHub. */
const BUILDER = signer('builder', keyIdentity(KEY_A), keylessIdentity({ subject: { ...exact('https://'), test: () => true } }));

export function wants(more: Partial<ProvenanceRequirement> = {}): ProvenanceRequirement {
  return { kind: 'provenance', name: 'built by us', by: [BUILDER], threshold: 1, ...more };
}

export function statement({ predicateType, predicate }: Predicate): Statement {
  return { type: 'https://in-toto.io/Statement/v1', predicateType, subjects: [], predicate };
}

/** Provenance of a version, as verified evidence. */
export function provenance(build: Build = {}, by: ProvenSigner = byKey, version: 'v0.2' | 'v1' = 'v1'): VerifiedEvidence {
  return attested(version === 'v1' ? slsaProvenanceV1(build) : slsaProvenanceV02(build), by);
}

export function attested(predicate: Predicate, by: ProvenSigner = byKey, more: Partial<VerifiedEvidence> = {}): VerifiedEvidence {
  return attestationProof(by, predicate.predicateType, { statement: statement(predicate), ...more });
}

export function judge(requirement: ProvenanceRequirement, ...proofs: readonly VerifiedEvidence[]): Finding {
  return evaluate(requirement, question(proofs));
}
