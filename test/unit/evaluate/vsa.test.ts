import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VsaRequirement } from '../../../src/domain/policy/build-requirement.ts';
import type { Finding } from '../../../src/domain/decision/finding.ts';
import { evaluate } from '../../../src/evaluate/index.ts';
import { hasLevel } from '../../../src/evaluate/vsa.ts';
import { namesArtifact } from '../../../src/evaluate/content/resource-uri.ts';
import { verificationSummary } from '../../world/statement.ts';
import { ARTIFACT, attestationProof, DIGEST, exact, HOUR, KEY_A, KEY_B, keyIdentity, NOW, question, signer } from './support.ts';

const VERIFIER = 'https://verifier.acme.example';
const verifier = signer('verifier', keyIdentity(KEY_A, { trustRoot: 'root' }));

function wants(more: Partial<VsaRequirement> = {}): VsaRequirement {
  return { kind: 'vsa', name: 'vouched', by: [verifier], threshold: 1, levels: ['SLSA_BUILD_LEVEL_3'], verifier: exact(VERIFIER), ...more };
}

const GOOD = verificationSummary({ at: NOW - HOUR, verifier: VERIFIER, resourceUri: 'oci://ghcr.io/acme/app:1' });

function judge(requirement: VsaRequirement, predicate: unknown = GOOD.predicate, keyId = KEY_A, predicateType = GOOD.predicateType): Finding {
  const statement = { type: 'https://in-toto.io/Statement/v1', predicateType, subjects: [], predicate };
  return evaluate(requirement, question([attestationProof({ kind: 'key', keyId, trustRoot: 'root' }, predicateType, { statement, times: [{ source: 'log', at: NOW, by: 'ab' }] })]));
}
const but = (change: object): object => ({ ...(GOOD.predicate as object), ...change });

describe('verification summaries', () => {
  test('a good one is accepted', () => {
    expect(judge(wants({ maxAge: 2 * HOUR, policy: { uri: exact('https://verifier.world.example/policy') } })).code).toBe('POLICY_SATISFIED');
  });

  test.each<[string, object, Partial<VsaRequirement>, string, string]>([
    ['another resource', but({ resourceUri: 'oci://ghcr.io/acme/other' }), {}, 'POLICY_VSA_SCOPE', 'predicate.resourceUri'],
    ['another digest of the resource', but({ resourceUri: `ghcr.io/acme/app@sha256:${'0'.repeat(64)}` }), {}, 'POLICY_VSA_SCOPE', 'predicate.resourceUri'],
    ['another verifier', but({ verifier: { id: 'https://other.example' } }), {}, 'POLICY_VSA_SCOPE', 'predicate.verifier.id'],
    ['FAILED', but({ verificationResult: 'FAILED' }), {}, 'POLICY_VSA_RESULT', 'predicate.verificationResult'],
    ['passed in other letters', but({ verificationResult: 'Passed' }), {}, 'POLICY_VSA_RESULT', 'predicate.verificationResult'],
    ['a year old', but({ timeVerified: '2025-11-01T00:00:00Z' }), { maxAge: 168 * HOUR }, 'POLICY_TOO_OLD', 'predicate.timeVerified'],
    ['from tomorrow', but({ timeVerified: '2026-11-02T00:00:00Z' }), {}, 'POLICY_PREDICATE', 'predicate.timeVerified'],
    ['a lower level', but({ verifiedLevels: ['SLSA_BUILD_LEVEL_2'] }), {}, 'POLICY_VSA_LEVEL', 'predicate.verifiedLevels'],
    ['no level', but({ verifiedLevels: [] }), {}, 'POLICY_VSA_LEVEL', 'predicate.verifiedLevels'],
    ['another policy digest', but({ policy: { digest: { sha256: 'b'.repeat(64) } } }), { policy: { digest: `sha256:${'a'.repeat(64)}` } }, 'POLICY_VSA_SCOPE', 'predicate.policy.digest'],
    ['another policy', but({ policy: { uri: 'https://p/2' } }), { policy: { uri: exact('https://p/1') } }, 'POLICY_VSA_SCOPE', 'predicate.policy.uri'],
    ['no policy', but({ policy: null }), { policy: { uri: exact('https://p/1') } }, 'POLICY_VSA_SCOPE', 'predicate.policy'],
    ['levels that are no list', but({ verifiedLevels: 'SLSA_BUILD_LEVEL_3' }), {}, 'POLICY_PREDICATE', 'predicate.verifiedLevels'],
    ['no verifier', but({ verifier: {} }), {}, 'POLICY_PREDICATE', 'predicate.verifier.id'],
  ])('A15 %s is denied with the field', (_, predicate, more, code, path) => {
    expect(judge(wants(more), predicate)).toMatchObject({ code, found: [expect.stringContaining(`(${path})`)] });
  });

  test('A15 the right content by another signer is nothing', () => {
    expect(judge(wants(), GOOD.predicate, KEY_B).code).toBe('VERIFY_SIGNER_UNTRUSTED');
  });

  test('v0.2 with its names in snake case is read', () => {
    const old = { verifier: { id: VERIFIER }, time_verified: '2026-10-31T23:00:00Z', resource_uri: 'ghcr.io/acme/app', policy: {}, verification_result: 'PASSED', policy_level: 'SLSA_BUILD_LEVEL_3' };
    const type = 'https://slsa.dev/verification_summary/v0.2';
    expect(judge(wants(), old, KEY_A, type).code).toBe('POLICY_SATISFIED');
    expect(judge(wants(), { ...old, verification_result: 'FAILED' }, KEY_A, type).code).toBe('POLICY_VSA_RESULT');
    expect(judge(wants(), old).code).toBe('POLICY_PREDICATE');
  });

  test.each([null, [], 'x', 42, {}])('A03 the predicate %j denies', (predicate) => {
    expect(judge(wants(), predicate).code).toBe('POLICY_PREDICATE');
  });

  test('a resource of the policy replaces the name of the artifact', () => {
    expect(judge(wants({ resource: exact('gce_image://x') }), but({ resourceUri: 'gce_image://x' })).code).toBe('POLICY_SATISFIED');
    expect(judge(wants({ resource: exact('gce_image://x') })).code).toBe('POLICY_VSA_SCOPE');
  });
});

