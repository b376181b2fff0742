/** Resources of ours, written with kubectl: what is told, what is denied, and what holds while Gatehouse is down. */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { judgeFourEyes } from '../../../src/own/exception/four-eyes.ts';
import { judgeRights } from '../../../src/own/exception/rights.ts';
import { asFile, document } from '../../support/own.ts';
import type { Document } from '../../support/own.ts';
import { createWorld } from '../../world/world.ts';
import { apiClient } from '../api.ts';
import type { Api, ApiAnswer } from '../api.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane, KubectlResult } from '../control-plane.ts';
import { ownCrdNames, ownCrds, ownPath } from '../crds/own.ts';
import { shippedIdentity, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { auditing, ROOT } from '../installed.ts';
import { tenantWays } from '../tenant-ways.ts';
import type { Way } from '../tenant-ways.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString();
const world = createWorld({ now: NOW });
const [alice, bob] = [world.key(), world.key()];

const ALICE = document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] });
const BOB = document('Signer', 'bob', { identities: [{ key: { data: bob.publicKeyPem } }] });
const POLICY = document('ClusterArtifactPolicy', 'acme-images', { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['alice', 'bob'], threshold: 2 } }] });
const EXCEPTION = document('AdmissionException', 'night-42', {
  artifacts: [{ image: 'ghcr.io/acme/app' }], policies: [{ name: 'acme-images', requirement: 'signed' }], namespaces: ['team-a'],
  reason: 'signer is down', requestedBy: 'carol', notBefore: iso(NOW - DAY), expiresAt: iso(NOW + DAY),
});
const requested = (name: string, by: string, more: object = {}): Document => ({ ...EXCEPTION, metadata: { name }, spec: { ...EXCEPTION.spec, requestedBy: by, ...more } });
const changed = (one: Document, spec: object): Document => ({ ...one, spec: { ...one.spec, ...spec } });

const audit = auditing();
let cluster = undefined as unknown as ControlPlane;
let gatehouse = undefined as unknown as Gatehouse;

beforeAll(async () => {
  cluster = await startControlPlane({ flags: audit.flags, controllers: true });
  await cluster.must(['apply', '-f', '-'], ownCrds());
  await cluster.must(['wait', '--for=condition=Established', ...ownCrdNames()]);
  const kubeconfig = await shippedIdentity(cluster);
  for (const file of ['roles', 'rbac', 'four-eyes', 'administrators']) await cluster.must(['apply', '-f', join(ROOT, 'deploy/resources', `${file}.yaml`)]);
  for (const namespace of ['team-a', 'team-b']) await cluster.must(['create', 'namespace', namespace]);
  await cluster.must(['-n', 'gatehouse-system', 'create', 'configmap', 'gatehouse-administrators', '--from-literal=groups=security, platform,system:masters', '--from-literal=breakGlass=on-call']);
  gatehouse = await startGatehouse({
    policies: { 'p.yaml': asFile(ALICE, BOB, POLICY) },
    config: {
      drain: '0s', administrators: ['security', 'platform', 'system:masters'], breakGlass: 'on-call', limits: { policiesPerNamespace: 4 },
      kubernetes: { enabled: true, kubeconfig, pullSecrets: false },
    },
  });
  await askGatehouse();
  // Who may do what: carol and dave except, mallory may write exceptions and except from nothing, terry writes in team-a, joe everything.
  await grant('gatehouse-security-admin', 'carol', 'dave', 'sam', 'olga');
  await cluster.must(['create', 'clusterrole', 'writes-exceptions', '--verb=*', '--resource=admissionexceptions.gatehouse.dev']);
  await grant('writes-exceptions', 'mallory', 'nobody-exempts');
  await cluster.must(['-n', 'team-a', 'create', 'rolebinding', 'terry', '--clusterrole=edit', '--user=terry']);
  await cluster.must(['-n', 'team-a', 'create', 'rolebinding', 'tina', '--clusterrole=admin', '--user=tina']);
  await cluster.must(['create', 'clusterrole', 'powerful', '--verb=*', '--resource=*.*']);
  await grant('powerful', 'joe');
  await vi.waitFor(async () => {
    expect(status(await as('joe')('POST', `${ownPath('Signer')}?dryRun=All`, ALICE))).toMatch(/^403.*gatehouse-administrators/s);
    expect(status(await as('carol')('POST', `${ownPath('AdmissionException')}?dryRun=All`, EXCEPTION))).toMatch(/^201/);
    expect(status(await as('carol')('POST', `${ownPath('AdmissionException')}?dryRun=All`, requested('x', 'dave')))).toMatch(/gatehouse-four-eyes/);
    expect(status(await as('terry')('POST', `${ownPath('ArtifactPolicy', '', 'team-a')}?dryRun=All`, OURS))).toMatch(/^201/);
  }, { timeout: 30_000, interval: 250 });
});
afterAll(async () => {
  await gatehouse?.stop();
  await cluster?.stop();
});

