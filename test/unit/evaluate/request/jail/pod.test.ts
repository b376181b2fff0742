import { describe, expect, test } from 'vitest';
import { CONTROLLER, judgedBy } from '../../../../support/pipelines.ts';
import { clusterWith, DENY_ALL, FLAGS, GOOD, jailPolicy, judge, judgePodIn, pod, TASK_RUN, type PodChange } from './support.ts';

const env = (...pairs: [string, string][]): PodChange => ({ step: { env: pairs.map(([name, value]) => ({ name, value })) } });
const volume = (one: object): PodChange => ({ spec: { volumes: [{ name: 'v', ...one }] } });
const beside = (list: string, one: object): PodChange => ({ spec: { [list]: [...(list === 'containers' ? [{ name: 'step-compile', env: [{ name: 'TEKTON_HERMETIC', value: '1' }] }] : []), one] } });
const annotated = (more: Record<string, string>): PodChange => ({ metadata: { annotations: { 'experimental.tekton.dev/execution-mode': 'hermetic', ...more } } });

describe('J7: nothing in the pod of user code leads out of it', () => {
  test.each<[string, PodChange, string[]]>([
    ['as Tekton makes it', {}, []],
    ['the network of the node', { spec: { hostNetwork: true } }, ['POLICY_JAIL_POD spec.hostNetwork']],
    ['not the network of the node', { spec: { hostNetwork: false } }, []],
    ['processes of the node', { spec: { hostPID: true } }, ['POLICY_JAIL_POD spec.hostPID']],
    ['memory of the node', { spec: { hostIPC: true } }, ['POLICY_JAIL_POD spec.hostIPC']],
    ['a path of the node', volume({ hostPath: { path: '/run' } }), ['POLICY_JAIL_POD spec.volumes[0].hostPath']],
    ['an empty directory', volume({ emptyDir: {} }), []],
    ['the socket of SPIFFE', volume({ csi: { driver: 'csi.spiffe.io' } }), ['POLICY_JAIL_POD spec.volumes[0].csi']],
    ['another driver', volume({ csi: { driver: 'ebs.csi.aws.com' } }), []],
    ['a projected token', volume({ projected: { sources: [{ configMap: { name: 'ca' } }, { serviceAccountToken: { path: 'token' } }] } }), ['POLICY_JAIL_POD spec.volumes[0].projected']],
    ['a projected certificate', volume({ projected: { sources: [{ podCertificate: { signerName: 'x/y' } }] } }), ['POLICY_JAIL_POD spec.volumes[0].projected']],
    ['projected files', volume({ projected: { sources: [{ configMap: { name: 'ca' } }, { downwardAPI: {} }] } }), []],
    ['a privileged step', { step: { securityContext: { privileged: true } } }, ['POLICY_JAIL_POD spec.containers[0].securityContext']],
    ['a privileged init container', beside('initContainers', { name: 'prepare', securityContext: { privileged: true } }), ['POLICY_JAIL_POD spec.initContainers[0].securityContext']],
    ['a step that is not privileged', { step: { securityContext: { privileged: false } } }, []],
    ['a host process of Windows', { spec: { securityContext: { windowsOptions: { hostProcess: true } } } }, ['POLICY_JAIL_POD spec.securityContext']],
    ['a sidecar', beside('containers', { name: 'sidecar-db' }), ['POLICY_JAIL_POD spec.containers[1]']],
    ['a container that somebody injected', beside('containers', { name: 'istio-proxy' }), ['POLICY_JAIL_POD spec.containers[1]']],
    ['a sidecar that is an init container', beside('initContainers', { name: 'sidecar-db', restartPolicy: 'Always' }), ['POLICY_JAIL_POD spec.initContainers[0]']],
    ["Tekton's own reader of results", beside('containers', { name: 'sidecar-tekton-log-results' }), []],
    ['a further network', annotated({ 'k8s.v1.cni.cncf.io/networks': 'default/open' }), ['POLICY_JAIL_POD metadata.annotations["k8s.v1.cni.cncf.io/networks"]']],
    ['another network in place of its own', annotated({ 'v1.multus-cni.io/default-network': 'default/open' }), ['POLICY_JAIL_POD metadata.annotations["v1.multus-cni.io/default-network"]']],
    ['an interface more', annotated({ 'networking.gke.io/interfaces': 'default/open' }), ['POLICY_JAIL_POD metadata.annotations["networking.gke.io/interfaces"]']],
    ['an annotation about something else', annotated({ 'example.com/networks': 'default/open' }), []],
  ])('%s', async (_, change, expected) => {
    expect(await judgePodIn(change, GOOD)).toEqual(expected);
  });

  test('the message names the sidecar and says how a token is left out', async () => {
    const decision = await judgedBy(jailPolicy(), { cluster: clusterWith(GOOD) })(pod(beside('containers', { name: 'sidecar-db' })), { user: CONTROLLER });
    expect(decision.findings.find(({ code }) => code === 'POLICY_JAIL_POD')).toMatchObject({ artifact: 'sidecar db', found: ['a sidecar shares the network of the pod'] });
    const token = await judgedBy(jailPolicy(), { cluster: clusterWith(GOOD) })(pod(volume({ projected: { sources: [{ serviceAccountToken: {} }] } })), { user: CONTROLLER });
    expect(token.findings.find(({ code }) => code === 'POLICY_JAIL_POD')?.fix).toContain('automountServiceAccountToken: false');
  });
});

