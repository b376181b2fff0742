import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeApi } from '../../../src/cluster/api.ts';
import { createClusterFacts } from '../../../src/cluster/facts/index.ts';
import type { ClusterFacts } from '../../../src/domain/ports.ts';
import { onBehalfOf } from '../../../src/flow/asker.ts';
import { until } from '../../support/patience.ts';
import { MemoryApiServer } from './support.ts';

const ANY = new AbortController().signal;
let server: MemoryApiServer;
let api: KubeApi;
let facts: ClusterFacts;
let time = 0;

beforeEach(async () => {
  server = new MemoryApiServer();
  server.kinds.push(
    { groupVersion: 'tekton.dev/v1', resource: 'taskruns' }, { groupVersion: 'tekton.dev/v1beta1', resource: 'stepactions' },
    { groupVersion: 'argoproj.io/v1alpha1', resource: 'clusterworkflowtemplates', clusterScoped: true },
    { groupVersion: 'resolution.tekton.dev/v1beta1', resource: 'resolutionrequests' },
  );
  api = await server.start();
  time = 1000;
  facts = factsWithin(500);
});
afterEach(() => server.stop());

const factsWithin = (timeoutMs: number): ClusterFacts => createClusterFacts(api, { timeoutMs, clock: { now: () => time } });

const taskRun = (name = 'build', namespace = 'ci'): Parameters<ClusterFacts['object']>[0] => ({ kind: 'object', group: 'tekton.dev', resource: 'taskruns', namespace, name });
const RUNS = '/apis/tekton.dev/v1/namespaces/ci/taskruns';

