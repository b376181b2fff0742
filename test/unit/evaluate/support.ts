import type { ProvenParty } from '../../../src/domain/policy/layout.ts';
import type { Artifact } from '../../../src/domain/artifact/artifact.ts';
import { parseDigest, type Digest } from '../../../src/domain/artifact/digest.ts';
import type { EvidenceProblem, VerifiedEvidence } from '../../../src/domain/evidence.ts';
import type { ProvenCertificate, ProvenSigner } from '../../../src/domain/policy/identity.ts';
import type { AttestationRequirement, KeyIdentity, KeylessIdentity, SignatureRequirement, Signer, TextMatcher } from '../../../src/domain/policy/requirement.ts';
import type { Question } from '../../../src/evaluate/index.ts';

export const NOW = Date.parse('2026-11-01T00:00:00Z');
export const HOUR = 3_600_000;
export const DIGEST = parseDigest(`sha256:${'a1'.repeat(32)}`) as Digest;

export const ARTIFACT: Artifact = {
  kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: 'ghcr.io/acme/app:1', name: 'ghcr.io/acme/app', digest: DIGEST, resolvedFromTag: false,
};

/** A matcher that compares exactly. */
export function exact(source: string): TextMatcher {
  return { kind: 'exact', source, test: (value) => value === source };
}

export const KEY_A = `sha256:${'0a'.repeat(32)}`;
export const KEY_B = `sha256:${'0b'.repeat(32)}`;

export function keyIdentity(keyId: string, more: Partial<KeyIdentity> = {}): KeyIdentity {
  return { kind: 'key', keyId, transparencyLog: 'optional', ...more };
}

export const WORKFLOW = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1';
export const ISSUER = 'https://token.actions.githubusercontent.com';

export function keylessIdentity(more: Partial<KeylessIdentity> = {}): KeylessIdentity {
  return { kind: 'keyless', issuer: exact(ISSUER), subject: exact(WORKFLOW), claims: [], trustRoot: 'root', ...more };
}

export function certificate(more: Partial<ProvenCertificate> = {}): ProvenCertificate {
  return {
    kind: 'certificate', keyId: `sha256:${'cc'.repeat(32)}`, trustRoot: 'root', issuer: ISSUER, subject: { type: 'uri', value: WORKFLOW },
    claims: { runnerEnvironment: 'github-hosted' }, fingerprint: 'sha256:00', serial: '01', notBefore: NOW - HOUR, notAfter: NOW, ...more,
  };
}

/** Somebody who did a step of a layout, by a key of his own. */
export function party(key: string): ProvenParty {
  return { person: { key, name: key }, keys: [key], certificates: [] };
}

export function signer(name: string, ...identities: Signer['identities']): Signer {
  return { name, identities };
}

export function signatureBy(signers: readonly Signer[], more: Partial<SignatureRequirement> = {}): SignatureRequirement {
  return { kind: 'signature', name: 'signed', by: signers, threshold: 1, bindRepository: false, ...more };
}

export function attestationBy(signers: readonly Signer[], type: string, more: Partial<AttestationRequirement> = {}): AttestationRequirement {
  return { kind: 'attestation', name: 'attested', type, by: signers, threshold: 1, ...more };
}

/** Evidence as `verify/` would hand it over. Tests may forge the brand; the product cannot. */
export function proof(signedBy: ProvenSigner, more: Partial<VerifiedEvidence> = {}): VerifiedEvidence {
  return {
    kind: 'signature', format: 'sigstore-bundle', source: 'referrer 1', evidenceDigest: 'e1', artifactDigest: DIGEST, signer: signedBy, times: [], logEntries: [], ...more,
  } as unknown as VerifiedEvidence;
}

export function keyProof(keyId: string, more: Partial<VerifiedEvidence> = {}): VerifiedEvidence {
  return proof({ kind: 'key', keyId }, more);
}

export function attestationProof(signedBy: ProvenSigner, predicateType: string, more: Partial<VerifiedEvidence> = {}): VerifiedEvidence {
  return proof(signedBy, { kind: 'attestation', statement: { type: 'https://in-toto.io/Statement/v1', predicateType, subjects: [], predicate: {} }, ...more });
}

export function question(proofs: readonly VerifiedEvidence[], problems: readonly EvidenceProblem[] = []): Question {
  return { artifact: ARTIFACT, policy: { name: 'p', mode: 'enforce' }, now: NOW, proofs, problems };
}