const OURS = document('ArtifactPolicy', 'ours', { artifacts: [{ image: 'ghcr.io/team-a/**' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] }, 'team-a');
const LIST = document('RevocationList', 'incidents', { revocations: [{ digest: `sha256:${'ab'.repeat(32)}`, reason: 'holds a key' }, { digest: `sha256:${'cd'.repeat(32)}`, reason: 'holds another' }] });
const ROOT_OF_TRUST = document('TrustRoot', 'acme-sigstore', { sigstore: { publicGood: true } });
const PIPELINES = document('PipelinePolicy', 'factory', { requesters: { users: ['alice'] } });

async function askGatehouse(): Promise<void> {
  const [shipped] = parseAllDocuments(readFileSync(join(ROOT, 'deploy/resources/webhook.yaml'), 'utf8')).map((one) => one.toJS() as { webhooks: object[] });
  const clientConfig = { url: `${gatehouse.url}/validate`, caBundle: Buffer.from(gatehouse.ca).toString('base64') };
  await cluster.must(['apply', '-f', '-'], { ...shipped, webhooks: (shipped?.webhooks ?? []).map((one) => ({ ...one, clientConfig })) });
  await vi.waitFor(async () => expect((await apply(changed(ALICE, { identities: [] }), '--dry-run=server')).code).not.toBe(0), { timeout: 20_000, interval: 200 });
}
async function grant(role: string, ...users: readonly string[]): Promise<void> {
  for (const user of users) await cluster.must(['create', 'clusterrolebinding', `${role}-${user}`, `--clusterrole=${role}`, `--user=${user}`]);
}
const as = (user: string, ...groups: readonly string[]): Api => apiClient(cluster, { user, groups: ['system:authenticated', ...groups] });
const status = ({ status: code, text }: ApiAnswer): string => `${code} ${text}`;
const apply = (one: Document, ...flags: readonly string[]): Promise<KubectlResult> => cluster.kubectl(['apply', ...flags, '-f', '-'], one);
const MERGE = 'application/merge-patch+json';

describe('what kubectl says of each kind: good, bad, loosened', () => {
  const own = { ...POLICY, metadata: { name: 'resource' } };
  test.each<[string, Document, object, RegExp, object | undefined, RegExp]>([
    ['Signer', { ...ALICE, metadata: { name: 'carl' } }, { identities: [{ key: { data: 'no key' } }], mayCertfy: [] }, /spec\.identities\[0\]\.key\.data[^]*unknown field "mayCertfy"|unknown field "mayCertfy"[^]*spec\.identities\[0\]\.key\.data/, undefined, /./],
    ['ClusterArtifactPolicy', own, { treshold: 2, mode: 'enforced' }, /unknown field "treshold"[^]*|spec\.mode/, { mode: 'audit' }, /this loosens: resource: mode is audit/],
    ['ArtifactPolicy', OURS, { require: [] }, /spec\.require/, { artifacts: [{ image: 'ghcr.io/team-a/app' }] }, /this loosens: team-a\/ours: no longer over ghcr\.io\/team-a\/\*\*/],
    ['TrustRoot', ROOT_OF_TRUST, { sigstore: { publicGod: true } }, /publicGod/, undefined, /./],
    ['RevocationList', LIST, { revocations: [{ digest: 'sha256:1', reason: 'x' }] }, /spec\.revocations\[0\]\.digest/, { revocations: (LIST.spec['revocations'] as object[]).slice(0, 1) }, /this loosens: RevocationList incidents/],
    ['PipelinePolicy', PIPELINES, { hygiene: 'loose' }, /spec\.hygiene/, { requesters: { users: ['alice', 'mallory'] } }, /this loosens: factory/],
  ])('%s', async (_, good, wrong, problems, looser, words) => {
    for (const flags of [['--dry-run=server'], ['--server-side', '--validate=false', '--dry-run=server'], []]) {
      const no = await apply(changed(good, wrong), ...flags);
      expect(no.code).toBe(1);
      expect(no.stderr).toMatch(/\(Invalid\)|is invalid|denied the request/);
      expect(no.stderr).toContain('[INPUT_POLICY_INVALID]');
      expect(no.stderr).toMatch(problems);
    }
    expect((await apply(good, '--dry-run=server')).code).toBe(0);
    const yes = await apply(good);
    expect([yes.code, yes.stderr.includes('loosens')]).toEqual([0, false]);
    if (looser !== undefined) {
      for (const flags of [['--dry-run=server'], []]) {
        const told = await apply(changed(good, looser), ...flags);
        expect(told.code).toBe(0);
        expect(told.stderr).toMatch(/^Warning: .*\[INPUT_POLICY_LOOSENS\]$/m);
        expect(told.stderr).toMatch(words);
      }
    }
    const gone = await cluster.kubectl(['delete', '-f', '-'], good);
    expect(gone.code).toBe(0);
    if (good.kind.endsWith('ArtifactPolicy') && good !== own) expect(gone.stderr).toMatch(/Warning: this loosens: .*it is gone/);
  });

  test('the folder is one that kubectl takes, for clusters with cert-manager', async () => {
    expect(await cluster.kubectl(['apply', '-k', join(ROOT, 'deploy/resources'), '--dry-run=server'])).toMatchObject({ code: 0 });
  });
  test('resources come in any order: what is missing is a warning with what is nearly called so', async () => {
    const early = await apply(changed(own, { require: [{ name: 'signed', signature: { by: ['alcie'] } }] }), '--dry-run=server');
    expect([early.code, early.stderr]).toEqual([0, expect.stringMatching(/Warning: spec\.require\[0\]\.signature\.by\[0\]: no Signer is named "alcie".*did you mean "alice"/) as string]);
  });
  test('a name that the API server makes up is the name that is judged', async () => {
    const { name: _, ...metadata } = OURS.metadata;
    const unnamed = { ...OURS, metadata: { ...metadata, generateName: 'made-up-' } };
    for (const query of ['?dryRun=All', '']) {
      const answer = await as('terry')('POST', `${ownPath('ArtifactPolicy', '', 'team-a')}${query}`, unnamed);
      expect(status(answer)).toMatch(/^201.*"name":"made-up-[a-z0-9]{5}"/s);
      expect(status(await as('terry')('POST', `${ownPath('ArtifactPolicy', '', 'team-a')}${query}`, { ...unnamed, spec: { ...OURS.spec, require: [] } }))).toMatch(/^422/);
    }
    expect((await cluster.kubectl(['-n', 'team-a', 'delete', 'artifactpolicies.gatehouse.dev', '--all'])).code).toBe(0);
  });
  test('what is written beside the spec is a change of the document', async () => {
    await apply(OURS);
    const path = ownPath('ArtifactPolicy', 'ours', 'team-a');
    expect(status(await as('terry')('PATCH', path, { specs: {} }, MERGE))).toMatch(/^422.*unknown field .*specs/s);
  });
  test('what kubectl apply notes for itself is no part of the document', async () => {
    const wide = changed(OURS, { artifacts: Array.from({ length: 700 }, (_, n) => ({ image: `ghcr.io/team-a/${'some-application-'.repeat(2)}${n}` })) });
    expect(await apply(wide)).toMatchObject({ code: 0 });
    expect(await apply(wide, '--server-side', '--force-conflicts', '--dry-run=server')).toMatchObject({ code: 0 });
  });
  test('labels and a status are nobody’s business', async () => {
    await apply(OURS);
    expect((await cluster.kubectl(['-n', 'team-a', 'label', 'artifactpolicies.gatehouse.dev', 'ours', 'a=b'])).code).toBe(0);
    const path = `${ownPath('ArtifactPolicy', 'ours', 'team-a')}/status`;
    expect((await as('admin', 'system:masters')('PATCH', path, { status: { conditions: [] } }, MERGE)).status).toBe(200);
  });
});

describe('four eyes', () => {
  const path = ownPath('AdmissionException');
  const create = (user: string, one: Document): Promise<ApiAnswer> => as(user)('POST', path, one);
  const approve = (user: string, name: string, spec: object = { approvedBy: user }): Promise<ApiAnswer> => as(user)('PATCH', `${path}/${name}`, { spec }, MERGE);

  test('carol asks, dave approves, and nothing changes any more', async () => {
    expect(status(await create('carol', requested('night-1', 'carol')))).toMatch(/^201/);
    expect(status(await approve('carol', 'night-1'))).toMatch(/^403/);
    expect(status(await approve('dave', 'night-1', { approvedBy: 'erin' }))).toMatch(/^403/);
    expect(status(await approve('mallory', 'night-1'))).toMatch(/^403.*may not exempt/s);
    expect(status(await approve('dave', 'night-1', { approvedBy: 'dave', namespaces: ['team-a', 'team-b'] }))).toMatch(/^403/);
    expect(status(await approve('dave', 'night-1'))).toMatch(/^200/);
    expect(status(await approve('dave', 'night-1', { approvedBy: 'sam' }))).toMatch(/^403/);
    expect(status(await approve('carol', 'night-1', { reason: 'another' }))).toMatch(/^403/);
    expect(status(await approve('dave', 'night-1', { approvedBy: null }))).toMatch(/^403/);
  });
  test('it is asked for in one’s own name, approved later, and with the right', async () => {
    expect(status(await create('dave', requested('night-2', 'carol')))).toMatch(/^403/);
    expect(status(await create('carol', requested('night-2', 'carol', { approvedBy: 'dave' })))).toMatch(/^403/);
    expect(status(await create('mallory', requested('night-2', 'mallory')))).toMatch(/^403.*may not exempt/s);
    expect(status(await create('terry', requested('night-2', 'terry')))).toMatch(/^403.*cannot create resource/s);
  });
  test('Gatehouse says it with its own words where the API server asks it alone', async () => {
    await cluster.must(['delete', 'validatingadmissionpolicybinding', 'gatehouse-four-eyes']);
    await vi.waitFor(async () => expect(status(await create('dave', requested('night-3', 'carol')))).toMatch(/INPUT_EXCEPTION_REQUESTER/), { timeout: 20_000, interval: 200 });
    expect(status(await create('mallory', requested('night-3', 'mallory')))).toMatch(/^403.*INPUT_EXCEPTION_RIGHT/s);
    expect(status(await create('carol', requested('night-3', 'carol')))).toMatch(/^201/);
    expect(status(await approve('carol', 'night-3'))).toMatch(/^403.*INPUT_EXCEPTION_APPROVER/s);
    expect(status(await approve('dave', 'night-3', { approvedBy: 'dave', reason: 'x' }))).toMatch(/^403.*INPUT_EXCEPTION_IMMUTABLE/s);
    expect(status(await approve('dave', 'night-3'))).toMatch(/^200/);
    await cluster.must(['apply', '-f', join(ROOT, 'deploy/resources/four-eyes.yaml')]);
    await vi.waitFor(async () => expect(status(await create('dave', requested('night-4', 'carol')))).toMatch(/gatehouse-four-eyes/), { timeout: 20_000, interval: 200 });
  });
});

describe('administrators', () => {
  const one = { ...ALICE, metadata: { name: 'new' } };
  test('whom RBAC lets do everything may not, and whoever is in a group that is listed may', async () => {
    expect(status(await as('joe')('POST', ownPath('Signer'), one))).toMatch(/^403.*gatehouse-administrators/s);
    expect(status(await as('sam', 'platform')('POST', ownPath('Signer'), one))).toMatch(/^201/);
    expect(status(await as('joe')('DELETE', ownPath('Signer', 'new')))).toMatch(/^403/);
    // Whatever is written beside the spec is part of the document: one that it breaks denies.
    for (const more of [{ specs: {} }, { more: 1 }, { spec: { identities: null } }, { metadata: { annotations: { a: 'b' } } }])
      expect(status(await as('joe')('PATCH', ownPath('Signer', 'new'), more, MERGE)), JSON.stringify(more)).toMatch(/^403.*gatehouse-administrators/s);
    for (const more of [{ metadata: { labels: { a: 'b' } } }, { metadata: { finalizers: [] } }, { status: { conditions: [] } }])
      expect(status(await as('joe')('PATCH', ownPath('Signer', 'new'), more, MERGE)), JSON.stringify(more)).toMatch(/^200/);
  });
  test('who breaks the glass is in the audit log twice: by the API server and by Gatehouse', async () => {
    expect(status(await as('olga', 'on-call')('DELETE', ownPath('Signer', 'new')))).toMatch(/^200/);
    await vi.waitFor(() => {
      const notes = readFileSync(audit.file, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { annotations?: Record<string, string> }).annotations ?? {});
      expect(notes.map((note) => note['gatehouse-administrators/break-glass'])).toContain('olga broke the glass: DELETE signers new');
      expect(notes.map((note) => note['resources.gatehouse.dev/break-glass'])).toContain('olga broke the glass: DELETE Signer new');
    }, { timeout: 10_000, interval: 200 });
  });
});

