import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseDigest } from '../../../../src/domain/artifact/digest.ts';
import type { SignedDefinition, TrustMaterial, UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import type { RawOutcome } from '../../../../src/verify/proof.ts';
import { runVerificationJob } from '../../../../src/verify/run.ts';
import { sharedData } from '../../../support/shared.ts';
import { keyBundle } from '../../../world/bundle.ts';
import { canonicalText, signForGatehouse, signForTekton } from '../../../world/definition.ts';
import { makeKey } from '../../../world/keys.ts';
import { makeStatement, slsaProvenanceV1 } from '../../../world/statement.ts';
import { createWorld } from '../../../world/world.ts';
import { NOW, RELEASE, trust, trustedKey, trustedRoot } from '../support.ts';

type Json = Record<string, unknown>;
const published = (name: string): Json => parse(readFileSync(sharedData(`tekton-signed/${name}`), 'utf8')) as Json;
const PUBLISHED = { keyId: '', ...{ pem: readFileSync(sharedData('tekton-signed/cosign.pub'), 'utf8') } };
const bytesOf = (object: unknown): Uint8Array => Buffer.from(JSON.stringify(object));
const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What becomes of the signature on an object, where the author's text may be another than what is admitted. */
async function judge(
  format: UnverifiedEvidence['format'], author: Json, material: TrustMaterial, more: { admitted?: Json; renamed?: boolean; bytes?: Uint8Array } = {},
): Promise<RawOutcome> {
  const annotation = format === 'tekton-definition' ? 'tekton.dev/signature' : 'gatehouse.dev/signature';
  const value = ((author['metadata'] as Json)['annotations'] as Record<string, string> | undefined)?.[annotation] ?? '';
  const bytes = more.bytes ?? (format === 'tekton-definition' ? Buffer.from(value) : Buffer.from(value, 'base64'));
  const definition: SignedDefinition = { text: bytesOf(author), ...(more.admitted === undefined ? {} : { admitted: bytesOf(more.admitted) }), ...(more.renamed === undefined ? {} : { renamed: more.renamed }) };
  const digest = parseDigest(`sha256:${hex(definition.admitted ?? definition.text)}`);
  if (digest === undefined) throw new Error('no digest');
  const [outcome] = await runVerificationJob({ artifact: { kind: 'definition', name: 'task', digest }, evidence: [{ format, source: annotation, bytes, digest: hex(bytes), definition }], trust: material, now: NOW });
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}

const code = (outcome: RawOutcome): string => (outcome.proofs.length > 0 ? 'proven' : outcome.problems.map((problem) => problem.code).join(' '));
const TASK: Json = {
  apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'build', labels: { 'gatehouse.dev/class': 'build' } },
  spec: { params: [{ name: 'p' }], steps: [{ name: 's', image: 'ghcr.io/acme/builder@sha256:' + 'a'.repeat(64), script: 'make <all> && test' }] },
};
const put = (object: Json, change: (copy: never) => void): Json => {
  const copy = structuredClone(object);
  change(copy as never);
  return copy;
};
const world = createWorld({ now: NOW });
const release = makeKey();
const stranger = makeKey();
const edwards = makeKey('ed25519');
const byKey = trust([trustedKey(release)]);

describe('signatures that tkn made', () => {
  const material = trust([PUBLISHED]);

  test.each([
    ['task-signed.yaml', 'b34f3cab98e308bd5aa60c250cd2a2a33b91146b09eb3c2bb69975adfd2151bd'],
    ['pipeline-signed.yaml', 'cfe0019cd29885d54fa30e60c39d0cc93ee21fa400a119b2c42fc5ebb97c211e'],
  ])('%s is proven, about the digest that was signed', async (name, digest) => {
    expect(await judge('tekton-definition', published(name), material)).toMatchObject({ problems: [], proofs: [{ kind: 'signature', format: 'tekton-definition', artifactDigest: `sha256:${digest}`, form: 'as it is', signer: { kind: 'key' } }] });
    expect(code(await judge('tekton-definition', published(name), byKey))).toBe('VERIFY_SIGNATURE_INVALID');
  });
});

