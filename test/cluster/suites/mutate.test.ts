/** Part 7: /mutate and the label of verified pods, asked by a real API server, alone and beside another webhook that changes pods. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { apiClient } from '../api.ts';
import type { Api, ApiAnswer } from '../api.ts';
import { MUTATING, PRIVILEGED } from '../guard-acts.ts';
import { commandsOf, ROOT, shell } from '../installed.ts';
import { dataFolder } from '../processes.ts';
import { registerMutation, startOtherWebhook } from '../mutation.ts';
import type { OtherWebhook, Pod } from '../mutation.ts';
import { documents, policy, signer, startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { Registry } from '../signing.ts';

const LABEL = 'gatehouse.dev/verified';
const PODS = '/api/v1/namespaces/default/pods';
let scene: Scene;
let registry: Registry;
let api: Api;
let other: OtherWebhook;
let number = 0;
/** References by tag, and what their digests are. */
let tag: Readonly<Record<'good' | 'evil' | 'warned', string>>;
let pinned: Readonly<Record<'good' | 'evil' | 'warned', string>>;

beforeAll(async () => {
  registry = await startRegistry(true);
  const key = await makeKey('release');
  const push = async (name: string, signed: boolean): Promise<[string, string]> => {
    const byTag = `${registry.host}/${name}/app:1`;
    const byDigest = await pushImage(byTag);
    if (signed) await sign(byDigest, key);
    return [byTag, `${byTag}@${byDigest.split('@')[1] ?? ''}`];
  };
  const [good, evil, warned] = [await push('good', true), await push('evil', false), await push('warned', true)];
  tag = { good: good[0], evil: evil[0], warned: warned[0] };
  pinned = { good: good[1], evil: evil[1], warned: warned[1] };
  const of = (name: string, spec: object = {}): string => policy(name, [`${registry.host}/${name}/**`], 'release', spec as never);
  scene = await startScene({
    registries: [registry.host], unmatched: 'deny', config: { mutate: { enabled: true } }, controlPlane: { controllers: true },
    policies: { 'signers.yaml': signer('release', key), 'policies.yaml': documents(of('good'), of('evil'), of('warned', { mode: 'warn' })) },
  });
  api = apiClient(scene.cluster);
  other = await startOtherWebhook(scene.cluster);
  await registerMutation(scene.cluster, scene.gatehouse);
  const soon = { timeout: 20_000, interval: 200 };
  await vi.waitFor(async () => expect(imageOf(await create(tag.good, {}, '?dryRun=All'))).toBe(pinned.good), soon);
  // The policy about statuses is taken into use a moment later.
  await create(tag.warned, {}, '', 'probe');
  await vi.waitFor(async () => expect((await status('probe', { [LABEL]: 'true' }, '?dryRun=All')).status).toBe(403), soon);
});
afterAll(async () => {
  await other?.stop();
  await scene?.stop();
  await registry?.program.stop();
});
afterEach(async () => {
  await other.unregister();
  other.does(() => []);
});

const create = (image: string, labels: object = {}, query = '', name = `p${number += 1}`): Promise<ApiAnswer> =>
  api('POST', `${PODS}${query}`, { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers: [{ name: 'app', image }] } });
const status = (name: string, labels: object, query = ''): Promise<ApiAnswer> =>
  api('PATCH', `${PODS}/${name}/status${query}`, { metadata: { labels } }, 'application/merge-patch+json');
const label = (name: string, value: string | null): Promise<ApiAnswer> => api('PATCH', `${PODS}/${name}`, { metadata: { labels: { [LABEL]: value } } }, 'application/merge-patch+json');
const imageOf = ({ body }: ApiAnswer): string | undefined => (body as Pod).spec?.containers[0]?.image;
const labelOf = ({ body }: ApiAnswer): string | undefined => (body as Pod).metadata?.labels?.[LABEL];
const nameOf = ({ body }: ApiAnswer): string => (body as Pod).metadata.name;
const setImage = (image: string) => [{ op: 'replace', path: '/spec/containers/0/image', value: image }];