describe('facts: one object by name', () => {
  test('is found at the version that has it, and is null when there is none of that name', async () => {
    server.put(RUNS, { metadata: { name: 'build', namespace: 'ci' }, spec: { a: 1 } });
    server.put('/apis/tekton.dev/v1beta1/namespaces/ci/stepactions', { metadata: { name: 'sa', namespace: 'ci' } });
    expect(await facts.object(taskRun(), ANY)).toMatchObject({ known: true, value: { metadata: { name: 'build', uid: 'uid-build' }, spec: { a: 1 } } });
    expect(await facts.object({ ...taskRun('sa'), resource: 'stepactions' }, ANY)).toMatchObject({ known: true, value: { metadata: { name: 'sa' } } });
    expect(await facts.object(taskRun('other'), ANY)).toEqual({ known: true, value: null });
    expect(await facts.object(taskRun('build', 'other'), ANY)).toEqual({ known: true, value: null });
  });

  test('of a kind that is in no namespace is found whatever namespace asks; of the core group too', async () => {
    server.put('/apis/argoproj.io/v1alpha1/clusterworkflowtemplates', { metadata: { name: 't' } });
    server.put('/api/v1/namespaces/tekton-pipelines/configmaps', { metadata: { name: 'feature-flags', namespace: 'tekton-pipelines' }, data: { a: 'b' } });
    for (const namespace of ['ci', '']) {
      expect(await facts.object({ kind: 'object', group: 'argoproj.io', resource: 'clusterworkflowtemplates', namespace, name: 't' }, ANY)).toMatchObject({ value: { metadata: { name: 't' } } });
    }
    expect(await facts.object({ kind: 'object', group: '', resource: 'configmaps', namespace: 'tekton-pipelines', name: 'feature-flags' }, ANY)).toMatchObject({ value: { data: { a: 'b' } } });
    expect(await facts.object({ ...taskRun(), namespace: '' }, ANY)).toMatchObject({ known: false });
  });

  test('of a kind that is not served there is none, and once it is served a moment later there is', async () => {
    const question = { ...taskRun('x'), group: 'shipwright.io', resource: 'builds' };
    expect(await facts.object(question, ANY)).toEqual({ known: true, value: null });
    server.kinds.push({ groupVersion: 'shipwright.io/v1beta1', resource: 'builds' });
    server.put('/apis/shipwright.io/v1beta1/namespaces/ci/builds', { metadata: { name: 'x', namespace: 'ci' } });
    time += 1500;
    expect(await facts.object(question, ANY)).toMatchObject({ known: true, value: { metadata: { name: 'x' } } });
  });

  test('which kinds are served is asked once for many, and again when a version has gone', async () => {
    server.put(RUNS, { metadata: { name: 'build', namespace: 'ci' } });
    await Promise.all(Array.from({ length: 20 }, () => facts.object(taskRun(), ANY)));
    expect([server.asked('/apis'), server.asked('/apis/tekton.dev/v1'), server.asked(`${RUNS}/build`)]).toEqual([1, 1, 20]);
    server.refusals.set(`${RUNS}/build`, 'text');
    server.refusals.set('/apis/tekton.dev/v1', { kind: 'APIResourceList', resources: [] });
    expect(await facts.object(taskRun(), ANY)).toMatchObject({ known: false });
    server.kinds.push({ groupVersion: 'tekton.dev/v2', resource: 'taskruns' });
    server.put('/apis/tekton.dev/v2/namespaces/ci/taskruns', { metadata: { name: 'build', namespace: 'ci' }, spec: { now: 'v2' } });
    expect(await facts.object(taskRun(), ANY)).toMatchObject({ known: true, value: { spec: { now: 'v2' } } });
  });

  test.each<[string, string, string]>([
    ['..', 'ci', ''], ['../secrets', 'ci', ''], ['a/b', 'ci', ''], ['a%2fb', 'ci', ''], ['a?watch=true', 'ci', ''], ['', 'ci', ''], ['A', 'ci', ''], ['build\n', 'ci', ''],
    ['build', '../kube-system', ''], ['build', 'a.b', ''], ['build', 'x'.repeat(64), ''], [`${'a'.repeat(254)}`, 'ci', ''],
  ])('H17 no text becomes a path: %j in %j is nobody', async (name, namespace) => {
    expect(await facts.object(taskRun(name, namespace), ANY)).toEqual({ known: true, value: null });
    expect(server.requests).toEqual([]);
  });

  test.each(['..', 'tasks/../../x', 'Tasks', ''])('H17 no resource is called %j', async (resource) => {
    expect(await facts.object({ ...taskRun(), resource }, ANY)).toMatchObject({ known: false });
    expect(server.requests).toEqual([]);
  });

  test.each<[string, number | 'silent' | 'cut' | 'text' | Record<string, unknown>, RegExp]>([
    ['403', 403, /answers 403/], ['500', 500, /answers 500/], ['503', 503, /answers 503/], ['429', 429, /answers 429/],
    ['silence', 'silent', /in time/], ['a cut connection', 'cut', /no usable answer.*ECONNRESET/],
    ['a 404 that does not say that there is no such object', 'text', /answers 404/],
    ['another object', { metadata: { name: 'other', namespace: 'ci' } }, /another object/],
    ['the object of another namespace', { metadata: { name: 'build', namespace: 'x' } }, /another object/],
    ['more than can be read', { metadata: { name: 'build', namespace: 'ci' }, spec: 'x'.repeat(5 * 1024 * 1024) }, /no usable answer/],
  ])('R07 %s is not known, and the cause says it in words that end no run', async (_what, refusal, cause) => {
    server.refusals.set(`${RUNS}/build`, refusal);
    // Only silence is to take too long, whatever the machine does beside.
    const answer = await (refusal === 'silent' ? facts : factsWithin(60_000)).object(taskRun(), ANY);
    expect(answer).toMatchObject({ known: false, cause: expect.stringMatching(cause) });
    expect(JSON.stringify(answer)).not.toMatch(/exceeded quota|violates PodSecurity|security context constraint|TaskRun validation failed|context deadline exceeded|timeout|leader/);
  });

  test.each(['/apis', '/apis/tekton.dev/v1'])('R07 %s refused: not known, and asked again the next time', async (path) => {
    server.put(RUNS, { metadata: { name: 'build', namespace: 'ci' } });
    server.refusals.set(path, 503);
    expect(await facts.object(taskRun(), ANY)).toMatchObject({ known: false });
    server.refusals.delete(path);
    expect(await facts.object(taskRun(), ANY)).toMatchObject({ known: true });
  });

  test('whoever has left is answered at once, and what others share goes on', async () => {
    server.refusals.set('/apis', 'silent');
    const gone = new AbortController();
    const answer = facts.object(taskRun(), gone.signal);
    gone.abort();
    expect(await answer).toMatchObject({ known: false, cause: expect.stringMatching(/time ran out/) });
  });
});

