// Gate 3 of the factory: user code runs in a jail that admits nothing, from the run to the end of its pod.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { denialText } from '../../src/explain/index.ts';
import { JSON_LIMITS, parseJson, readAdmissionReview } from '../../src/intake/index.ts';
import { clusterOf, CONTROLLER, judgedBy, object, type Json } from '../support/pipelines.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';
import { manualTimers } from '../support/timers.ts';
import { lookup, source } from '../unit/engine/support.ts';
import { clusterWith, FLAGS, jailed, jailPolicy, judge, judgePodIn, networkPolicy, pod, running, TASK_RUN } from '../unit/evaluate/request/jail/support.ts';
import { createWorld } from '../world/world.ts';

const SHIPPED = readFileSync(new URL('../../deploy/network/deny-all.yaml', import.meta.url), 'utf8');
/** The shipped policy as it is applied to namespace ci, changed. */
const shipped = (change: (text: string) => string = (text) => text): string => change(SHIPPED).replace('metadata:\n', 'metadata:\n  namespace: ci\n');

describe('J21: the NetworkPolicy that is shipped makes a jail', () => {
  test('as it is', async () => {
    expect(await judgePodIn({}, [FLAGS, TASK_RUN, shipped()])).toEqual([]);
  });

  test.each<[string, (text: string) => string, string]>([
    ['for pods with a label only', (text) => text.replace('podSelector: {}', 'podSelector: {matchLabels: {jail: "true"}}'), 'POLICY_JAIL_NETWORK'],
    ['for pods without its label', (text) => text.replace('podSelector: {}', 'podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [build]}]}'), 'POLICY_JAIL_NETWORK'],
    ['in one direction', (text) => text.replace('[Ingress, Egress]', '[Ingress]'), 'POLICY_JAIL_NETWORK'],
    ['in the other direction', (text) => text.replace('[Ingress, Egress]', '[Egress]'), 'POLICY_JAIL_NETWORK'],
    ['without types', (text) => text.replace('  policyTypes: [Ingress, Egress]\n', ''), 'POLICY_JAIL_NETWORK'],
    ['with everything out', (text) => `${text}  egress: [{}]\n`, 'POLICY_JAIL_OPEN'],
    ['with DNS', (text) => `${text}  egress: [{ports: [{protocol: UDP, port: 53}]}]\n`, 'POLICY_JAIL_OPEN'],
    ['with one address', (text) => `${text}  egress: [{to: [{ipBlock: {cidr: 192.0.2.1/32}}]}]\n`, 'POLICY_JAIL_OPEN'],
    ['with its own namespace', (text) => `${text}  ingress: [{from: [{podSelector: {}}]}]\n`, 'POLICY_JAIL_OPEN'],
  ])('widened, it does not: %s', async (_, change, code) => {
    expect(await judgePodIn({}, [FLAGS, TASK_RUN, shipped(change)])).toEqual([code]);
  });

  test('beside a policy for tasks that fetch, unless the pod carries their label', async () => {
    const fetching = networkPolicy('fetch', '{podSelector: {matchLabels: {tekton.dev/task: git-clone}}, policyTypes: [Egress], egress: [{}]}');
    expect(await judgePodIn({}, [FLAGS, TASK_RUN, shipped(), fetching])).toEqual([]);
    expect(await judgePodIn({ metadata: { labels: { 'tekton.dev/task': 'git-clone' } } }, [FLAGS, TASK_RUN, shipped(), fetching])).toEqual(['POLICY_JAIL_OPEN']);
  });
});

describe('J22: from the run to the end of its pod', () => {
  const RUN: Json = {
    ...object(TASK_RUN),
    metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1', annotations: { 'experimental.tekton.dev/execution-mode': 'hermetic' } },
    spec: { ...(object(TASK_RUN)['spec'] as Json), podTemplate: { automountServiceAccountToken: false } },
  };
  const before = clusterWith([FLAGS, shipped()]);
  const made = clusterWith([FLAGS, RUN, shipped()]);
  const inside = clusterWith([FLAGS, RUN, shipped(), running()]);
  const after = clusterWith([FLAGS, RUN, shipped()]);

  test('a good run is admitted, and so is its pod', async () => {
    expect(await judge(RUN, before)).toEqual([]);
    expect(await judge(pod(), made, { user: CONTROLLER })).toEqual([]);
  });

  test('while it runs, its jail stands; afterwards it may be taken down', async () => {
    const removed = { operation: 'DELETE' } as const;
    expect(await judge(shipped(), inside, removed)).toEqual(['POLICY_JAIL_BREACH']);
    expect(await judge(shipped(), after, removed)).toEqual([]);
  });

  test('who is refused reads which pod it is, and what to do', async () => {
    const text = denialText(await judgedBy(jailPolicy(), { cluster: inside })(shipped(), { operation: 'DELETE' }));
    expect(text).toContain('pod build-1-pod');
    expect(text).toContain('[POLICY_JAIL_BREACH]');
    expect(text).toMatch(/wait until the pods have ended/);
  });

  test('a pod that only says that it belongs to the run is not the run\'s', async () => {
    const forged = pod({ metadata: { ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 'build-1', uid: 'uid-of-another', controller: true }] } });
    expect(await judge(forged, made, { user: CONTROLLER })).toEqual(['POLICY_OWNER metadata.ownerReferences[0]']);
  });

  test('in a mode that only warns the same is said, and nothing refused', async () => {
    const decision = await judgedBy(jailPolicy('{}', '{}', 'warn'), { cluster: inside })(shipped(), { operation: 'DELETE' });
    expect([decision.outcome, jailed(decision)]).toEqual(['warn', ['POLICY_JAIL_BREACH']]);
  });
});