describe('part 7: alone', () => {
  test('part 7: a tag is pinned to what was judged, and the pod is labelled; a dry run shows the same and stores nothing', async () => {
    const dry = await create(tag.good, {}, '?dryRun=All', 'dry');
    expect([dry.status, imageOf(dry), labelOf(dry)]).toEqual([201, pinned.good, 'true']);
    expect((await api('GET', `${PODS}/dry`)).status).toBe(404);
    const made = await create(tag.good);
    expect([made.status, imageOf(made), labelOf(made)]).toEqual([201, pinned.good, 'true']);
    expect((made.body as Pod).metadata.annotations?.['gatehouse.dev/policy-generation']).toMatch(/^sha256:/);
  });

  test('part 7: what only warns is pinned and not labelled; what is denied is denied; a forged label goes', async () => {
    const warned = await create(tag.warned, { [LABEL]: 'true', app: 'x' });
    expect([warned.status, imageOf(warned), (warned.body as Pod).metadata.labels]).toEqual([201, pinned.warned, { app: 'x' }]);
    const evil = await create(tag.evil, { [LABEL]: 'true' });
    expect([evil.status, evil.text.includes('FETCH_NONE_FOUND'), evil.text.includes('POLICY_VERIFIED_LABEL')]).toEqual([403, true, false]);
  });

  test('part 7: a Deployment keeps its tag, and its pods are pinned and labelled', async () => {
    const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'app', image: tag.good }] } };
    const made = await api('POST', '/apis/apps/v1/namespaces/default/deployments', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' }, spec: { replicas: 2, selector: { matchLabels: { app: 'shop' } }, template } });
    expect((made.body as { spec: { template: Pod } }).spec.template.spec.containers[0]?.image).toBe(tag.good);
    const pods = async (): Promise<unknown[]> => ((await api('GET', `${PODS}?labelSelector=app%3Dshop`)).body as { items: Pod[] }).items.map((pod) => [pod.spec.containers[0]?.image, pod.metadata.labels?.[LABEL]]);
    await expect.poll(pods, { timeout: 30_000 }).toEqual([[pinned.good, 'true'], [pinned.good, 'true']]);
  });

  test('part 7: a label that is added by patch goes where it is a lie, and stays where it is true', async () => {
    const [warned, good] = [nameOf(await create(tag.warned)), nameOf(await create(tag.good))];
    expect([labelOf(await label(warned, 'true')), labelOf(await label(good, null)), labelOf(await label(good, 'true'))]).toEqual([undefined, undefined, 'true']);
  });

  test('part 7: a debug container is pinned; one that is not verified comes in only after the label is gone', async () => {
    const name = nameOf(await create(tag.good));
    const debug = (image: string): Promise<ApiAnswer> => api('PATCH', `${PODS}/${name}/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: `d${number += 1}`, image }] } }, 'application/strategic-merge-patch+json');
    const first = await debug(tag.good);
    expect([first.status, (first.body as Pod).spec.ephemeralContainers?.[0]?.image]).toEqual([200, pinned.good]);
    expect((await debug(tag.warned)).text).toContain('POLICY_VERIFIED_LABEL');
    await label(name, null);
    expect((await debug(tag.warned)).status).toBe(200);
  });

  test('part 7: the label comes by no status and by no binding; without it both go through', async () => {
    const name = nameOf(await create(tag.warned));
    const denied = await status(name, { [LABEL]: 'true' });
    expect([denied.status, denied.text.includes("'gatehouse-verified-label'")]).toEqual([403, true]);
    expect((await status(name, { other: 'x' })).status).toBe(200);
    const bind = (labels: object): Promise<ApiAnswer> => api('POST', `${PODS}/${name}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name, labels }, target: { kind: 'Node', name: 'n1' } });
    expect((await bind({ [LABEL]: 'true' })).status).toBe(403);
    expect((await bind({ other: 'x' })).status).toBe(201);
    // A kubelet that reports on a labelled pod is not held up, and may report that the label is gone.
    const good = nameOf(await create(tag.good));
    expect([(await status(good, { a: 'b' })).status, (await status(good, { [LABEL]: null })).status]).toEqual([200, 200]);
  });
});

