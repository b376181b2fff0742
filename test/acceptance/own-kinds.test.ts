// Resources of ours at admission: problems deny with their paths, advice and what is loosened are warnings, and exceptions take two persons. Over HTTPS.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asFile, document, ownReview, startGranting } from '../support/own.ts';
import type { Document, Granting } from '../support/own.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import type { ReviewOptions } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString();
const world = createWorld({ now: NOW });
const [alice, bob] = [world.key(), world.key()];

const ALICE = document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] });
const BOB = document('Signer', 'bob', { identities: [{ key: { data: bob.publicKeyPem } }] });
const POLICY = document('ClusterArtifactPolicy', 'acme-images', {
  artifacts: [{ image: 'ghcr.io/acme/**' }], mode: 'enforce', require: [{ name: 'signed', signature: { by: ['alice', 'bob'], threshold: 2 } }],
});
const OURS = document('ArtifactPolicy', 'ours', { artifacts: [{ image: 'ghcr.io/shop/**' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] }, 'shop');
const LIST = document('RevocationList', 'incidents', { revocations: [{ digest: `sha256:${'ab'.repeat(32)}`, reason: 'holds a key' }] });
const ROOT = document('TrustRoot', 'acme-sigstore', { sigstore: { publicGood: true } });
const PIPELINES = document('PipelinePolicy', 'factory', { requesters: { users: ['alice'] } });
const EXCEPTION = document('AdmissionException', 'night-42', {
  artifacts: [{ image: 'ghcr.io/acme/app' }], policies: [{ name: 'acme-images', requirement: 'signed' }], namespaces: ['shop'],
  reason: 'signer is down', requestedBy: 'carol', notBefore: iso(NOW - DAY), expiresAt: iso(NOW + DAY),
});
const changed = (one: Document, spec: object): Document => ({ ...one, spec: { ...one.spec, ...spec } });

let granting = undefined as unknown as Granting;
let server = undefined as unknown as TestServer;
const told = new Set<string>();
beforeAll(async () => {
  granting = await startGranting('carol clusterartifactpolicies /acme-images', 'dave clusterartifactpolicies /acme-images', 'dave artifactpolicies shop/ours', 'erin clusterartifactpolicies /acme-images');
  const { kubernetes } = granting;
  server = await startTestServer({ 'p.yaml': asFile(ALICE, BOB, POLICY, LIST, PIPELINES, { ...EXCEPTION, metadata: { name: 'of-a-file' }, spec: { ...EXCEPTION.spec, approvedBy: 'dave' } }), 'q.json': JSON.stringify(OURS) }, {
    kubernetes, administrators: ['security'], breakGlass: 'on-call', limits: { policiesPerNamespace: 3 },
  });
});
afterAll(async () => {
  await server?.close();
  await granting?.stop();
});

async function asked(one: Document, options: ReviewOptions = {}): Promise<AdmissionAnswer> {
  const answer = await server.validate(ownReview(one, { groups: ['security'], ...options }));
  for (const code of codes(answer)) told.add(code);
  for (const line of answer.warnings ?? []) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(256);
  return answer;
}
const update = (from: Document, to: Document, options: ReviewOptions = {}): Promise<AdmissionAnswer> => asked(to, { operation: 'UPDATE', oldObject: from, ...options });
/** Outcome, codes and texts in one. */
const said = ({ allowed, status, warnings = [], auditAnnotations }: AdmissionAnswer): string =>
  [allowed ? 'allowed' : `denied ${status?.code} ${status?.reason}`, auditAnnotations['reasons'], status?.message ?? '', ...warnings].join('\n');

describe('what is good is admitted, what is not is denied with every problem at its path', () => {
  test.each<[string, Document, object, readonly RegExp[]]>([
    ['Signer', document('Signer', 'carol', { identities: [{ key: { data: alice.publicKeyPem } }] }), { identities: [{ key: { data: 'no key' } }], mayCertify: [] }, [/spec\.identities\[0\]\.key\.data/, /spec\.mayCertify/]],
    ['ClusterArtifactPolicy', { ...POLICY, metadata: { name: 'other' } }, { mode: 'enforced', treshold: 2 }, [/spec\.mode/, /unknown field "treshold"/]],
    ['ArtifactPolicy', { ...OURS, metadata: { name: 'more', namespace: 'shop' } }, { require: [] }, [/spec\.require/]],
    ['TrustRoot', ROOT, { sigstore: {} }, [/spec\.sigstore/]],
    ['RevocationList', { ...LIST, metadata: { name: 'more' } }, { revocations: [{ digest: 'sha256:1', reason: 'x' }] }, [/spec\.revocations\[0\]\.digest/]],
    ['PipelinePolicy', { ...PIPELINES, metadata: { name: 'other' } }, { hygiene: 'loose' }, [/spec\.hygiene/]],
    ['AdmissionException', EXCEPTION, { expiresAt: iso(NOW + 90 * DAY), policies: [{ name: 'acme-image' }] }, [/spec\.expiresAt/]],
  ])('%s', async (_, good, wrong, problems) => {
    for (const dryRun of [false, true]) {
      const yes = await asked(good, { username: 'carol', dryRun });
      expect(yes.allowed, said(yes)).toBe(true);
      const no = await asked(changed(good, wrong), { username: 'carol', dryRun });
      expect([no.allowed, no.status?.code, no.status?.reason]).toEqual([false, 422, 'Invalid']);
      expect(codes(no)).toEqual(['INPUT_POLICY_INVALID']);
      for (const problem of problems) expect(no.status?.message).toMatch(problem);
    }
  });

  test('names are looked up in what is in force; what is missing may come yet', async () => {
    const answer = await asked(changed({ ...POLICY, metadata: { name: 'typo' } }, { require: [{ name: 'signed', signature: { by: ['alcie'] } }] }));
    expect(said(answer)).toMatch(/^allowed\nINPUT_POLICY_UNRESOLVED\n.*spec\.require\[0\]\.signature\.by\[0\]: no Signer is named "alcie".*did you mean "alice"/s);
  });
  test('a policy that an exception names has to be there', async () => {
    expect(said(await asked(changed(EXCEPTION, { policies: [{ name: 'acme-imagse' }] }), { username: 'carol' }))).toMatch(/^denied 422.*did you mean.*acme-images/s);
  });
  test('a name that a file has taken', async () => {
    expect(said(await asked({ ...POLICY }))).toMatch(/^denied 422.*ClusterArtifactPolicy acme-images is already defined in .*p\.yaml/s);
  });
  test('advice is a warning with its rule, and can be suppressed', async () => {
    const wide = changed({ ...POLICY, metadata: { name: 'wide' } }, { artifacts: [{ image: '**' }] });
    expect(said(await asked(wide))).toMatch(/^allowed\nINPUT_POLICY_ADVICE\n.*spec\.artifacts\[0\].*\(pattern-everything\) \[INPUT_POLICY_ADVICE\]/s);
    const annotations = { 'lint.gatehouse.dev/pattern-everything': 'meant so' };
    expect(said(await asked({ ...wide, metadata: { name: 'wide', annotations } }))).not.toContain('pattern-everything)');
  });
  test('an object that is not of its resource', async () => {
    const review = ownReview({ ...OURS, kind: 'ArtifactPolicy' }) as unknown as { request: { resource: { resource: string } } };
    review.request.resource.resource = 'signers';
    const answer = await server.validate({ ...review, request: { ...review.request, userInfo: { username: 'x', groups: ['security'] } } });
    expect(said(answer)).toMatch(/^denied.*INPUT_KIND_MISMATCH/s);
  });
  test('too large, and too many', async () => {
    expect(said(await asked(changed({ ...POLICY, metadata: { name: 'large' } }, { artifacts: Array.from({ length: 30_000 }, (_, n) => ({ image: `ghcr.io/acme/some-application-${n}` })) })))).toMatch(/^denied 422 Invalid\nINPUT_POLICY_TOO_LARGE/);
    const many = (name: string, namespace = 'shop', options: ReviewOptions = {}): Promise<AdmissionAnswer> => asked({ ...OURS, metadata: { name, namespace } }, options);
    // 'ours' stands in a file, 'more' was let in above.
    expect((await many('third', 'shop', { dryRun: true })).allowed).toBe(true);
    expect((await many('third')).allowed).toBe(true);
    expect(said(await many('fourth'))).toMatch(/^denied 403 Forbidden\nINPUT_POLICY_TOO_MANY.*may have 3 \(limits\.policiesPerNamespace\)/s);
    expect((await many('fourth', 'other')).allowed).toBe(true);
    expect((await many('third', 'shop', { operation: 'UPDATE', oldObject: OURS })).allowed).toBe(true);
  });
  test('labels, finalizers and the status say nothing to us', async () => {
    const broken = changed(POLICY, { mode: 'nonsense' });
    expect((await update(broken, { ...broken, metadata: { ...broken.metadata, labels: { a: 'b' }, finalizers: [] } })).allowed).toBe(true);
    expect((await update(broken, changed(broken, { mode: 'nonsens' }))).allowed).toBe(false);
    expect((await asked(broken, { operation: 'UPDATE', oldObject: POLICY, subResource: 'status' })).allowed).toBe(true);
  });
});

describe('what loosens is told, and not denied', () => {
  const own = { ...POLICY, metadata: { name: 'resource' } };
  test.each<[string, Document, object, RegExp]>([
    ['mode', own, { mode: 'warn' }, /resource: mode is warn/],
    ['patterns', own, { artifacts: [{ image: 'ghcr.io/acme/app' }] }, /no longer over ghcr\.io\/acme\/\*\*/],
    ['except', own, { except: [{ image: 'ghcr.io/acme/app' }] }, /speaks no longer about/],
    ['namespaces', own, { namespaces: { matchLabels: { env: 'prod' } } }, /resource: /],
    ['threshold', own, { require: [{ name: 'signed', signature: { by: ['alice', 'bob'], threshold: 1 } }] }, /"signed"/],
    ['more signers', changed(own, { require: [{ name: 'signed', signature: { by: ['alice'] } }] }), { require: [{ name: 'signed', signature: { by: ['alice', 'bob'] } }] }, /"signed"/],
    ['a revocation less', changed(LIST, { revocations: [...(LIST.spec['revocations'] as object[]), { digest: `sha256:${'cd'.repeat(32)}`, reason: 'x' }] }), { revocations: LIST.spec['revocations'] }, /RevocationList incidents/],
    ['pipelines', PIPELINES, { requesters: { users: ['alice', 'mallory'] } }, /factory/],
  ])('%s', async (_, from, spec, words) => {
    // As a resource of its own, that no file holds.
    const named = { ...from, metadata: { name: from === PIPELINES || from.kind === 'RevocationList' ? `${from.metadata.name}-2` : from.metadata.name } };
    const answer = await update(named, changed(named, spec));
    expect(said(answer)).toMatch(/^allowed/);
    expect(codes(answer)).toContain('INPUT_POLICY_LOOSENS');
    expect(said(answer).replaceAll('-2', '')).toMatch(words);
    // The other way round it is stricter.
    expect(codes(await update(changed(named, spec), named)), said(await update(changed(named, spec), named))).not.toContain('INPUT_POLICY_LOOSENS');
  });
  test('a deletion says what it lets through, and is not denied', async () => {
    const answer = await asked(own, { operation: 'DELETE', oldObject: own });
    expect(said(answer)).toMatch(/^allowed\nINPUT_POLICY_LOOSENS\n.*this loosens: resource: it is gone/s);
  });
  test('a deletion says what it breaks', async () => {
    const policy = await asked({ ...ALICE }, { operation: 'DELETE', oldObject: ALICE });
    // alice of the file stays, so nothing breaks; a signer of the cluster that policies rely on does.
    expect(policy.allowed).toBe(true);
    expect(codes(policy)).not.toContain('INPUT_POLICY_BREAKS');
  });
});

describe('administrators', () => {
  test('whoever is in none of the groups changes nothing of the whole cluster, and adds in their namespace', async () => {
    const other = { groups: ['system:authenticated', 'securit'] };
    for (const one of [ALICE, POLICY, ROOT, LIST, PIPELINES]) {
      const named = { ...one, metadata: { name: 'new' } };
      expect(said(await asked(named, other))).toMatch(/^denied 403 Forbidden\nINPUT_POLICY_ADMINISTRATOR\n.*groups security; in an emergency act as group on-call/s);
      expect(said(await asked(named, { ...other, operation: 'DELETE', oldObject: named }))).toMatch(/^denied 403/);
    }
    expect((await asked({ ...OURS, metadata: { name: 'x', namespace: 'elsewhere' } }, other)).allowed).toBe(true);
    expect((await asked(EXCEPTION, { ...other, username: 'carol' })).allowed).toBe(true);
  });
  test('whoever breaks the glass is heard: audit log, log and metric', async () => {
    const answer = await update(ROOT, changed(ROOT, { sigstore: { publicGood: true, require: { transparencyLog: 1 } } }), { groups: ['on-call'], username: 'olga' });
    expect(answer.allowed, said(answer)).toBe(true);
    expect(codes(answer)).toContain('INPUT_POLICY_BREAK_GLASS');
    expect(answer.auditAnnotations['break-glass']).toBe('olga broke the glass: UPDATE TrustRoot acme-sigstore');
    expect(server.log.find(({ msg }) => String(msg).includes('break glass: olga'))).toMatchObject({ level: 'error', user: 'olga' });
    expect((await server.ops('/metrics')).text).toMatch(/^gatehouse_break_glass_total 1$/m);
    expect((await asked(ROOT)).auditAnnotations).not.toHaveProperty('break-glass');
  });
});

describe('four eyes', () => {
  const approve = (by: string, options: ReviewOptions = {}, from = EXCEPTION): Promise<AdmissionAnswer> => update(from, changed(from, { approvedBy: by }), { username: by, ...options });
  test.each<[string, () => Promise<AdmissionAnswer>, string | undefined]>([
    ['requested by who creates it', () => asked(EXCEPTION, { username: 'carol' }), undefined],
    ['requested by somebody else', () => asked(EXCEPTION, { username: 'dave' }), 'INPUT_EXCEPTION_REQUESTER'],
    ['requested by nobody', () => asked(changed(EXCEPTION, { requestedBy: undefined, approvedBy: 'dave' }), { username: 'carol' }), 'INPUT_EXCEPTION_REQUESTER'],
    ['approved at once', () => asked(changed(EXCEPTION, { approvedBy: 'dave' }), { username: 'carol' }), 'INPUT_EXCEPTION_APPROVER'],
    ['without the right', () => asked(changed(EXCEPTION, { requestedBy: 'mallory' }), { username: 'mallory' }), 'INPUT_EXCEPTION_RIGHT'],
    ['approved by another', () => approve('dave'), undefined],
    ['approved by another with another right', () => approve('erin'), undefined],
    ['approved by who asks', () => approve('carol'), 'INPUT_EXCEPTION_APPROVER'],
    ['approved in the name of another', () => approve('dave', { username: 'erin' }), 'INPUT_EXCEPTION_APPROVER'],
    ['approved without the right', () => approve('mallory'), 'INPUT_EXCEPTION_RIGHT'],
    ['changed before it is approved', () => update(EXCEPTION, changed(EXCEPTION, { reason: 'another' }), { username: 'carol' }), 'INPUT_EXCEPTION_IMMUTABLE'],
    ['changed while it is approved', () => update(EXCEPTION, changed(EXCEPTION, { approvedBy: 'dave', namespaces: ['shop', 'bank'] }), { username: 'dave' }), 'INPUT_EXCEPTION_IMMUTABLE'],
    ['changed after it was approved', () => update(changed(EXCEPTION, { approvedBy: 'dave' }), changed(EXCEPTION, { approvedBy: 'dave', reason: 'x' }), { username: 'dave' }), 'INPUT_EXCEPTION_IMMUTABLE'],
    ['approved once more', () => update(changed(EXCEPTION, { approvedBy: 'dave' }), changed(EXCEPTION, { approvedBy: 'erin' }), { username: 'erin' }), 'INPUT_EXCEPTION_IMMUTABLE'],
    ['approval taken back', () => update(changed(EXCEPTION, { approvedBy: 'dave' }), EXCEPTION, { username: 'dave' }), 'INPUT_EXCEPTION_IMMUTABLE'],
    ['labelled after it was approved', () => update(changed(EXCEPTION, { approvedBy: 'dave' }), { ...changed(EXCEPTION, { approvedBy: 'dave' }), metadata: { ...EXCEPTION.metadata, labels: { a: 'b' } } }, { username: 'x' }), undefined],
    ['deleted', () => asked(EXCEPTION, { operation: 'DELETE', oldObject: EXCEPTION, username: 'x' }), undefined],
  ])('%s', async (_, act, code) => {
    const answer = await act();
    expect(answer.allowed, said(answer)).toBe(code === undefined);
    if (code !== undefined) expect(codes(answer)).toContain(code);
  });
  test('an approval is told as what it loosens; a request is not', async () => {
    expect(said(await approve('dave'))).toMatch(/this loosens: acme-images: excepted by AdmissionException night-42 .*approved by dave/);
    expect(said(await asked(EXCEPTION, { username: 'carol' }))).not.toContain('loosens');
  });
  test('the right is asked for each policy, by its kind and name', async () => {
    const both = changed(EXCEPTION, { policies: [{ name: 'acme-images' }, { name: 'shop/ours' }] });
    granting.asked.splice(0);
    const no = await asked(both, { username: 'carol' });
    expect(said(no)).toMatch(/carol may not exempt artifactpolicies\.gatehouse\.dev shop\/ours/);
    expect(granting.asked.map(({ user, attributes: { resource, namespace, name } }) => [user, resource, namespace, name])).toEqual([
      ['carol', 'clusterartifactpolicies', '', 'acme-images'], ['carol', 'artifactpolicies', 'shop', 'ours'],
    ]);
    expect((await approve('dave', {}, both)).allowed).toBe(true);
    expect(said(await asked(changed(EXCEPTION, { policies: Array.from({ length: 9 }, () => ({ name: 'acme-images' })) }), { username: 'carol' }))).toMatch(/^denied 422.*at most 8 policies/s);
  });
  test('an API server that says nothing is no yes, and another try may be', async () => {
    granting.silent = true;
    const answer = await asked(EXCEPTION, { username: 'carol' }).finally(() => { granting.silent = false; });
    expect(said(answer)).toMatch(/^denied 503 ServiceUnavailable\nINPUT_EXCEPTION_RIGHT_UNKNOWN/);
  });
  test('I01 an exception in a namespace is ignored, with a warning', async () => {
    const answer = await asked({ ...EXCEPTION, metadata: { name: 'night-42', namespace: 'shop' } }, { username: 'carol' });
    expect(said(answer)).toMatch(/ignored; remove the namespace/);
  });
});