describe('signatures over the hash of a hash', () => {
  test.each(['p256', 'p384', 'p521', 'rsa-2048', 'rsa-4096', 'ed25519'] as const)('by a key %s', async (type) => {
    const key = makeKey(type);
    const signed = signForTekton(TASK, key);
    expect(code(await judge('tekton-definition', signed, trust([trustedKey(key)])))).toBe('proven');
    expect(code(await judge('tekton-definition', put(signed, (it: { spec: { steps: { image: string }[] } }) => { it.spec.steps[0]!.image = 'evil'; }), trust([trustedKey(key)])))).toBe('VERIFY_SIGNATURE_INVALID');
  });

  test.each(['as it is', 'as it is, creationTimestamp null', 'with defaults', 'with defaults, creationTimestamp null', 'written as v1beta1, as it is', 'as v1beta1, with defaults, creationTimestamp null'])('in the form: %s', async (form) => {
    expect(await judge('tekton-definition', signForTekton(TASK, release, form), byKey)).toMatchObject({ proofs: [{ form }] });
  });

  test('one in a namespace that its author did not name, and the same where he named another', async () => {
    const inCi = (object: Json): Json => put(object, (it: { metadata: { namespace?: string } }) => { it.metadata.namespace = 'ci'; });
    expect(await judge('tekton-definition', inCi(signForTekton(TASK, release)), byKey)).toMatchObject({ proofs: [{ form: 'as it is, without namespace' }] });
    const elsewhere = put(TASK, (it: { metadata: { namespace?: string } }) => { it.metadata.namespace = 'dev'; });
    expect(code(await judge('tekton-definition', inCi(signForTekton(elsewhere, release)), byKey))).toBe('VERIFY_SIGNATURE_INVALID');
  });

  test.each<[string, Uint8Array, string]>([
    ['nothing', Buffer.from(''), 'POLICY_DEFINITION_UNSIGNED'],
    ['no base64', Buffer.from('MEUC*'), 'VERIFY_MALFORMED'],
    ['base64 of the URL-safe alphabet', Buffer.from('_-8='), 'VERIFY_MALFORMED'],
    ['another signature', Buffer.from('AAAA'), 'VERIFY_SIGNATURE_INVALID'],
  ])('an annotation that is %s', async (_, bytes, expected) => {
    expect(code(await judge('tekton-definition', TASK, byKey, { bytes }))).toBe(expected);
  });

  test('is not proven by certificates, and says so', async () => {
    expect(await judge('tekton-definition', signForTekton(TASK, release), trust([], [trustedRoot(world)]))).toMatchObject({ proofs: [], problems: [{ code: 'VERIFY_SIGNER_UNTRUSTED', expected: expect.stringContaining('gatehouse.dev/signature') }] });
  });

  test('each form costs attempts for each key, so that what is on a definition cannot keep a thread busy', async () => {
    const many = trust([...Array.from({ length: 40 }, () => trustedKey(makeKey('ed25519'))), trustedKey(release)]);
    expect(code(await judge('tekton-definition', signForTekton(TASK, release), many))).toBe('proven');
    expect(code(await judge('tekton-definition', signForTekton(TASK, stranger), many))).toBe('VERIFY_SIGNATURE_INVALID');
  });
});