describe('part 7: another webhook changes the image afterwards: what runs is what was judged, or it is denied', () => {
  const beside = async (reinvocationPolicy: 'Never' | 'IfNeeded', patch: (pod: Pod) => readonly object[]): Promise<void> => {
    other.does((pod) => (pod.metadata.name === 'canary' ? [{ op: 'add', path: '/metadata/annotations', value: { canary: 'x' } }] : patch(pod)));
    await other.register(reinvocationPolicy);
    await expect.poll(async () => ((await create(pinned.good, {}, '?dryRun=All', 'canary')).body as Pod).metadata.annotations?.['canary'], { timeout: 20_000 }).toBe('x');
  };

  test.each(['Never', 'IfNeeded'] as const)('part 7: %s: to one that only warns: pinned anew or at least no longer labelled', async (policyOfOther) => {
    await beside(policyOfOther, (pod) => (pod.spec.containers[0]?.image.includes('/warned/') === true ? [] : setImage(tag.warned)));
    const made = await create(tag.good);
    expect([made.status, imageOf(made), labelOf(made)]).toEqual([201, pinned.warned, undefined]);
  });

  test.each(['Never', 'IfNeeded'] as const)('part 7: %s: to one that is not signed: denied', async (policyOfOther) => {
    await beside(policyOfOther, () => setImage(tag.evil));
    const made = await create(tag.good);
    expect([made.status, made.text.includes('FETCH_NONE_FOUND')]).toEqual([403, true]);
  });

  test('part 7: Never: back to the tag: pinned anew', async () => {
    await beside('Never', () => setImage(tag.good));
    const made = await create(tag.good);
    expect([made.status, imageOf(made), labelOf(made)]).toEqual([201, pinned.good, 'true']);
  });

  test('part 7: IfNeeded: back to the tag every time: the label would be a lie, so it is denied', async () => {
    await beside('IfNeeded', () => setImage(tag.good));
    const made = await create(tag.good);
    expect([made.status, made.text.includes('POLICY_VERIFIED_LABEL')]).toEqual([403, true]);
  });

  test('part 7: the label put on what is not verified: it goes, or where it is put there again the pod is denied', async () => {
    const forge = (pod: Pod) => [...(pod.metadata.labels === undefined ? [{ op: 'add', path: '/metadata/labels', value: {} }] : []), { op: 'add', path: '/metadata/labels/gatehouse.dev~1verified', value: 'true' }];
    await beside('Never', forge);
    const once = await create(tag.warned);
    expect([once.status, labelOf(once)]).toEqual([201, undefined]);
    await beside('IfNeeded', forge);
    await expect.poll(async () => (await create(tag.warned, {}, '?dryRun=All')).status, { timeout: 20_000 }).toBe(403);
    expect((await create(tag.warned)).text).toContain('POLICY_VERIFIED_LABEL');
  });
});

describe('part 8: who may change the webhook that changes pods, and what signs receipts', () => {
  const HOOK = `${MUTATING}/gatehouse-mutate`;
  const patch = (client: Api, path: string, value: unknown): Promise<ApiAnswer> => client('PATCH', `${HOOK}?dryRun=All`, [{ op: 'replace', path, value }], 'application/json-patch+json');
  const as = (user: string, ...groups: string[]): Api => apiClient(scene.cluster, { user, groups: ['system:authenticated', ...groups] });
  const joe = (): Api => as('joe');
  const cainjector = 'system:serviceaccount:cert-manager:cert-manager-cainjector';
  const manager = 'system:serviceaccount:cert-manager:cert-manager';

  beforeAll(async () => {
    await scene.cluster.must(['apply', '-f', `${ROOT}deploy/manifests/guard.yaml`]);
    await scene.cluster.must(['apply', '-f', '-'], PRIVILEGED);
    for (const user of ['joe', cainjector, manager]) await scene.cluster.must(['create', 'clusterrolebinding', `powerful-${user.split(':').at(-1)}`, '--clusterrole=powerful', `--user=${user}`]);
    await vi.waitFor(async () => expect((await joe()('DELETE', `${HOOK}?dryRun=All`)).text).toContain("'gatehouse-guard'"), { timeout: 20_000, interval: 200 });
  });

  test('part 8: not whoever RBAC lets, but administrators and break-glass', async () => {
    for (const [client, expected] of [[joe(), 403], [as('joe', 'gatehouse:administrators'), 200], [as('joe', 'gatehouse:break-glass'), 200], [as('nobody', 'gatehouse:break-glass'), 200]] as const)
      expect((await client('DELETE', `${HOOK}?dryRun=All`)).status).toBe(expected);
    expect((await joe()('POST', `${MUTATING}?dryRun=All`, { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name: 'other' } })).status).toBe(201);
  });

  test('part 8: the certificate injector changes its CA, and nothing by which it would be asked less', async () => {
    const ca = '/webhooks/0/clientConfig/caBundle';
    const value = Buffer.from(scene.gatehouse.ca.repeat(2)).toString('base64');
    expect([(await patch(as(cainjector), ca, value)).status, (await patch(joe(), ca, value)).status]).toEqual([200, 403]);
    for (const [path, to] of [['/webhooks/0/reinvocationPolicy', 'Never'], ['/webhooks/0/failurePolicy', 'Fail'], ['/webhooks/0/rules', []], ['/webhooks/0/matchConditions', []]] as const)
      expect((await patch(as(cainjector), path, to)).status).toBe(403);
  });

  test('part 8: keys of receipts are written by administrators, not by whoever may write Secrets, and not by cert-manager', async () => {
    const write = (client: Api, name: string): Promise<ApiAnswer> => client('POST', '/api/v1/namespaces/gatehouse-system/secrets?dryRun=All', { apiVersion: 'v1', kind: 'Secret', metadata: { name } });
    const status = async (client: Api, name = 'gatehouse-receipt-keys'): Promise<number> => (await write(client, name)).status;
    expect([await status(joe()), await status(as(manager)), await status(as('joe', 'gatehouse:administrators')), await status(as('joe', 'gatehouse:break-glass'))]).toEqual([403, 403, 201, 201]);
    expect([await status(as(manager), 'gatehouse-tls'), await status(as(manager), 'gatehouse-path-tokens')]).toEqual([201, 403]);
  });
});

