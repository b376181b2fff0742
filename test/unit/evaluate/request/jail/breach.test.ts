import { describe, expect, test } from 'vitest';
import type { ClusterFacts } from '../../../../../src/domain/ports.ts';
import { judgedBy, type Asking, type Json } from '../../../../support/pipelines.ts';
import { clusterWith, DENY_ALL, jailPolicy, judge, networkPolicy, pod, running, TASK_RUN } from './support.ts';

const NAMESPACE = '{apiVersion: v1, kind: Namespace, metadata: {name: ci}}';
const ENDING = '{apiVersion: v1, kind: Namespace, metadata: {name: ci, deletionTimestamp: "2026-11-29T00:00:00Z"}}';
const OPENING = networkPolicy('open', '{podSelector: {}, policyTypes: [Egress], egress: [{}]}');
const FOR_WEB = networkPolicy('open', '{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{}]}');
const BUILD_ONLY = networkPolicy('deny-all', '{podSelector: {matchLabels: {app: build}}, policyTypes: [Ingress, Egress]}');
const WEB_ONLY = networkPolicy('deny-all', '{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress]}');

const holding = (...more: (string | Json)[]): ClusterFacts => clusterWith([NAMESPACE, TASK_RUN, running(), ...more]);
const BREACH = ['POLICY_JAIL_BREACH'];