describe('facts: pods that have not ended', () => {
  const PODS = '/api/v1/namespaces/ci/pods';
  test('name, labels and controlling owner of each, in pages, asked for without their specs', async () => {
    for (let index = 0; index < 1100; index += 1) {
      server.put(PODS, { metadata: { name: `p${index}`, namespace: 'ci', labels: { n: String(index), odd: 7 }, ownerReferences: [{ kind: 'X', name: 'no', uid: '0' }, { kind: 'TaskRun', name: 'r', uid: 'u', controller: true }] }, status: { phase: index % 2 === 0 ? 'Running' : 'Succeeded' } });
    }
    server.put(PODS, { metadata: { name: 'waiting', namespace: 'ci' }, status: { phase: 'Pending' } });
    const answer = await facts.pods('ci', ANY);
    expect(answer.known && answer.value.length).toBe(551);
    expect(answer.known && answer.value[0]).toEqual({ name: 'p0', uid: 'uid-p0', labels: { n: '0' }, owner: { kind: 'TaskRun', name: 'r', uid: 'u' } });
    expect(answer.known && answer.value.at(-1)).toEqual({ name: 'waiting', uid: 'uid-waiting', labels: {} });
    expect(server.requests).toHaveLength(2);
    expect(server.accepts.every((accept) => accept.includes('as=PartialObjectMetadataList'))).toBe(true);
  });

  test.each<[string, object[], object | undefined]>([
    ['that its run no longer controls', [{ kind: 'TaskRun', name: 'r', uid: 'u', controller: false }], { kind: 'TaskRun', name: 'r', uid: 'u' }],
    ['whose run stands behind another', [{ kind: 'ConfigMap', name: 'c', uid: 'c' }, { kind: 'Workflow', name: 'r', uid: 'u' }], { kind: 'Workflow', name: 'r', uid: 'u' }],
    ['that something else controls', [{ kind: 'TaskRun', name: 'r', uid: 'u' }, { kind: 'ReplicaSet', name: 's', uid: 's', controller: true }], { kind: 'ReplicaSet', name: 's', uid: 's' }],
    ['that merely names something', [{ kind: 'ConfigMap', name: 'c', uid: 'c' }], undefined],
  ])('J32: a pod %s is not out of sight', async (_, ownerReferences, owner) => {
    server.put(PODS, { metadata: { name: 'p', namespace: 'ci', ownerReferences } });
    const answer = await facts.pods('ci', ANY);
    expect(answer.known && answer.value[0]?.owner).toEqual(owner);
  });

  test('of a namespace without pods there are none, which Go writes as null; what has no list is none', async () => {
    expect(await facts.pods('ci', ANY)).toEqual({ known: true, value: [] });
    server.refusals.set(PODS, { metadata: {} });
    expect(await facts.pods('ci', ANY)).toMatchObject({ known: false });
  });

  test.each(['../x', '', 'A'])('H17 of a namespace called %j nothing is known', async (namespace) => {
    for (const ask of [facts.pods, facts.networkPolicies, facts.otherNetworkPolicies, facts.resolutions]) expect(await ask(namespace, ANY)).toMatchObject({ known: false });
    expect(server.requests).toEqual([]);
  });
});

describe('facts: what resolvers brought', () => {
  const REQUESTS = '/apis/resolution.tekton.dev/v1beta1/namespaces/ci/resolutionrequests';
  const put = (name: string, data: unknown, source: unknown = { uri: 'reg/a', digest: { sha256: 'ab' }, entryPoint: 'build' }, field = 'refSource'): void =>
    server.put(REQUESTS, { metadata: { name, namespace: 'ci' }, status: { data, [field]: source } });

  test('bytes and place of those with data, equal ones once, whatever the field is called', async () => {
    put('a', Buffer.from('one').toString('base64'));
    put('b', Buffer.from('one').toString('base64'));
    put('c', Buffer.from('one').toString('base64'), { uri: 'reg/b', digest: {}, entryPoint: '' });
    put('d', Buffer.from('two').toString('base64'), { uri: 'git', digest: { sha1: 'cd' } }, 'source');
    put('e', undefined);
    put('f', 'no base64!');
    put('g', '');
    const answer = await facts.resolutions('ci', ANY);
    expect(answer.known && answer.value.map(({ content, ...rest }) => ({ ...rest, content: Buffer.from(content).toString() }))).toEqual([
      { name: 'a', uri: 'reg/a', digest: { sha256: 'ab' }, entryPoint: 'build', content: 'one' },
      { name: 'c', uri: 'reg/b', digest: {}, entryPoint: '', content: 'one' },
      { name: 'd', uri: 'git', digest: { sha1: 'cd' }, entryPoint: '', content: 'two' },
    ]);
  });

  test('are none where the kind is not served, and not known where it may not be read', async () => {
    server.refusals.set(REQUESTS, 403);
    expect(await facts.resolutions('ci', ANY)).toMatchObject({ known: false });
    server.kinds.pop();
    time += 20_000;
    expect(await facts.resolutions('ci', ANY)).toEqual({ known: true, value: [] });
  });
});