describe('J8: the pod of user code is hermetic, and nothing undoes it', () => {
  test.each<[string, PodChange, string[]]>([
    ['no annotation', { metadata: { annotations: {} } }, ['POLICY_JAIL_HERMETIC metadata.annotations']],
    ['an annotation that says something else', { metadata: { annotations: { 'experimental.tekton.dev/execution-mode': 'Hermetic' } } }, ['POLICY_JAIL_HERMETIC metadata.annotations']],
    ['a step that is not asked', { step: { env: [] } }, ['POLICY_JAIL_HERMETIC spec.containers[0]']],
    ['a step that is asked not to be', env(['TEKTON_HERMETIC', '0']), ['POLICY_JAIL_HERMETIC spec.containers[0].env[0]']],
    ['asked last, which counts', env(['TEKTON_HERMETIC', '0'], ['TEKTON_HERMETIC', '1']), []],
    ['undone last, which counts', env(['TEKTON_HERMETIC', '1'], ['TEKTON_HERMETIC', '0']), ['POLICY_JAIL_HERMETIC spec.containers[0].env[1]']],
    ['taken from elsewhere', { step: { env: [{ name: 'TEKTON_HERMETIC', valueFrom: { fieldRef: {} } }] } }, ['POLICY_JAIL_HERMETIC spec.containers[0].env[0]']],
    ['the variable that undoes it', env(['TEKTON_RESOURCE_NAME', 'x'], ['TEKTON_HERMETIC', '1']), ['POLICY_JAIL_BYPASS spec.containers[0].env[0]']],
    ['the same, empty', env(['TEKTON_RESOURCE_NAME', ''], ['TEKTON_HERMETIC', '1']), ['POLICY_JAIL_BYPASS spec.containers[0].env[0]']],
    ['a variable with a longer name', env(['TEKTON_RESOURCE_NAMES', 'x'], ['TEKTON_HERMETIC', '1']), []],
    ['names from elsewhere', { step: { envFrom: [{ configMapRef: { name: 'c' } }] } }, ['POLICY_JAIL_BYPASS spec.containers[0].envFrom']],
    ['an empty envFrom', { step: { envFrom: [] } }, []],
    ['no steps at all', { spec: { containers: [] } }, ['POLICY_FACT_UNKNOWN']],
  ])('%s', async (_, change, expected) => {
    expect(await judgePodIn(change, GOOD)).toEqual(expected);
    const off = await judgePodIn(change, GOOD, jailPolicy('{hermetic: off}'));
    expect(off).toEqual([]);
  });

  test.each<[string, string | undefined, string[]]>([
    ['alpha', FLAGS, []],
    ['beta', FLAGS.replace('alpha', 'beta'), ['POLICY_JAIL_HERMETIC']],
    ['not set', FLAGS.replace('enable-api-fields: alpha', 'other: x'), ['POLICY_JAIL_HERMETIC']],
    ['not there', undefined, ['POLICY_JAIL_HERMETIC']],
  ])('the engine honours it only with alpha features: %s', async (_, flags, expected) => {
    expect(await judgePodIn({}, [TASK_RUN, DENY_ALL, ...(flags === undefined ? [] : [flags])])).toEqual(expected);
  });
});

describe('J9: whose pod it is', () => {
  const owned = (more: object): PodChange => ({ metadata: { ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 'build-1', uid: 'uid-1', controller: true, ...more }] } });

  test.each<[string, PodChange, string[] | 'none']>([
    ['of the run that it names', owned({}), []],
    ['of a run with another uid', owned({ uid: 'uid-2' }), ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['of a run without uid', owned({ uid: '' }), ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['of a run that is not there', owned({ name: 'build-2' }), ['POLICY_OWNER metadata.ownerReferences[0]']],
    ['of a StatefulSet, as the affinity assistant', owned({ kind: 'StatefulSet', apiVersion: 'apps/v1' }), 'none'],
    ['of nobody, with labels of a run', { metadata: { ownerReferences: [] } }, 'none'],
    ['of nobody, without any', { metadata: { ownerReferences: [], labels: {}, annotations: {} } }, 'none'],
  ])('%s', async (_, change, expected) => {
    expect(await judgePodIn(change, GOOD)).toEqual(expected);
  });

  test('a run that cannot be looked up is undetermined', async () => {
    expect(await judge(pod(), clusterWith(GOOD, [], ['object']), { user: CONTROLLER })).toEqual(['POLICY_FACT_UNKNOWN metadata.ownerReferences[0]']);
  });

  test('a run that nobody wrote for user code is not jailed', async () => {
    expect(await judgePodIn({}, [FLAGS, TASK_RUN])).toEqual(['POLICY_JAIL_NETWORK']);
    expect(await judgePodIn({}, [FLAGS, TASK_RUN], jailPolicy('{}', '{userCode: [test]}'))).toEqual([]);
  });

  test('without a fact of any kind it is undetermined, and never admitted', async () => {
    const nothing = clusterWith([], [], ['object', 'networkPolicies', 'pods', 'otherNetworkPolicies']);
    const found = await judge(pod(), nothing, { user: CONTROLLER });
    expect(found).not.toEqual([]);
    expect((found as string[]).every((code) => code.startsWith('POLICY_FACT_UNKNOWN'))).toBe(true);
  });
});