describe('J10: no network policy is made, changed or removed that lets out user code that runs', () => {
  test.each<[string, ClusterFacts, string, Asking, string[] | 'none']>([
    ['made, with a rule', holding(DENY_ALL), OPENING, {}, BREACH],
    ['made, with a rule for others', holding(DENY_ALL), FOR_WEB, {}, []],
    ['made, without rules', holding(DENY_ALL), networkPolicy('more', '{podSelector: {}}'), {}, []],
    ['removed', holding(DENY_ALL), DENY_ALL, { operation: 'DELETE' }, BREACH],
    ['removed, while another closes as well', holding(DENY_ALL, networkPolicy('too', '{podSelector: {}, policyTypes: [Ingress, Egress]}')), DENY_ALL, { operation: 'DELETE' }, []],
    ['removed, though the followed list lacks it', holding(), DENY_ALL, { operation: 'DELETE' }, BREACH],
    ['removed, of others', holding(DENY_ALL, FOR_WEB), FOR_WEB, { operation: 'DELETE' }, []],
    ['given a rule', holding(DENY_ALL), DENY_ALL.replace('Egress]}', 'Egress], egress: [{}]}'), { operation: 'UPDATE', old: DENY_ALL }, BREACH],
    ['without egress from now on', holding(DENY_ALL), DENY_ALL.replace('[Ingress, Egress]', '[Ingress]'), { operation: 'UPDATE', old: DENY_ALL }, BREACH],
    ['with a selector that misses it', holding(BUILD_ONLY), WEB_ONLY, { operation: 'UPDATE', old: BUILD_ONLY }, BREACH],
    ['with a selector that still has it', holding(DENY_ALL), BUILD_ONLY, { operation: 'UPDATE', old: DENY_ALL }, []],
    ['with a label more', holding(DENY_ALL), DENY_ALL.replace('namespace: ci', 'namespace: ci, labels: {a: b}'), { operation: 'UPDATE', old: DENY_ALL }, []],
    ['with something that cannot be read', holding(DENY_ALL), networkPolicy('odd', '{podSelector: {}, forward: [{}]}'), {}, ['POLICY_FACT_UNKNOWN']],
    ['while the pod stood open already', holding(), OPENING, {}, []],
    ['while no pod of a run is there', clusterWith([NAMESPACE, TASK_RUN, DENY_ALL]), OPENING, {}, []],
    ['while only pods of others are there', clusterWith([NAMESPACE, DENY_ALL, running({ metadata: { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u' }] } })]), OPENING, {}, []],
    ['while the run of the pod is gone', clusterWith([NAMESPACE, DENY_ALL, running()]), OPENING, {}, BREACH],
  ])('%s', async (_, cluster, source, asking, expected) => {
    expect(await judge(source, cluster, asking)).toEqual(expected);
  });

  test('the message names the pods', async () => {
    const decision = await judgedBy(jailPolicy(), { cluster: holding(DENY_ALL) })(OPENING);
    expect(decision.findings.find(({ code }) => code === 'POLICY_JAIL_BREACH')).toMatchObject({ found: ['pod build-1-pod'], verdict: 'violated', mode: 'enforce' });
    expect(decision.outcome).toBe('deny');
  });

  test.each<[string, (keyof ClusterFacts)[]]>([['pods', ['pods']], ['policies', ['networkPolicies']]])('without knowing %s it is undetermined', async (_, broken) => {
    expect(await judge(OPENING, clusterWith([NAMESPACE, TASK_RUN, running(), DENY_ALL], [], broken))).toEqual(['POLICY_FACT_UNKNOWN']);
  });

  test('a pod whose run cannot be looked up counts', async () => {
    expect(await judge(OPENING, clusterWith([TASK_RUN, running(), DENY_ALL], [], ['object']))).toEqual(BREACH);
  });

  test('a pod that runs no user code does not count', async () => {
    expect(await judge(OPENING, holding(DENY_ALL), {}, jailPolicy('{}', '{userCode: [test]}'))).toEqual([]);
  });

  test('a policy that asks for no network policies has nothing to say', async () => {
    expect(await judge(OPENING, holding(DENY_ALL), {}, jailPolicy('{networkPolicy: off}'))).toBe('none');
  });
});

describe('J11: who clears a namespace away always may', () => {
  const clearer = (name: string): Asking => ({ operation: 'DELETE', user: name, groups: ['system:serviceaccounts:kube-system'] });
  const GC = 'system:serviceaccount:kube-system:generic-garbage-collector';

  test.each<[string, string, string, string[]]>([
    ['the namespace controller', 'system:serviceaccount:kube-system:namespace-controller', NAMESPACE, []],
    ['the garbage collector, while the namespace ends', GC, ENDING, []],
    ['the garbage collector elsewhere: anybody can write an owner reference', GC, NAMESPACE, BREACH],
    ['the controller manager, while the namespace ends', 'system:kube-controller-manager', ENDING, []],
    ['the controller manager elsewhere', 'system:kube-controller-manager', NAMESPACE, BREACH],
    ['somebody, while the namespace ends', 'alice', ENDING, BREACH],
    ['an account of that name in another namespace', 'system:serviceaccount:ci:namespace-controller', NAMESPACE, BREACH],
  ])('%s', async (_, name, namespace, expected) => {
    expect(await judge(DENY_ALL, clusterWith([namespace, TASK_RUN, running(), DENY_ALL]), clearer(name))).toEqual(expected);
  });

  test('only by removing: nobody opens by it', async () => {
    const opened = DENY_ALL.replace('Egress]}', 'Egress], egress: [{}]}');
    expect(await judge(opened, clusterWith([ENDING, TASK_RUN, running(), DENY_ALL]), { operation: 'UPDATE', old: DENY_ALL, user: GC })).toEqual(BREACH);
  });

  test('whether the namespace ends must be known', async () => {
    expect(await judge(DENY_ALL, clusterWith([ENDING, TASK_RUN, running(), DENY_ALL], [], ['object']), clearer(GC))).toEqual(['POLICY_FACT_UNKNOWN']);
  });
});

describe('J12: a pod that runs is not relabelled out of its jail, and keeps its owner', () => {
  const labels = (more: Json): Json => running({ metadata: { labels: more } });
  const changed = (after: Json, more: Asking = {}): Asking & { after: Json } => ({ operation: 'UPDATE', old: running(), after, ...more });

  test.each<[string, ClusterFacts, Asking & { after: Json }, string[] | 'none']>([
    ['the label by which it is jailed', holding(BUILD_ONLY), changed(labels({ app: 'web' })), ['POLICY_JAIL_BREACH metadata.labels']],
    ['the same, with a status', holding(BUILD_ONLY), changed(labels({ app: 'web' }), { sub: 'status' }), ['POLICY_JAIL_BREACH metadata.labels']],
    ['a label more', holding(BUILD_ONLY), changed(labels({ app: 'build', more: 'yes' })), []],
    ['a label by which another policy opens', holding(DENY_ALL, FOR_WEB), changed(labels({ app: 'web' })), ['POLICY_JAIL_BREACH metadata.labels']],
    ['a label that no policy asks for', holding(DENY_ALL), changed(labels({ app: 'web' })), []],
    ['a label of one that stood open', holding(FOR_WEB), changed(labels({ app: 'web' })), []],
    ['one that has ended', clusterWith([TASK_RUN, BUILD_ONLY]), changed(labels({ app: 'web' })), []],
    ['its owner is taken away', holding(DENY_ALL), changed(running({ metadata: { ownerReferences: [] } })), ['POLICY_JAIL_BREACH metadata.ownerReferences']],
    ['its owner becomes another', holding(DENY_ALL), changed(running({ metadata: { ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 'build-1', uid: 'uid-9', controller: true }] } })), ['POLICY_JAIL_BREACH metadata.ownerReferences']],
    ['nothing but an annotation', holding(DENY_ALL), changed(running({ metadata: { annotations: { 'tekton.dev/ready': 'READY' } } })), []],
    ['a privileged container is put into it', holding(DENY_ALL), changed(running({ spec: { ephemeralContainers: [{ name: 'debug', securityContext: { privileged: true } }] } }), { sub: 'ephemeralcontainers' }), ['POLICY_JAIL_POD spec.ephemeralContainers[0].securityContext']],
    ['a further network is attached to it', holding(DENY_ALL), changed(running({ metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': 'open' } } })), ['POLICY_JAIL_POD metadata.annotations["k8s.v1.cni.cncf.io/networks"]']],
    ['a container without rights is', holding(DENY_ALL), changed(running({ spec: { ephemeralContainers: [{ name: 'debug' }] } }), { sub: 'ephemeralcontainers' }), []],
    ['a pod of nobody', holding(DENY_ALL), { operation: 'UPDATE', old: running({ metadata: { ownerReferences: [] } }), after: running({ metadata: { ownerReferences: [], labels: { 'tekton.dev/taskRun': 'x' } } }) }, 'none'],
  ])('%s', async (_, cluster, { after, ...asking }, expected) => {
    expect(await judge(after, cluster, asking)).toEqual(expected);
  });

  test('whether it still runs, and how it stands, must be known', async () => {
    const after = labels({ app: 'web' });
    const asking: Asking = { operation: 'UPDATE', old: running() };
    expect(await judge(after, clusterWith([TASK_RUN, BUILD_ONLY, running()], [], ['pods']), asking)).toEqual(['POLICY_FACT_UNKNOWN']);
    expect(await judge(after, clusterWith([TASK_RUN, BUILD_ONLY, running()], [], ['networkPolicies']), asking)).toEqual(['POLICY_FACT_UNKNOWN']);
  });

  test('a label by which a policy of another kind opens is undetermined', async () => {
    const other = { kind: 'CiliumNetworkPolicy', object: '{spec: {endpointSelector: {matchLabels: {app: web}}, egress: [{}]}}' };
    const cluster = clusterWith([TASK_RUN, DENY_ALL, running()], [other]);
    expect(await judge(labels({ app: 'web' }), cluster, { operation: 'UPDATE', old: running() })).toEqual(['POLICY_FACT_UNKNOWN']);
    expect(await judge(labels({ app: 'api' }), cluster, { operation: 'UPDATE', old: running() })).toEqual([]);
  });
});

describe('J13: a policy of another kind that is made while user code runs', () => {
  const cilium = (app: string, rules: string): string => `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: ci}, spec: {endpointSelector: {matchLabels: {app: ${app}}}${rules}}}`;
  const CALICO = '{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: c, namespace: ci}, spec: {selector: all(), egress: [{action: Allow}]}}';

  test.each<[string, string, string[] | 'none']>([
    ['of Cilium, with a rule for it', cilium('build', ', egress: [{}]'), ['POLICY_FACT_UNKNOWN']],
    ['of Cilium, with a rule for others', cilium('web', ', egress: [{}]'), []],
    ['of Cilium, without rules', cilium('build', ''), []],
    ['of Calico, with a rule', CALICO, ['POLICY_FACT_UNKNOWN']],
  ])('%s', async (_, source, expected) => {
    const cluster = holding(DENY_ALL);
    expect(await judge(source, cluster)).toEqual(expected);
    expect(await judge(source, cluster, {}, jailPolicy('{otherPolicies: accept}'))).toBe('none');
  });
});

test('the pod of these tests is jailed', async () => {
  expect(await judge(pod(), holding(DENY_ALL, '{apiVersion: v1, kind: ConfigMap, metadata: {name: feature-flags, namespace: tekton-pipelines}, data: {enable-api-fields: alpha}}'))).toEqual([]);
});

describe('J33: what takes a jail away is judged by the policies of this moment', () => {
  test.each<[string, string | Json, Asking]>([
    ['a policy that goes', DENY_ALL, { operation: 'DELETE' }],
    ['a pod with other labels', running({ metadata: { labels: { app: 'web' } } }), { operation: 'UPDATE', old: running() }],
  ])('%s: the other one, by which it would be closed, was gone a moment before', async (_, source, asking) => {
    const asked: (true | undefined)[] = [];
    const cluster = holding(BUILD_ONLY, networkPolicy('too', '{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress]}'));
    await judge(source, { ...cluster, networkPolicies: (namespace, signal, now) => { asked.push(now); return cluster.networkPolicies(namespace, signal); } }, asking);
    expect(asked).toEqual([true]);
  });
});

describe('J34: a policy of Cilium says what it says in spec or in specs', () => {
  const cilium = (more: string): string => `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: ci}, ${more}}`;
  const ALLOWS = '{endpointSelector: {}, egress: [{}]}';
  test.each<[string, string, string, string[]]>([
    ['a rule in spec', 'spec: {endpointSelector: {}}', `spec: ${ALLOWS}`, ['POLICY_FACT_UNKNOWN']],
    ['a rule in specs', 'specs: [{endpointSelector: {}}]', `specs: [${ALLOWS}]`, ['POLICY_FACT_UNKNOWN']],
    ['specs beside a spec', 'spec: {endpointSelector: {}}', `spec: {endpointSelector: {}}, specs: [${ALLOWS}]`, ['POLICY_FACT_UNKNOWN']],
    ['nothing', `specs: [${ALLOWS}]`, `specs: [${ALLOWS}], status: {a: 1}`, []],
  ])('an update adds %s', async (_, before, after, expected) => {
    expect(await judge(cilium(after), holding(DENY_ALL), { operation: 'UPDATE', old: cilium(before) })).toEqual(expected);
  });
});
