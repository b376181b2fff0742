import { describe, expect, test } from 'vitest';
import { CONTROLLER } from '../../../../support/pipelines.ts';
import { clusterWith, DENY_ALL, FLAGS, GOOD, jailPolicy, judge, judgePodIn, networkPolicy, pod, TASK_RUN } from './support.ts';

const CLOSED = 'policyTypes: [Ingress, Egress]';
const around = (...policies: string[]): string[] => [FLAGS, TASK_RUN, ...policies];

describe('J1: a pod of user code is isolated in both directions, by one or several policies together', () => {
  test.each<[string, string[], string[]]>([
    ['by one policy over all pods', [DENY_ALL], []],
    ['by one that selects its label', [networkPolicy('one', `{podSelector: {matchLabels: {app: build}}, ${CLOSED}}`)], []],
    ['by two, one for each direction', [networkPolicy('in', '{podSelector: {}, policyTypes: [Ingress]}'), networkPolicy('out', '{podSelector: {}, policyTypes: [Egress]}')], []],
    ['by none at all', [], ['POLICY_JAIL_NETWORK']],
    ['by one that selects others', [networkPolicy('one', `{podSelector: {matchLabels: {app: web}}, ${CLOSED}}`)], ['POLICY_JAIL_NETWORK']],
    ['by one without types, which is about ingress alone', [networkPolicy('one', '{podSelector: {}}')], ['POLICY_JAIL_NETWORK']],
    ['by one with empty types, which is the same', [networkPolicy('one', '{podSelector: {}, policyTypes: []}')], ['POLICY_JAIL_NETWORK']],
    ['in ingress only', [networkPolicy('one', '{podSelector: {}, policyTypes: [Ingress]}')], ['POLICY_JAIL_NETWORK']],
    ['in egress only', [networkPolicy('one', '{podSelector: {}, policyTypes: [Egress]}')], ['POLICY_JAIL_NETWORK']],
    ['by one that is being deleted', [DENY_ALL.replace('name: deny-all', 'deletionTimestamp: "2026-11-29T00:00:00Z", finalizers: [x/y], name: deny-all')], ['POLICY_JAIL_NETWORK']],
    ['by one of another namespace', [DENY_ALL.replace('namespace: ci', 'namespace: other')], ['POLICY_JAIL_NETWORK']],
  ])('%s', async (_, policies, expected) => {
    expect(await judgePodIn({}, around(...policies))).toEqual(expected);
  });
});

describe('J2: no policy that selects it has a rule', () => {
  test.each<[string, string, string[]]>([
    ['egress to everybody', '{podSelector: {}, policyTypes: [Egress], egress: [{}]}', ['POLICY_JAIL_OPEN']],
    ['egress to DNS', '{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{protocol: UDP, port: 53}]}]}', ['POLICY_JAIL_OPEN']],
    ['egress to one address', '{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.1/32}}]}]}', ['POLICY_JAIL_OPEN']],
    ['ingress from pods', '{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}', ['POLICY_JAIL_OPEN']],
    ['egress, without types', '{podSelector: {}, egress: [{}]}', ['POLICY_JAIL_OPEN']],
    ['egress, though its type is ingress', '{podSelector: {}, policyTypes: [Ingress], egress: [{}]}', ['POLICY_JAIL_OPEN']],
    ['egress for another pod', '{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{}]}', []],
    ['empty lists of rules', `{podSelector: {}, ${CLOSED}, ingress: [], egress: []}`, []],
    ['lists that are null', `{podSelector: {}, ${CLOSED}, ingress: null, egress: null}`, []],
  ])('%s', async (_, spec, expected) => {
    expect(await judgePodIn({}, around(DENY_ALL, networkPolicy('more', spec)))).toEqual(expected);
  });
});