describe('facts: network policies', () => {
  test('of a namespace, in pages', async () => {
    for (let index = 0; index < 700; index += 1) server.put('/apis/networking.k8s.io/v1/namespaces/ci/networkpolicies', { metadata: { name: `n${index}`, namespace: 'ci' }, spec: {} });
    const answer = await facts.networkPolicies('ci', ANY);
    expect(answer.known && answer.value.length).toBe(700);
  });

  test('of other kinds: which are served, and those that may act on the namespace; believed for some seconds', async () => {
    expect(await facts.otherNetworkPolicies('ci', ANY)).toEqual({ known: true, value: { kinds: [], objects: [] } });
    server.kinds.push({ groupVersion: 'cilium.io/v2', resource: 'ciliumnetworkpolicies' }, { groupVersion: 'cilium.io/v2', resource: 'ciliumclusterwidenetworkpolicies', clusterScoped: true });
    server.put('/apis/cilium.io/v2/namespaces/ci/ciliumnetworkpolicies', { metadata: { name: 'mine', namespace: 'ci' } });
    server.put('/apis/cilium.io/v2/namespaces/other/ciliumnetworkpolicies', { metadata: { name: 'other', namespace: 'other' } });
    server.put('/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies', { metadata: { name: 'all' } });
    time += 11_000;
    const expected = {
      known: true,
      value: {
        kinds: ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy'],
        objects: [{ kind: 'CiliumNetworkPolicy', object: { metadata: { name: 'mine' } } }, { kind: 'CiliumClusterwideNetworkPolicy', object: { metadata: { name: 'all' } } }],
      },
    };
    for (let times = 0; times < 5; times += 1) expect(await facts.otherNetworkPolicies('ci', ANY)).toMatchObject(expected);
    expect(server.asked('/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies')).toBe(1);
  });

  test('J31: of other kinds that live in a namespace are those of this moment: whoever builds there may have made one since the last question', async () => {
    server.kinds.push({ groupVersion: 'cilium.io/v2', resource: 'ciliumnetworkpolicies' }, { groupVersion: 'crd.projectcalico.org/v1', resource: 'networkpolicies' });
    const found = async (): Promise<unknown> => {
      const answer = await facts.otherNetworkPolicies('ci', ANY);
      return answer.known && answer.value.objects.map(({ kind }) => kind);
    };
    expect(await found()).toEqual([]);
    server.put('/apis/cilium.io/v2/namespaces/ci/ciliumnetworkpolicies', { metadata: { name: 'open', namespace: 'ci' } });
    expect(await found()).toEqual(['CiliumNetworkPolicy']);
    server.put('/apis/crd.projectcalico.org/v1/namespaces/ci/networkpolicies', { metadata: { name: 'open', namespace: 'ci' } });
    expect(await found()).toEqual(['CiliumNetworkPolicy', 'NetworkPolicy']);
    server.remove('/apis/cilium.io/v2/namespaces/ci/ciliumnetworkpolicies', 'open');
    expect(await found()).toEqual(['NetworkPolicy']);
  });

  test('J31: of the whole cluster are asked for once, whichever namespaces ask', async () => {
    server.kinds.push({ groupVersion: 'policy.networking.k8s.io/v1alpha1', resource: 'adminnetworkpolicies', clusterScoped: true });
    await Promise.all(['a', 'b', 'c'].map((namespace) => facts.otherNetworkPolicies(namespace, ANY)));
    expect(server.asked('/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies')).toBe(1);
    time += 3500;
    await facts.otherNetworkPolicies('a', ANY);
    expect(server.asked('/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies')).toBe(2);
  });

  test('of Calico are those that are stored, and those that are shown only where nothing else is', async () => {
    server.kinds.push({ groupVersion: 'projectcalico.org/v3', resource: 'networkpolicies' });
    server.put('/apis/projectcalico.org/v3/namespaces/ci/networkpolicies', { metadata: { name: 'shown', namespace: 'ci' } });
    expect(await facts.otherNetworkPolicies('ci', ANY)).toMatchObject({ value: { kinds: ['NetworkPolicy'], objects: [{ object: { metadata: { name: 'shown' } } }] } });
    server.kinds.push({ groupVersion: 'crd.projectcalico.org/v1', resource: 'networkpolicies' });
    server.put('/apis/crd.projectcalico.org/v1/namespaces/ci/networkpolicies', { metadata: { name: 'stored', namespace: 'ci' } });
    time += 11_000;
    expect(await facts.otherNetworkPolicies('ci', ANY)).toMatchObject({ value: { kinds: ['NetworkPolicy'], objects: [{ object: { metadata: { name: 'stored' } } }] } });
  });

  test('of a plug-in whose rules nobody reads have a name of their own', async () => {
    server.kinds.push({ groupVersion: 'crd.antrea.io/v1beta1', resource: 'networkpolicies' });
    expect(await facts.otherNetworkPolicies('ci', ANY)).toEqual({ known: true, value: { kinds: ['NetworkPolicy of Antrea'], objects: [] } });
  });

  test('of other kinds are not known when one of them may not be listed', async () => {
    server.kinds.push({ groupVersion: 'policy.networking.k8s.io/v1alpha1', resource: 'adminnetworkpolicies', clusterScoped: true });
    server.refusals.set('/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies', 403);
    expect(await facts.otherNetworkPolicies('ci', ANY)).toMatchObject({ known: false, cause: expect.stringMatching(/answers 403/) });
  });
});

