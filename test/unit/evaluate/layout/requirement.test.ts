import { describe, expect, test } from 'vitest';
import type { Artifact } from '../../../../src/domain/artifact/artifact.ts';
import type { LayoutProof, LayoutRequirement, SignedLayoutRequirement } from '../../../../src/domain/policy/layout-requirement.ts';
import type { Signer } from '../../../../src/domain/policy/requirement.ts';
import type { Condition, Examined } from '../../../../src/domain/policy/content-check.ts';
import { evaluate } from '../../../../src/evaluate/index.ts';
import type { Question } from '../../../../src/evaluate/index.ts';
import { makeRevocationBook } from '../../../../src/policy/compile/revocation-book.ts';
import { asDigest } from '../../../world/encode.ts';
import { attestationProof, keyIdentity, party, signer } from '../support.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const HEX = 'ab'.repeat(32);
const KEY = `sha256:${'cd'.repeat(32)}`;
const artifact: Artifact = { kind: 'image', usage: 'container', path: 'p', raw: 'ghcr.io/acme/app', name: 'ghcr.io/acme/app', digest: asDigest(`sha256:${HEX}`), resolvedFromTag: false };
const owner: Signer = { name: 'release', identities: [{ kind: 'key', keyId: KEY, transparencyLog: 'optional' }] };

const proof: LayoutProof = {
  layoutId: 'l', ok: true,
  chain: {
    source: 'x', owners: [{ name: 'release', keyId: KEY, party: party(KEY) }], validity: {},
    layout: { expires: NOW + 1, inspections: [], steps: [{ name: 'build', threshold: 1, expectedMaterials: [], expectedProducts: [], expectedCommand: [] }] },
    steps: new Map([['build', { notes: [], links: [{ source: 'l', functionary: party('f'), signer: 'key f', validity: {}, content: { kind: 'link', link: { name: 'build', materials: new Map(), products: new Map([['image', `sha256:${HEX}`]]), command: [] } } }] }]]),
  },
};
const broken: LayoutProof = { layoutId: 'l', ok: false, problem: { code: 'VERIFY_SIGNATURE_INVALID', found: 'nobody' } };

function judge(more: Partial<Question> = {}, signer: Signer = owner) {
  const requirement: SignedLayoutRequirement = { kind: 'layout', form: 'signed', name: 'chain', layoutId: 'l', owners: [signer], revocations: [], parameters: new Map(), dataOnlyInspections: [] };
  return evaluate(requirement, { artifact, policy: { name: 'p', mode: 'enforce' }, now: NOW, proofs: [], problems: [], layouts: [proof], ...more });
}

describe('a requirement with a signed layout', () => {
  test('holds for what its owners signed', () => expect(judge()).toMatchObject({ verdict: 'satisfied', code: 'POLICY_SATISFIED', found: ['step build: key f'] }));

  test.each<[string, Partial<Question>, Signer, string]>([
    ['the layout is not proven', { layouts: [broken] }, owner, 'POLICY_LAYOUT_UNPROVEN'],
    ['the owner is no longer trusted', {}, { ...owner, validity: { notAfter: NOW - 1 } }, 'POLICY_SIGNER_WINDOW'],
    ["the owner's key has ended", {}, { ...owner, identities: [{ kind: 'key', keyId: KEY, transparencyLog: 'optional', notAfter: NOW - 1 }] }, 'POLICY_KEY_WINDOW'],
    ["the owner's key is revoked", {}, { ...owner, revocations: [makeRevocationBook([{ what: { kind: 'key', keyId: KEY }, reason: 'lost', declaredBy: 'x', compromisedAt: NOW - 5 }])] }, 'POLICY_REVOKED'],
    ['the artifact is revoked', {}, { ...owner, revocations: [makeRevocationBook([{ what: { kind: 'digest', digest: artifact.digest }, reason: 'bad', declaredBy: 'x' }])] }, 'POLICY_REVOKED'],
    ['the owner may not certify the artifact', {}, { ...owner, mayCertify: [{ kind: 'image', source: 'x/**', test: () => false }] }, 'POLICY_SIGNER_OUT_OF_SCOPE'],
  ])('is violated when %s', (_, more, signer, code) => expect(judge(more, signer)).toMatchObject({ verdict: 'violated', code }));

  test('is undetermined when the layout was not looked at', () => expect(judge({ layouts: [] })).toMatchObject({ verdict: 'undetermined', code: 'ENGINE_FAULT' }));

  test('is undetermined, not violated, while a place could not be looked at', () => {
    const problems = [{ code: 'FETCH_TIMEOUT' as const, source: 'referrers' }];
    expect(judge({ layouts: [broken], problems })).toMatchObject({ verdict: 'undetermined', code: 'FETCH_TIMEOUT' });
    expect(judge({ problems })).toMatchObject({ verdict: 'satisfied' });
  });
});

describe('a requirement with steps that have conditions', () => {
  const TYPE = 'https://in-toto.io/attestation/test-result/v0.1';
  const by = signer('tester', keyIdentity(KEY));
  const where: readonly Condition[] = [{ expression: "predicate.result == 'PASSED'", message: 'tests failed', uses: { variables: [], attestations: [] } }];
  const steps: LayoutRequirement = { kind: 'layout', form: 'steps', name: 'chain', chained: true, sameRun: false, steps: [{ name: 'test', type: TYPE, by: [by], threshold: 1, where, id: 'w', expectedMaterials: [], expectedProducts: [] }] };
  const statement = { type: 'https://in-toto.io/Statement/v1', predicateType: TYPE, subjects: [{ digest: { sha256: HEX } }], predicate: { result: 'PASSED' } };
  const tested = attestationProof({ kind: 'key', keyId: KEY }, TYPE, { statement });
  const answers = (examine?: () => Examined | undefined) => evaluate(steps, { artifact, policy: { name: 'p', mode: 'enforce' }, now: NOW, proofs: [tested], problems: [], ...(examine === undefined ? {} : { examine }) });

  test('holds when they do', () => expect(answers(() => ({ ok: true, objections: [] }))).toMatchObject({ verdict: 'satisfied' }));
  test('is violated when they do not, in the words of the policy', () => {
    expect(answers(() => ({ ok: true, objections: [{ code: 'POLICY_CONDITION', expression: 0 }] }))).toMatchObject({ verdict: 'violated', code: 'POLICY_LAYOUT_STEP', found: ['step test: tests failed'] });
  });
  test.each<[string, (() => Examined | undefined) | undefined, string]>([
    ['nobody can examine them', undefined, 'ENGINE_DEADLINE'], ['they are not examined yet', () => undefined, 'ENGINE_DEADLINE'], ['the examiner is overloaded', () => ({ ok: false, code: 'ENGINE_OVERLOADED', cause: 'x' }), 'ENGINE_OVERLOADED'],
  ])('is undetermined when %s', (_, examine, code) => expect(answers(examine)).toMatchObject({ verdict: 'undetermined', code }));
});