describe('a tenant tries to loosen the gate of others', () => {
  const theirs = { ...OURS, metadata: { name: 'theirs', namespace: 'team-b' } };
  beforeAll(async () => {
    for (const one of [theirs, { ...ALICE, metadata: { name: 'of-all' } }, { ...POLICY, metadata: { name: 'of-all' } }, { ...LIST, metadata: { name: 'of-all' } }, { ...PIPELINES, metadata: { name: 'of-all' } }]) {
      const { code, stderr } = await apply(one);
      expect(code, stderr).toBe(0);
    }
    expect(status(await as('carol')('POST', ownPath('AdmissionException'), requested('waiting', 'carol')))).toMatch(/^201/);
  });
  const ways = tenantWays({ ours: OURS, signer: ALICE, policy: POLICY, exception: EXCEPTION });
  test('there are twenty and more', () => expect(ways.length).toBeGreaterThanOrEqual(20));
  test.each<Way>(ways)('$what', async ({ user = 'terry', method, path, body, contentType, says }) => {
    const answer = await as(user)(method, path, body, contentType);
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status, answer.text).toBeLessThan(500);
    if (says !== undefined) expect(answer.text).toMatch(says);
  });
  test('and nothing has changed', async () => {
    const left = JSON.parse(await cluster.must(['get', 'artifactpolicies.gatehouse.dev,signers.gatehouse.dev,clusterartifactpolicies.gatehouse.dev,admissionexceptions.gatehouse.dev', '-A', '-o', 'json'])) as { items: { metadata: { name: string; namespace?: string; generation: number }; spec: Record<string, unknown> }[] };
    const of = (name: string) => left.items.filter(({ metadata }) => metadata.name === name);
    for (const one of [...of('theirs'), ...of('of-all'), ...of('waiting')]) expect(one.metadata.generation).toBe(1);
    expect([of('theirs').length, of('of-all').length, of('waiting').length]).toEqual([1, 2, 1]);
    expect(of('waiting')[0]?.spec).not.toHaveProperty('approvedBy');
  });
});

