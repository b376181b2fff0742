/** Every field of a PolicyTest has an effect: the same test with and without it is decided otherwise. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeKey } from '../../world/keys.ts';
import { ranCommandLine } from '../../support/command-line.ts';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import { actualOf } from '../../../src/rehearse/compare.ts';
import { decided, decidedAbout, folder, POLICY, policy, policyTest, ran, REAL_KEY, signer, SIGNER } from './support.ts';
import type { Json } from './support.ts';

const IMAGE = 'ghcr.io/acme/app:1';
const ADMIT = 'admit POLICY_SATISFIED';
const UNTRUSTED = 'deny VERIFY_SIGNER_UNTRUSTED';
const WHERE = { issuer: 'https://issuer.example', subject: 'release@acme.example' };
const KEYLESS = signer('release', [{ keyless: WHERE }]);
const asked = (more: Json = {}): Json => ({ name: 'a', image: IMAGE, expect: { decision: 'admit' }, ...more });
const signed = (more: Json = {}): Json => ({ by: 'release', signature: {}, ...more });
const keyless = (more: Json = {}): Json => ({ by: { keyless: { ...WHERE, ...more } }, signature: {} });
const under = (...policies: Json[]): Json => ({ policies });
const needs = (require: Json): Json => under(SIGNER, policy([{ name: 'it', ...require }]));

describe('evidence', () => {
  test.each<[string, Json[], string, Json?]>([
    ['none', [], 'deny FETCH_NONE_FOUND'],
    ['by the Signer', [signed()], ADMIT],
    ['by a key that no Signer has', [signed({ by: { key: 'mine' } })], UNTRUSTED],
    ['by an identity under a policy that trusts a key', [keyless()], UNTRUSTED],
    ['by the Signer, keyless', [signed()], ADMIT, under(KEYLESS, POLICY)],
    ['by that identity, written out', [keyless()], ADMIT, under(KEYLESS, POLICY)],
    ['by another subject', [keyless({ subject: 'mallory@acme.example' })], UNTRUSTED, under(KEYLESS, POLICY)],
    ['by another issuer', [keyless({ issuer: 'https://other.example' })], UNTRUSTED, under(KEYLESS, POLICY)],
    ['tampered', [signed({ broken: 'tampered' })], 'deny VERIFY_SIGNATURE_INVALID'],
    ['about another artifact', [signed({ broken: 'otherArtifact' })], 'deny VERIFY_SUBJECT_MISMATCH'],
    ['with another subject', [signed({ subject: { digest: { sha256: 'a'.repeat(64) } } })], 'deny VERIFY_SUBJECT_MISMATCH'],
    ['signature.annotations', [signed({ signature: { annotations: { env: 'prod' } } })], ADMIT, needs({ signature: { by: ['release'], annotations: { env: 'prod' } } })],
    ['other signature.annotations', [signed({ signature: { annotations: { env: 'test' } } })], 'deny POLICY_ANNOTATION', needs({ signature: { by: ['release'], annotations: { env: 'prod' } } })],
    ['another type of statement', [signed()], 'deny POLICY_TYPE_MISSING', needs({ sbom: { by: ['release'] } })],
    ['sbom', [{ by: 'release', sbom: { packages: ['zlib'] } }], ADMIT, needs({ sbom: { by: ['release'] } })],
    ['sbom.packages', [{ by: 'release', sbom: { packages: ['zlib'] } }], ADMIT, needs({ attestation: { by: ['release'], type: 'spdx', where: [{ cel: 'predicate.packages[0].name == "zlib"', message: 'm' }] } })],
    ['sbom.packages, others', [{ by: 'release', sbom: { packages: ['bash'] } }], 'deny POLICY_CONDITION', needs({ attestation: { by: ['release'], type: 'spdx', where: [{ cel: 'predicate.packages[0].name == "zlib"', message: 'm' }] } })],
    ['attestation', [{ by: 'release', attestation: { predicateType: 'https://acme.example/t', predicate: { ok: true } } }], ADMIT, needs({ attestation: { by: ['release'], type: 'https://acme.example/t', where: [{ cel: 'predicate.ok', message: 'm' }] } })],
    ['attestation that says no', [{ by: 'release', attestation: { predicateType: 'https://acme.example/t', predicate: { ok: false } } }], 'deny POLICY_CONDITION', needs({ attestation: { by: ['release'], type: 'https://acme.example/t', where: [{ cel: 'predicate.ok', message: 'm' }] } })],
    ['provenance.builder', [{ by: 'release', provenance: { builder: 'https://b.example' } }], ADMIT, needs({ provenance: { by: ['release'], builder: 'https://b.example' } })],
    ['provenance by another builder', [{ by: 'release', provenance: { builder: 'https://c.example' } }], 'deny POLICY_PROVENANCE_BUILDER', needs({ provenance: { by: ['release'], builder: 'https://b.example' } })],
    ['provenance.source', [{ by: 'release', provenance: { source: 'git+https://g.example/a@refs/tags/v1' } }], ADMIT, needs({ provenance: { by: ['release'], source: { uri: 'git+https://g.example/a' } } })],
    ['provenance of another source', [{ by: 'release', provenance: { source: 'git+https://g.example/b@refs/tags/v1' } }], 'deny POLICY_PROVENANCE_SOURCE', needs({ provenance: { by: ['release'], source: { uri: 'git+https://g.example/a' } } })],
    ['scan', [{ by: 'release', scan: { findings: ['LOW'] } }], ADMIT, needs({ vulnerability: { by: ['release'], deny: 'high', maxAge: '24h' } })],
    ['scan.findings', [{ by: 'release', scan: { findings: ['CRITICAL'] } }], 'deny POLICY_VULNERABLE', needs({ vulnerability: { by: ['release'], deny: 'high', maxAge: '24h' } })],
  ])('%s', async (_, evidence, expected, spec = {}) => {
    expect(await decidedAbout(evidence, spec)).toBe(expected);
  });

  const LOGGED = signer('release', [{ key: { data: REAL_KEY, transparencyLog: 'required', trustRoot: 'sigstore-public-good' } }]);
  test.each([
    ['v1', ADMIT], ['v2', ADMIT], ['none', 'deny POLICY_LOG_REQUIRED'],
  ])('log: %s', async (log, expected) => {
    expect(await decidedAbout([signed({ log })], under(LOGGED, POLICY))).toBe(expected);
  });

  test.each([
    ['2026-11-01T11:00:00Z', ADMIT], ['2026-10-01T11:00:00Z', 'deny POLICY_TOO_OLD'],
  ])('at: %s', async (at, expected) => {
    const policies = under(KEYLESS, policy([{ name: 'fresh', signature: { by: ['release'], maxAge: '24h' } }]));
    expect(await decidedAbout([signed({ at })], { ...policies, at: '2026-11-01T12:00:00Z' })).toBe(expected);
  });

  test('by.identity: a key that was withdrawn counts no more, its successor does', async () => {
    const next = makeKey().publicKeyPem;
    const rotated = signer('release', [{ key: { data: REAL_KEY } }, { key: { data: next } }], { revocations: [{ key: '', reason: 'lost' }] });
    const [{ keyId }] = [await import('node:crypto').then(({ createPublicKey, createHash }) =>
      ({ keyId: `sha256:${createHash('sha256').update(createPublicKey(REAL_KEY).export({ type: 'spki', format: 'der' })).digest('hex')}` }))];
    const policies = under({ ...rotated, spec: { ...(rotated['spec'] as Json), revocations: [{ key: keyId, reason: 'lost' }] } }, POLICY);
    expect(await decidedAbout([signed({ by: { signer: 'release', identity: 0 } })], policies)).toBe('deny POLICY_REVOKED');
    expect(await decidedAbout([signed({ by: { signer: 'release', identity: 1 } })], policies)).toBe(ADMIT);
    const list = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'RevocationList', metadata: { name: 'lost' }, spec: { revocations: [{ key: keyId, reason: 'lost' }] } };
    expect(await decidedAbout([signed()], under(list, SIGNER, POLICY))).toBe('deny POLICY_REVOKED');
  });

  test('by a Signer with patterns: texts that they match are made up', async () => {
    const globbed = signer('release', [{ keyless: { issuerRegExp: 'https://(?:a|b)\\.example', subjectGlob: 'https://g.example/*/w.yml@refs/tags/v*', claims: { runnerEnvironment: { glob: 'github-*' } } } }]);
    const plain = signer('release', [{ keyless: { issuer: WHERE.issuer, subjectRegExp: '^https://g\\.example/.+/w\\.yml@refs/tags/v[0-9]+$' } }]);
    expect(await decidedAbout([signed()], under(plain, POLICY))).toBe(ADMIT);
    const { code, stderr } = await ran([policyTest({ ...under(globbed, POLICY), artifacts: [{ image: IMAGE, evidence: [signed()] }], cases: [asked()] })]);
    expect([code, stderr]).toEqual([64, expect.stringMatching(/by: no example could be made .* of issuer: write \{keyless/)]);
  });

  test('claims: those of the certificate', async () => {
    const hosted = signer('release', [{ keyless: { ...WHERE, claims: { runnerEnvironment: 'github-hosted' } } }]);
    expect(await decidedAbout([keyless({ claims: { runnerEnvironment: 'github-hosted' } })], under(hosted, POLICY))).toBe(ADMIT);
    expect(await decidedAbout([keyless({ claims: { runnerEnvironment: 'self-hosted' } })], under(hosted, POLICY))).toBe(UNTRUSTED);
  });

  test('trustRoot: evidence under another root proves nothing', async () => {
    const root = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'ours' }, spec: { sigstore: { publicGood: true } } };
    const named = signer('release', [{ keyless: { ...WHERE, trustRoot: 'ours' } }]);
    // Both are the public good one, by two names.
    expect(await decidedAbout([keyless({ trustRoot: 'ours' })], under(root, named, POLICY))).toBe(ADMIT);
    expect(await decidedAbout([keyless()], under(root, named, POLICY))).toBe(ADMIT);
    expect(await decidedAbout([keyless({ trustRoot: 'elsewhere' })], under(root, named, POLICY))).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
  });
});