describe('bundles over canonical JSON, for any kind', () => {
  const TEMPLATE: Json = { apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTemplate', metadata: { name: 'build' }, spec: { templates: [{ name: 'main', container: { image: 'a' } }] } };
  const keyless = trust([], [trustedRoot(world)]);

  test.each<[string, Json, TrustMaterial]>([
    ['a message signature by key', signForGatehouse(TEMPLATE, world, [{ key: release }]), byKey],
    ['one by an Ed25519 key', signForGatehouse(TEMPLATE, world, [{ key: edwards }]), trust([trustedKey(edwards)])],
    ['a keyless message signature', signForGatehouse(TEMPLATE, world, [{ identity: RELEASE }]), keyless],
    ['a statement by key', signForGatehouse(TEMPLATE, world, [{ key: release, as: 'statement' }]), byKey],
    ['a keyless statement', signForGatehouse(TASK, world, [{ identity: RELEASE, as: 'statement' }]), keyless],
    ['one over a task without its defaults', signForGatehouse(put(TASK, (it: { spec: { params: Json[] } }) => { it.spec.params[0]!['type'] = 'string'; }), world, [{ key: release }], 'canonical without defaults'), byKey],
  ])('%s', async (_, signed, material) => {
    expect(await judge('definition-bundle', signed, material)).toMatchObject({ problems: [], proofs: [{ kind: 'signature', format: 'definition-bundle', form: expect.stringMatching(/^canonical/) }] });
    const changed = put(signed, (it: { spec: { extra?: string } }) => { it.spec.extra = 'x'; });
    expect(code(await judge('definition-bundle', changed, material))).toBe('POLICY_DEFINITION_CHANGED');
  });

  test('an attestation about a definition is proven, and is no signature', async () => {
    const digest = parseDigest(`sha256:${hex(Buffer.from(canonicalText(TEMPLATE)))}`);
    const bytes = keyBundle(world, { key: release, statement: makeStatement(digest!, slsaProvenanceV1()) });
    expect((await judge('definition-bundle', TEMPLATE, byKey, { bytes })).proofs.map(({ kind }) => kind)).toEqual(['attestation']);
  });

  test('one by somebody else', async () => {
    expect(code(await judge('definition-bundle', signForGatehouse(TEMPLATE, world, [{ key: stranger }]), byKey))).toBe('VERIFY_SIGNER_UNTRUSTED');
  });
});

describe('what is admitted is not the text of its author', () => {
  const signed = signForTekton(TASK, release);
  const applied = put(signed, (it: { metadata: Json; spec: { params: Json[] } }) => {
    it.metadata['namespace'] = 'ci';
    it.metadata['uid'] = 'u';
    it.spec.params[0]!['type'] = 'string';
  });
  type Shape = { apiVersion: string; metadata: { name: string; namespace?: string; labels: Record<string, string>; annotations: Record<string, string> }; spec: { params: Json[]; steps: Json[] } };

  test('but means the same: proven', async () => {
    expect(code(await judge('tekton-definition', signed, byKey, { admitted: applied }))).toBe('proven');
    expect(code(await judge('tekton-definition', signForTekton(TASK, stranger), byKey, { admitted: applied }))).toMatch(/POLICY_DEFINITION_CHANGED|VERIFY_SIGNATURE_INVALID/);
  });

  test.each<[string, (it: Shape) => void]>([
    ['a label', (it) => { it.metadata.labels['gatehouse.dev/class'] = 'publish'; }],
    ['an annotation', (it) => { it.metadata.annotations['x'] = 'y'; }],
    ['the name', (it) => { it.metadata.name = 'other'; }],
    ['an image', (it) => { it.spec.steps[0]!['image'] = 'evil'; }],
    ['a step more', (it) => { it.spec.steps.push({ name: 't', image: 'a' }); }],
    ['the type of a parameter', (it) => { it.spec.params[0]!['type'] = 'array'; }],
    ['a field that nobody signs', (it) => { it.spec.steps[0]!['extra'] = 1; }],
  ])('and differs in %s', async (_, change) => {
    expect(code(await judge('tekton-definition', signed, byKey, { admitted: put(applied, change as never) }))).toBe('POLICY_DEFINITION_CHANGED');
  });

  test('in another namespace than its author named it is not his, and where he named none it is', async () => {
    const named = signForTekton(put(TASK, (it: Shape) => { it.metadata.namespace = 'dev'; }), release);
    const at = (namespace: string): Json => put(named, (it: Shape) => { it.metadata.namespace = namespace; });
    expect(code(await judge('tekton-definition', named, byKey, { admitted: at('ci') }))).toBe('POLICY_DEFINITION_CHANGED');
    expect(code(await judge('tekton-definition', named, byKey, { admitted: at('dev') }))).toBe('proven');
    // A resolved definition is put into the namespace of the run by its engine, under a random name.
    expect(code(await judge('tekton-definition', named, byKey, { admitted: put(at('ci'), (it: Shape) => { it.metadata.name = 'b1946ac9'; }), renamed: true }))).toBe('proven');
    expect(code(await judge('tekton-definition', named, byKey, { admitted: put(at('ci'), (it: Shape) => { it.spec.steps = []; }), renamed: true }))).toBe('POLICY_DEFINITION_CHANGED');
  });

  test('in the words of another version it means the same', async () => {
    const older = signForTekton({ ...TASK, apiVersion: 'tekton.dev/v1beta1' }, release);
    expect(code(await judge('tekton-definition', older, byKey, { admitted: put(older, (it: Shape) => { it.apiVersion = 'tekton.dev/v1'; }) }))).toBe('proven');
    expect(code(await judge('tekton-definition', older, byKey, { admitted: put(older, (it: Shape) => { it.apiVersion = 'tekton.dev/v1'; it.spec.steps[0]!['image'] = 'evil'; }) }))).toBe('POLICY_DEFINITION_CHANGED');
  });

  test('evidence for another artifact proves nothing', async () => {
    const bytes = Buffer.from('AAAA');
    const [outcome] = await runVerificationJob({ artifact: { kind: 'definition', name: 't', digest: parseDigest(`sha256:${'0'.repeat(64)}`)! }, evidence: [{ format: 'tekton-definition', source: 's', bytes, digest: hex(bytes), definition: { text: bytesOf(signed) } }], trust: byKey, now: NOW });
    expect(outcome?.problems.map((problem) => problem.code)).toEqual(['VERIFY_SUBJECT_MISMATCH']);
  });
});