describe('facts: nobody is kept waiting by others', () => {
  test.each<[string, (greedy: AbortSignal) => Promise<unknown>, (mine: AbortSignal) => Promise<unknown>]>([
    ['which kinds are served', (signal) => facts.object(taskRun('x'), signal), (signal) => facts.object(taskRun(), signal)],
    ['network policies of the whole cluster', (signal) => facts.otherNetworkPolicies('greedy', signal), (signal) => facts.otherNetworkPolicies('ci', signal)],
  ])('S3: nor for %s, which another namespace asked for first and waits for in its own queue', async (_, ask, join) => {
    server.kinds.push({ groupVersion: 'policy.networking.k8s.io/v1alpha1', resource: 'adminnetworkpolicies', clusterScoped: true });
    server.refusals.set('/api/v1/namespaces/greedy/configmaps/slow', 'silent');
    server.put(RUNS, { metadata: { name: 'build', namespace: 'ci' } });
    facts = createClusterFacts(api, { atOnce: 4, timeoutMs: 20_000 });
    const leave = new AbortController();
    const slow = { kind: 'object', group: '', resource: 'configmaps', namespace: 'greedy', name: 'slow' } as const;
    const flood = onBehalfOf({ namespace: 'greedy', caller: 'x' }, () => Array.from({ length: 50 }, () => facts.object(slow, leave.signal)));
    await until(() => server.asked('/api/v1/namespaces/greedy/configmaps/slow') === 3);
    flood.push(onBehalfOf({ namespace: 'greedy', caller: 'x' }, () => ask(leave.signal)) as (typeof flood)[number]);
    expect(await onBehalfOf({ namespace: 'ci', caller: 'y' }, () => join(ANY))).toMatchObject({ known: true });
    // Nobody of the other namespace had to be done for that.
    expect(server.asked('/api/v1/namespaces/greedy/configmaps/slow')).toBe(3);
    leave.abort();
    await Promise.all(flood);
  });

  test('S3: one namespace with many questions leaves places for others', async () => {
    server.refusals.set(`${RUNS}/slow`, 'silent');
    server.put(RUNS, { metadata: { name: 'build', namespace: 'ci' } });
    facts = createClusterFacts(api, { atOnce: 4, timeoutMs: 20_000 });
    const leave = new AbortController();
    const flood = onBehalfOf({ namespace: 'greedy', caller: 'x' }, () => Array.from({ length: 50 }, () => facts.object(taskRun('slow'), leave.signal)));
    await until(() => server.asked(`${RUNS}/slow`) === 3);
    expect(await onBehalfOf({ namespace: 'ci', caller: 'y' }, () => facts.object(taskRun(), ANY))).toMatchObject({ known: true });
    leave.abort();
    expect((await Promise.all(flood)).every(({ known }) => !known)).toBe(true);
  });
});