describe('artifacts', () => {
  const digest = `sha256:${'d'.repeat(64)}`;
  test('one that is not listed is not there', async () => {
    expect(await decided({ cases: [asked()] })).toEqual(['deny FETCH_NOT_FOUND']);
  });

  test('digest: evidence is about it, and is found by it', async () => {
    const spec = { artifacts: [{ image: IMAGE, digest, evidence: [signed()] }], cases: [asked({ image: `ghcr.io/acme/app@${digest}` })] };
    expect(await decided(spec)).toEqual([ADMIT]);
    expect(await decided({ ...spec, artifacts: [{ image: IMAGE, evidence: [signed()] }] })).toEqual(['deny FETCH_NOT_FOUND']);
  });

  test.each([[true, ADMIT], [false, 'deny FETCH_NONE_FOUND']])('children: an index speaks for them where the policy says so (%s)', async (covers, expected) => {
    const policies = [SIGNER, policy([{ name: 'signed', signature: { by: ['release'] } }], { indexCoversChildren: covers })];
    const artifacts = [{ image: IMAGE, evidence: [signed()], children: [{ digest }] }];
    expect(await decided({ policies, artifacts, cases: [asked({ image: `${IMAGE}@${digest}` })] })).toEqual([expected]);
  });

  test('children[].evidence and layers: of the manifest itself', async () => {
    const artifacts = [{ image: IMAGE, children: [{ digest, evidence: [signed()], layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar' }] }] }];
    expect(await decided({ artifacts, cases: [asked({ image: `${IMAGE}@${digest}` })] })).toEqual([ADMIT]);
    const encrypted = policy([{ name: 'encrypted', encryption: { recipients: ['a'] } }]);
    expect(await decided({ policies: [SIGNER, encrypted], artifacts, cases: [asked({ image: `${IMAGE}@${digest}` })] })).toEqual(['deny POLICY_NOT_ENCRYPTED']);
  });

  test.each([
    ['package', 'pkg:npm/@acme/lib@1.2.0', 'pkg:npm/@acme/*', 'deny FETCH_NONE_FOUND'], ['blob', 'app.tgz', 'app.tgz', 'deny FETCH_NONE_FOUND'],
    ['git', 'https://g.example/acme/app', 'https://g.example/acme/*', 'undetermined FETCH_NOT_GIVEN'],
  ])('%s', async (kind, name, pattern, without) => {
    const policies = [SIGNER, policy([{ name: 'signed', signature: { by: ['release'] } }], { artifacts: [{ [kind]: pattern }] })];
    const cases = [{ name: 'a', [kind]: name, expect: { decision: 'admit' } }];
    expect(await decided({ policies, artifacts: [{ [kind]: name, evidence: [signed()] }], cases })).toEqual([ADMIT]);
    expect(await decided({ policies, artifacts: [{ [kind]: name }], cases })).toEqual([without]);
  });
});

describe('cases', () => {
  const artifacts = [{ image: IMAGE, evidence: [signed()] }, { image: 'ghcr.io/acme/app:2' }];
  const pod = (...images: string[]): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) } });
  const object = (it: Json, more: Json = {}): Json => ({ name: 'a', object: it, expect: { decision: 'admit' }, ...more });

  test('object: everything in it is judged', async () => {
    expect(await decided({ artifacts, cases: [object(pod(IMAGE)), object(pod(IMAGE, 'ghcr.io/acme/app:2'), { name: 'b' })] })).toEqual([ADMIT, 'deny FETCH_NONE_FOUND']);
  });

  test('file: the same from a file beside the test', async () => {
    const root = folder({ 't.yaml': [policyTest({ artifacts, cases: [{ name: 'a', file: 'pod.yml', expect: { decision: 'admit' } }] })], 'pod.yml': [pod(IMAGE)] });
    expect((await ranCommandLine('test', join(root, 't.yaml'))).code).toBe(0);
    expect((await ran([policyTest({ artifacts, cases: [{ name: 'a', file: 'none.yml', expect: { decision: 'admit' } }] })])).code).toBe(64);
  });

  test('namespace and namespaces: labels decide which policy speaks', async () => {
    const policies = [SIGNER, policy([{ name: 'signed', signature: { by: ['release'] } }], { namespaces: { matchLabels: { env: 'prod' } } })];
    const cases = [asked({ image: 'ghcr.io/acme/app:2', namespace: 'shop' }), asked({ name: 'b', image: 'ghcr.io/acme/app:2', namespace: 'play' })];
    expect(await decided({ policies, artifacts, namespaces: { shop: { env: 'prod' } }, unmatched: 'allow', cases })).toEqual(['deny FETCH_NONE_FOUND', 'admit SELECT_NO_POLICY']);
  });

  test.each([['deny', 'deny'], ['warn', 'warn'], ['allow', 'admit']])('unmatched: %s', async (unmatched, decision) => {
    expect(await decided({ unmatched, artifacts: [{ image: 'docker.io/library/a:1' }], cases: [asked({ image: 'docker.io/library/a:1' })] })).toEqual([`${decision} SELECT_NO_POLICY`]);
  });

  test('usedAs: a policy that speaks about other uses does not speak', async () => {
    const policies = [SIGNER, policy([{ name: 'signed', signature: { by: ['release'] } }], { usedAs: ['buildStep'] })];
    expect(await decided({ policies, artifacts, cases: [asked({ usedAs: 'buildStep' }), asked({ name: 'b' })] })).toEqual([ADMIT, 'deny SELECT_NO_POLICY']);
  });

  test('mode warn is a warning, mode audit an admission that tells its reason', async () => {
    const warn = (mode: string): Json => ({ unmatched: 'allow', policies: [SIGNER, policy([{ name: 'signed', signature: { by: ['release'] } }], { mode })], artifacts, cases: [asked({ image: 'ghcr.io/acme/app:2' })] });
    expect(await decided(warn('warn'))).toEqual(['warn FETCH_NONE_FOUND']);
    expect(await decided(warn('audit'))).toEqual(['admit FETCH_NONE_FOUND SELECT_NO_POLICY']);
  });

  test.each([['unsigned', 0], [['not admitted', 'FETCH_NONE_FOUND'], 0], ['something else', 1]])('expect.message: %j', async (message, code) => {
    const cases = [asked({ image: 'ghcr.io/acme/app:2', expect: { decision: 'deny', message } })];
    expect((await ran([policyTest({ artifacts, cases })])).code).toBe(code);
  });

  const FACTORY = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'factory' } };
  const task = (parameters: Json = {}): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't', namespace: 'ci' }, spec: { steps: [{ name: 's', image: `${IMAGE}@sha256:${'1'.repeat(64)}` }], ...parameters } });
  const run = { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'r', namespace: 'ci' }, spec: { taskRef: { name: 't' } } };
  const ofRun = (more: Json): Json => ({ policies: [signer('release', [{ key: { data: REAL_KEY } }], { mayCertify: [{ definition: '**' }] }), { ...FACTORY, spec: { definitions: { signedBy: ['release'] } } }], unmatched: 'allow', ...more });

  test.each([['undetermined', 0], ['deny', 1]])('expect.decision %s, where something could not be known: the task is not in the cluster', async (decision, code) => {
    const { stdout, code: ended } = await ran([policyTest(ofRun({ cases: [object(run, { expect: { decision } })] }))]);
    expect(ended, stdout).toBe(code);
  });

  test.each([['audit', 'undetermined'], ['warn', 'undetermined'], ['enforce', 'deny']])('beside what is violated in mode %s it is %s', (mode, decision) => {
    const open = { verdict: 'undetermined', mode: 'enforce', code: 'FETCH_TIMEOUT' };
    const decided = { outcome: 'deny', verdict: 'violated', findings: [open, { verdict: 'violated', mode, code: 'FETCH_NONE_FOUND' }] } as unknown as Decision;
    const reasons = decision === 'deny' ? ['FETCH_NONE_FOUND', 'FETCH_TIMEOUT'] : ['FETCH_TIMEOUT'];
    expect(actualOf(decided, '')).toEqual({ decision, reasons, message: '' });
  });

  test('cluster: the task is there, and unsigned', async () => {
    expect((await decided(ofRun({ cluster: [task()], cases: [object(run)] })))[0]).toMatch(/^deny /);
  });

  test('user and groups: who asks', async () => {
    const policies = [{ ...FACTORY, spec: { requesters: { groups: ['release-engineers'] } } }];
    const cases = [['bob', ['release-engineers']], ['bob', ['developers']]].map(([user, groups], index) => object({ ...run, spec: { taskSpec: task()['spec'] } }, { name: `${index}`, user, groups }));
    expect(await decided({ policies, unmatched: 'allow', cases })).toEqual([expect.stringMatching(/^admit/), 'deny POLICY_REQUESTER']);
    expect((await ran([policyTest({ policies, cases: [object(run, { groups: ['a'] })] })])).stderr).toContain('needs user');
  });
});