describe('part 8: the documented commands', () => {
  test('part 8: the gate is installed by the commands of its page, twice without harm, and Gatehouse may ask what it needs and no more', async () => {
    const [first = [], second = []] = [commandsOf('docs/operate/gate.md', '## Install'), commandsOf('docs/operate/gate.md', '## Uninstall')];
    const run = (command: string): ReturnType<typeof shell> => shell(`cd ${ROOT} && ${command}`, scene.cluster.kubeconfig);
    const folder = dataFolder('gate');
    for (const command of first.slice(0, 4)) expect(await run(command.replaceAll('2026-11.pem', `${folder}/2026-11.pem`)), command).toMatchObject({ code: 0 });
    expect(await run('kubectl apply -k deploy/gate')).toMatchObject({ code: 0 });
    expect(await run('kubectl apply -k deploy/mutate --dry-run=server')).toMatchObject({ code: 0 });
    expect(await run("sed '1,/^---/d' deploy/gatekeeper/provider.yaml | kubectl apply -f -")).toMatchObject({ code: 0, stdout: expect.stringContaining('networkpolicy.networking.k8s.io/gatehouse-gatekeeper created') as unknown });
    // Tasks of a namespace trust what the API server trusts; the same commands bring a CA that came later.
    await scene.cluster.must(['create', 'namespace', 'ci']);
    const trust = first.filter((command) => command.includes('ca.crt'));
    for (const command of [...trust, ...trust]) expect(await run(command.replaceAll('ca.crt', `${folder}/ca.crt`)), command).toMatchObject({ code: 0 });
    expect([trust.length, ((await api('GET', '/api/v1/namespaces/ci/configmaps/gatehouse-ca')).body as { data: unknown }).data]).toEqual([2, { 'ca.crt': scene.gatehouse.ca }]);
    const may = async (verb: string, resource: string): Promise<string> => (await run(`kubectl auth can-i ${verb} ${resource} -A --as=system:serviceaccount:gatehouse-system:gatehouse`)).stdout.trim();
    expect([await may('create', 'tokenreviews.authentication.k8s.io'), await may('create', 'subjectaccessreviews.authorization.k8s.io'), await may('get', 'pods')]).toEqual(['yes', 'yes', 'yes']);
    expect([await may('list', 'pods'), await may('get', 'secrets'), await may('create', 'pods')]).toEqual(['no', 'no', 'no']);
    for (const command of second) expect(await run(command), command).toMatchObject({ code: 0 });
  });
});

describe('part 7: nobody answers at /mutate', () => {
  test('part 7: pods are made as /validate says, without digest and label; a forged label is denied there', async () => {
    await registerMutation(scene.cluster, { url: 'https://127.0.0.1:9', ca: scene.gatehouse.ca });
    await expect.poll(async () => imageOf(await create(tag.good, {}, '?dryRun=All')), { timeout: 20_000 }).toBe(tag.good);
    const made = await create(tag.good);
    expect([made.status, imageOf(made), labelOf(made)]).toEqual([201, tag.good, undefined]);
    for (const image of [tag.good, tag.warned, pinned.warned]) expect((await create(image, { [LABEL]: 'true' })).text).toContain('POLICY_VERIFIED_LABEL');
    expect((await create(tag.evil)).status).toBe(403);
    expect((await create(pinned.good, { [LABEL]: 'true' })).status).toBe(201);
    for (const value of ['true', 'yes']) expect((await label(nameOf(made), value)).text).toContain('POLICY_VERIFIED_LABEL');
  });
});