describe('J3: selectors are those of the API', () => {
  test.each<[string, string, string[]]>([
    ['In', '{key: app, operator: In, values: [web, build]}', []],
    ['In, without the value', '{key: app, operator: In, values: [web]}', ['POLICY_JAIL_NETWORK']],
    ['NotIn', '{key: app, operator: NotIn, values: [web]}', []],
    ['NotIn of a label that is not there', '{key: tier, operator: NotIn, values: [web]}', []],
    ['NotIn, with the value', '{key: app, operator: NotIn, values: [build]}', ['POLICY_JAIL_NETWORK']],
    ['Exists', '{key: app, operator: Exists}', []],
    ['Exists of a label that is not there', '{key: tier, operator: Exists}', ['POLICY_JAIL_NETWORK']],
    ['DoesNotExist', '{key: tier, operator: DoesNotExist}', []],
    ['DoesNotExist of a label that is there', '{key: app, operator: DoesNotExist}', ['POLICY_JAIL_NETWORK']],
  ])('%s', async (_, expression, expected) => {
    expect(await judgePodIn({}, around(networkPolicy('one', `{podSelector: {matchExpressions: [${expression}]}, ${CLOSED}}`)))).toEqual(expected);
  });

  test('both kinds of demands must hold', async () => {
    const both = (label: string): string => networkPolicy('one', `{podSelector: {matchLabels: {app: ${label}}, matchExpressions: [{key: app, operator: Exists}]}, ${CLOSED}}`);
    expect(await judgePodIn({}, around(both('build')))).toEqual([]);
    expect(await judgePodIn({}, around(both('web')))).toEqual(['POLICY_JAIL_NETWORK']);
  });
});

describe('J4: what cannot be read makes a policy one of which nothing is known', () => {
  test.each<[string, string, string[]]>([
    ['an operator that is not known', '{podSelector: {matchExpressions: [{key: app, operator: Like, values: [b]}]}}', ['POLICY_FACT_UNKNOWN']],
    ['In without values', '{podSelector: {matchExpressions: [{key: app, operator: In}]}}', ['POLICY_FACT_UNKNOWN']],
    ['Exists with values', '{podSelector: {matchExpressions: [{key: app, operator: Exists, values: [a]}]}}', ['POLICY_FACT_UNKNOWN']],
    ['a member of the selector that is not known', '{podSelector: {matchNames: [a]}}', ['POLICY_FACT_UNKNOWN']],
    ['a selector that is a list', '{podSelector: []}', ['POLICY_FACT_UNKNOWN']],
    ['a type that is not known', '{podSelector: {}, policyTypes: [Sideways]}', ['POLICY_FACT_UNKNOWN']],
    ['rules that are no list', '{podSelector: {}, egress: {}}', ['POLICY_FACT_UNKNOWN']],
    ['a member of the spec that is not known', '{podSelector: {}, forward: [{}]}', ['POLICY_FACT_UNKNOWN']],
    ['the same of a policy that selects others', '{podSelector: {matchLabels: {app: web}}, forward: [{}]}', []],
  ])('%s', async (_, spec, expected) => {
    expect(await judgePodIn({}, around(DENY_ALL, networkPolicy('odd', spec)))).toEqual(expected);
  });

  test('policies that are not known, of either kind, are undetermined', async () => {
    const both = clusterWith(GOOD, [], ['networkPolicies', 'otherNetworkPolicies']);
    expect(await judge(pod(), both, { user: CONTROLLER })).toEqual(['POLICY_FACT_UNKNOWN', 'POLICY_FACT_UNKNOWN']);
    expect(await judge(pod(), clusterWith(GOOD, [], ['networkPolicies']), { user: CONTROLLER })).toEqual(['POLICY_FACT_UNKNOWN']);
    expect(await judge(pod(), clusterWith(GOOD), { user: CONTROLLER })).toEqual([]);
  });

  test('a rule that was read opens, whatever else cannot be', async () => {
    const odd = networkPolicy('odd', '{podSelector: {}, policyTypes: [Sideways]}');
    const open = networkPolicy('open', '{podSelector: {}, egress: [{}]}');
    expect(await judgePodIn({}, around(odd, open))).toEqual(['POLICY_FACT_UNKNOWN', 'POLICY_JAIL_OPEN']);
  });
});