describe('J36: a jail must stand when its pod is admitted, and not only when it was asked for', () => {
  const GONE = { known: true, value: [] } as const;

  /** The pod is asked for; its images take so long, and from the second time on the cluster has other network policies. */
  async function slowly(ms: number, after: 'standing' | 'gone'): Promise<{ outcome: string; codes: unknown; asked: number }> {
    const [cluster, counted] = [clusterWith([FLAGS, TASK_RUN, shipped()]), { asked: 0, time: Date.parse('2026-11-01T00:00:00Z') }];
    const facts = {
      ...cluster,
      networkPolicies: async (...asking: Parameters<typeof cluster.networkPolicies>) => {
        counted.asked += 1;
        return counted.asked > 1 && after === 'gone' ? GONE : cluster.networkPolicies(...asking);
      },
    };
    const policies = `${jailPolicy()}---\n${JSON.stringify({
      apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'team' }, spec: { identities: [{ key: { data: createWorld({ now: 0 }).key().publicKeyPem } }] },
    })}\n---\n${JSON.stringify({
      apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'images' },
      spec: { mode: 'warn', artifacts: [{ image: '**' }], require: [{ name: 'signed', signature: { by: ['team'] } }] },
    })}`;
    const slow = source(() => {
      counted.time += ms;
      return lookup([]);
    });
    const judgePod = judgedBy(policies, { cluster: facts, ports: { clock: { now: () => counted.time }, timers: manualTimers(), source: slow } });
    const decision = await judgePod(pod(), { user: CONTROLLER });
    return { outcome: decision.outcome, codes: jailed(decision), asked: counted.asked };
  }

  test.each<[string, number, 'standing' | 'gone', object]>([
    ['images that took their time, and a policy that went', 300, 'gone', { outcome: 'deny', codes: ['POLICY_JAIL_NETWORK'], asked: 2 }],
    ['images that took their time, and a policy that stands', 300, 'standing', { outcome: 'warn', codes: [], asked: 2 }],
    ['images that took no time', 0, 'gone', { outcome: 'warn', codes: [], asked: 1 }],
  ])('%s', async (_, ms, after, expected) => {
    expect(await slowly(ms, after)).toEqual(expected);
  });
});

describe.skipIf(!hasSharedData)('J23: pods recorded from a Tekton that was set up without any of it', () => {
  const reviews = readFileSync(sharedData('tekton-recorded/h-sidecar.jsonl'), 'utf8').trim().split('\n').map((line) => {
    const json = parseJson(Buffer.from(JSON.stringify((JSON.parse(line) as { review: unknown }).review)), JSON_LIMITS);
    const result = json.ok ? readAdmissionReview(json.value) : undefined;
    if (result?.ok !== true) throw new Error('not readable');
    return result.review;
  });

  test('everything that is missing is said at once, and of the pod of a publisher nothing', async () => {
    const asked = reviews.find(({ resource, operation }) => resource.resource === 'pods' && operation === 'CREATE');
    const run = reviews.find(({ resource, operation }) => resource.resource === 'taskruns' && operation === 'CREATE');
    const source = asked?.object as Json;
    const owner = ((source['metadata'] as Json)['ownerReferences'] as { uid: string }[])[0];
    const taskRun = run?.object as Json;
    const live = { ...taskRun, metadata: { ...(taskRun['metadata'] as Json), namespace: asked?.namespace, uid: owner?.uid } };
    const say = (classes = '{}') => judge(source, { ...clusterOf([live]) }, { user: CONTROLLER, ...(asked === undefined ? {} : { namespace: asked.namespace }) }, jailPolicy('{}', classes));
    const codes = [...new Set(((await say()) as string[]).map((code) => code.split(' ')[0]))].sort();
    expect(codes).toEqual(['POLICY_JAIL_HERMETIC', 'POLICY_JAIL_NETWORK', 'POLICY_JAIL_POD']);
    expect(await say('{userCode: [test]}')).toEqual([]);
  });
});