describe('levels', () => {
  test.each<[readonly string[], string, boolean]>([
    [['SLSA_BUILD_LEVEL_3'], 'SLSA_BUILD_LEVEL_2', true],
    [['SLSA_BUILD_LEVEL_2'], 'SLSA_BUILD_LEVEL_3', false],
    [['SLSA_SOURCE_LEVEL_3'], 'SLSA_BUILD_LEVEL_2', false],
    [['SLSA_BUILD_LEVEL_UNEVALUATED'], 'SLSA_BUILD_LEVEL_0', false],
    [['SLSA_BUILD_LEVEL_33'], 'SLSA_BUILD_LEVEL_3', false],
    [['slsa_build_level_3'], 'SLSA_BUILD_LEVEL_3', false],
    [['SLSA_BUILD_REPRODUCED'], 'SLSA_BUILD_REPRODUCED', true],
    [['ACME_LEVEL_3'], 'ACME_LEVEL_2', false],
    [['SLSA_SOURCE_LEVEL_4'], 'SLSA_SOURCE_LEVEL_4', true],
  ])('%j holds %s: %s', (verified, wanted, holds) => {
    expect(hasLevel(verified, wanted)).toBe(holds);
  });
});

describe('resource URIs', () => {
  test.each([
    'ghcr.io/acme/app', 'oci://ghcr.io/acme/app', 'docker://ghcr.io/acme/app:1.2', 'https://ghcr.io/acme/app', `ghcr.io/acme/app@${DIGEST}`, `oci://ghcr.io/acme/app:1@${DIGEST}`,
    `pkg:oci/app@${DIGEST}?repository_url=ghcr.io/acme/app`, `pkg:oci/app@${DIGEST.replace(':', '%3A')}?arch=amd64&repository_url=ghcr.io%2Facme%2Fapp`,
  ])('%s is the artifact', (uri) => {
    expect(namesArtifact(uri, ARTIFACT)).toBe(true);
  });

  test.each([
    '', 'ghcr.io/acme/app2', 'ghcr.io/acme/app/x', 'evil.com/ghcr.io/acme/app', 'oci://oci://ghcr.io/acme/app', 'ghcr.io/acme/app:1/x', 'ghcr.io/acme/app:', 'ghcr.io/acme/app@', `ghcr.io/acme/app@sha256:${'0'.repeat(64)}`,
    'GHCR.io/acme/app', 'ghcr.io/acme/app?x=1', `pkg:oci/app@${DIGEST}`, `pkg:oci/other@${DIGEST}?repository_url=ghcr.io/acme/app`, 'pkg:oci/app?repository_url=ghcr.io/acme/app&repository_url=evil', 'pkg:oci/app?repository_url=evil.com/acme/app',
  ])('C02 %j is not', (uri) => {
    expect(namesArtifact(uri, ARTIFACT)).toBe(false);
  });

  test('nothing in front makes another text the artifact', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), (before) => {
      fc.pre(!['oci://', 'docker://', 'https://'].includes(before));
      expect(namesArtifact(`${before}ghcr.io/acme/app`, ARTIFACT)).toBe(false);
    }));
  });
});