describe('J5: network policies of other kinds', () => {
  const cilium = (spec: string): string => `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: ci}, spec: ${spec}}`;
  const said = (kind: string, object: string, policy = jailPolicy()): Promise<string[] | 'none'> =>
    judge(pod(), clusterWith(GOOD, [{ kind, object }]), { user: CONTROLLER }, policy);

  test.each<[string, string, string, string[]]>([
    ['AdminNetworkPolicy that allows', 'AdminNetworkPolicy', '{spec: {subject: {namespaces: {}}, egress: [{action: Allow, to: [{networks: [0.0.0.0/0]}]}]}}', ['POLICY_FACT_UNKNOWN']],
    ['AdminNetworkPolicy that denies and passes on', 'AdminNetworkPolicy', '{spec: {subject: {namespaces: {}}, ingress: [{action: Pass}], egress: [{action: Deny}]}}', []],
    ['AdminNetworkPolicy with an action that is not known', 'AdminNetworkPolicy', '{spec: {egress: [{action: Tunnel}]}}', ['POLICY_FACT_UNKNOWN']],
    ['AdminNetworkPolicy without rules', 'AdminNetworkPolicy', '{spec: {subject: {namespaces: {}}}}', []],
    ['BaselineAdminNetworkPolicy, which isolated pods never ask', 'BaselineAdminNetworkPolicy', '{spec: {egress: [{action: Allow}]}}', []],
    ['ClusterNetworkPolicy of the admin tier that accepts', 'ClusterNetworkPolicy', '{spec: {tier: Admin, egress: [{action: Accept}]}}', ['POLICY_FACT_UNKNOWN']],
    ['ClusterNetworkPolicy of the baseline tier', 'ClusterNetworkPolicy', '{spec: {tier: Baseline, egress: [{action: Accept}]}}', []],
    ['CiliumNetworkPolicy that selects it', 'CiliumNetworkPolicy', cilium('{endpointSelector: {matchLabels: {app: build}}, egress: [{toEntities: [world]}]}'), ['POLICY_FACT_UNKNOWN']],
    ['CiliumNetworkPolicy that selects it by a prefixed label', 'CiliumNetworkPolicy', cilium('{endpointSelector: {matchLabels: {"k8s:app": build, "k8s:io.kubernetes.pod.namespace": ci}}, egress: [{}]}'), ['POLICY_FACT_UNKNOWN']],
    ['CiliumNetworkPolicy that selects others', 'CiliumNetworkPolicy', cilium('{endpointSelector: {matchLabels: {app: web}}, egress: [{}]}'), []],
    ['CiliumNetworkPolicy that only denies', 'CiliumNetworkPolicy', cilium('{endpointSelector: {}, egressDeny: [{}]}'), []],
    ['CiliumNetworkPolicy with several specs', 'CiliumNetworkPolicy', '{specs: [{endpointSelector: {}}, {endpointSelector: {}, egress: [{}]}]}', ['POLICY_FACT_UNKNOWN']],
    ['CiliumClusterwideNetworkPolicy for nodes', 'CiliumClusterwideNetworkPolicy', '{spec: {nodeSelector: {}, ingress: [{}]}}', []],
    ['NetworkPolicy of Calico that allows', 'NetworkPolicy', '{spec: {selector: all(), egress: [{action: Allow}]}}', ['POLICY_FACT_UNKNOWN']],
    ['GlobalNetworkPolicy of Calico that denies', 'GlobalNetworkPolicy', '{spec: {egress: [{action: Deny}]}}', []],
    ['a kind that is not known', 'EdgePolicy', '{spec: {}}', ['POLICY_FACT_UNKNOWN']],
    ['one without a spec', 'CiliumNetworkPolicy', '{metadata: {name: c}}', ['POLICY_FACT_UNKNOWN']],
  ])('%s', async (_, kind, object, expected) => {
    expect(await said(kind, object)).toEqual(expected);
  });

  test('accepted as they are, they are not asked for', async () => {
    const opening = '{spec: {egress: [{action: Allow}]}}';
    expect(await said('AdminNetworkPolicy', opening, jailPolicy('{otherPolicies: accept}'))).toEqual([]);
    expect(await judge(pod(), clusterWith(GOOD, [], ['otherNetworkPolicies']), { user: CONTROLLER }, jailPolicy('{otherPolicies: accept}'))).toEqual([]);
  });
});

describe('J6: the network is not looked at where the policy does not demand it', () => {
  test('networkPolicy: off', async () => {
    expect(await judgePodIn({}, around(), jailPolicy('{networkPolicy: off}'))).toEqual([]);
    expect(await judgePodIn({}, around(), jailPolicy('{hermetic: off}'))).toEqual(['POLICY_JAIL_NETWORK']);
  });
});