describe('while Gatehouse is down', () => {
  beforeAll(() => gatehouse.stop());
  const path = ownPath('AdmissionException');
  test('policies can be mended, and persons are still looked at', async () => {
    expect(status(await as('sam', 'security')('POST', ownPath('Signer'), { ...ALICE, metadata: { name: 'mended' } }))).toMatch(/^201/);
    expect(status(await as('joe')('POST', ownPath('Signer'), { ...ALICE, metadata: { name: 'other' } }))).toMatch(/^403.*gatehouse-administrators/s);
    expect(status(await as('joe')('DELETE', ownPath('Signer', 'mended')))).toMatch(/^403/);
    expect(status(await as('carol')('POST', path, requested('down', 'carol')))).toMatch(/^201/);
    expect(status(await as('dave')('POST', path, requested('down-2', 'carol')))).toMatch(/^403.*gatehouse-four-eyes/s);
    expect(status(await as('mallory')('POST', path, requested('down-2', 'mallory')))).toMatch(/^403.*may not exempt from policy acme-images/s);
    expect(status(await as('carol')('PATCH', `${path}/down`, { spec: { approvedBy: 'carol' } }, MERGE))).toMatch(/^403/);
    expect(status(await as('mallory')('PATCH', `${path}/down`, { spec: { approvedBy: 'mallory' } }, MERGE))).toMatch(/^403.*may not exempt/s);
    expect(status(await as('dave')('PATCH', `${path}/down`, { spec: { approvedBy: 'dave', expiresAt: iso(NOW + 2 * DAY) } }, MERGE))).toMatch(/^403/);
    expect(status(await as('dave')('PATCH', `${path}/down`, { spec: { approvedBy: 'dave' } }, MERGE))).toMatch(/^200/);
    expect(status(await as('sam')('PATCH', `${path}/down`, { spec: { approvedBy: 'sam' } }, MERGE))).toMatch(/^403/);
    expect(status(await as('carol')('POST', path, requested('down-3', 'carol', { policies: Array.from({ length: 9 }, () => ({ name: 'acme-images' })) })))).toMatch(/^403.*one to eight/s);
    expect(status(await as('carol')('POST', path, requested('down-3', 'carol', { policies: Array.from({ length: 8 }, (_, n) => ({ name: `policy-${n}` })) })))).toMatch(/^201/);
    expect(status(await as('carol')('POST', path, requested('down-4', 'carol', { policies: [{ name: 'acme-images' }, { name: 'team-a/ours' }] })))).toMatch(/^201/);
  });
  test('whoever does whatever, the API server alone says what Gatehouse says', async () => {
    expect(status(await as('carol')('POST', path, requested('open', 'carol')))).toMatch(/^201/);
    expect(status(await as('carol')('POST', path, requested('closed', 'carol')))).toMatch(/^201/);
    expect(status(await as('dave')('PATCH', `${path}/closed`, { spec: { approvedBy: 'dave' } }, MERGE))).toMatch(/^200/);
    const [users, entitled] = [['carol', 'dave', 'sam', 'mallory'], new Set(['carol', 'dave', 'sam'])];
    const person = fc.option(fc.constantFrom(...users, ''), { nil: undefined });
    const acts = fc.record({
      user: fc.constantFrom(...users), on: fc.constantFrom('nothing', 'open', 'closed'), requestedBy: fc.oneof(person, fc.constant('carol')), approvedBy: person,
      reason: fc.constantFrom('signer is down', 'signer is down', 'another'), policies: fc.constantFrom(1, 1, 1, 0, 2, 8, 9),
    });
    const outcomes = new Set<string>();
    await fc.assert(fc.asyncProperty(acts, async ({ user, on, requestedBy, approvedBy, reason, policies }) => {
      const old = on === 'nothing' ? undefined : (await as('carol')('GET', `${path}/${on}`)).body as Document & { metadata: object };
      const spec = { ...EXCEPTION.spec, reason, requestedBy, approvedBy, policies: policies === 1 ? EXCEPTION.spec['policies'] : Array.from({ length: policies }, (_, n) => ({ name: `p${n}` })) };
      const object = JSON.parse(JSON.stringify({ ...(old ?? { ...EXCEPTION, metadata: { name: 'tried' } }), spec })) as Document;
      const answer = await as(user)(old === undefined ? 'POST' : 'PUT', `${path}${old === undefined ? '' : `/${on}`}?dryRun=All`, object);
      const review = { operation: old === undefined ? 'CREATE' : 'UPDATE', user: { username: user, groups: [] }, object, oldObject: old ?? null } as const;
      const { findings, asksForRight } = judgeFourEyes(review);
      const rights = await judgeRights(review, () => Promise.resolve(entitled.has(user)), new AbortController().signal);
      // That there has to be a policy is in the schema of the kind, for whoever asks Gatehouse.
      const good = findings.length === 0 && (!asksForRight || (rights.length === 0 && policies > 0));
      outcomes.add(`${on} ${good}`);
      expect(answer.status < 300, `${JSON.stringify({ user, on, spec })} ${answer.text}`).toBe(good);
    }), { numRuns: 300, examples: [[{ user: 'dave', on: 'open', requestedBy: 'carol', approvedBy: 'dave', reason: 'signer is down', policies: 1 }], [{ user: 'sam', on: 'closed', requestedBy: 'carol', approvedBy: 'dave', reason: 'signer is down', policies: 1 }], [{ user: 'sam', on: 'nothing', requestedBy: 'sam', approvedBy: undefined, reason: 'another', policies: 8 }]] });
    expect(outcomes.size).toBe(6);
  });
  test('the right may be for one policy alone', async () => {
    await cluster.must(['create', 'clusterrole', 'exempts-one', '--verb=exempt', '--resource=clusterartifactpolicies.gatehouse.dev', '--resource-name=acme-images']);
    await grant('exempts-one', 'mallory');
    await vi.waitFor(async () => expect(status(await as('mallory')('POST', path, requested('one', 'mallory')))).toMatch(/^201/), { timeout: 10_000, interval: 200 });
    expect(status(await as('mallory')('POST', path, requested('two', 'mallory', { policies: [{ name: 'acme-images' }, { name: 'other' }] })))).toMatch(/^403.*may not exempt from policy other/s);
    expect(status(await as('mallory')('POST', path, requested('two', 'mallory', { policies: [{ name: 'team-a/acme-images' }] })))).toMatch(/^403/);
  });
  test('deletions go through, so that a namespace can end', async () => {
    expect((await cluster.kubectl(['-n', 'team-b', 'delete', 'artifactpolicies.gatehouse.dev', '--all'])).code).toBe(0);
  });
});
