import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Json } from '../../../../support/pipelines.ts';
import { clusterWith, FLAGS, jailPolicy, judge } from './support.ts';

const IMAGE = `golang@sha256:${'a'.repeat(64)}`;
const HERMETIC = { 'experimental.tekton.dev/execution-mode': 'hermetic' };

interface Change {
  readonly annotations?: Json;
  readonly podTemplate?: Json;
  readonly task?: Json;
  readonly step?: Json;
}

/** A TaskRun with its task in it, hermetic and without a token. */
function taskRun({ annotations = HERMETIC, podTemplate = {}, task = {}, step = {} }: Change = {}): Json {
  return {
    apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'build-1', namespace: 'ci', annotations },
    spec: { podTemplate: { automountServiceAccountToken: false, ...podTemplate }, taskSpec: { steps: [{ name: 'compile', image: IMAGE, ...step }], ...task } },
  };
}

const said = (source: string | Json, policy = jailPolicy(), cluster = clusterWith([FLAGS])): Promise<string[] | 'none'> => judge(source, cluster, {}, policy);
const variable = (name: string): Json => ({ env: [{ name, value: 'x' }] });

describe('J18: a run is judged before it starts, by what is written into it', () => {
  test.each<[string, Change, string[]]>([
    ['nothing that leads out', {}, []],
    ['no annotation', { annotations: {} }, ['POLICY_JAIL_HERMETIC spec.taskSpec']],
    ['an annotation with another value', { annotations: { 'experimental.tekton.dev/execution-mode': 'open' } }, ['POLICY_JAIL_HERMETIC spec.taskSpec']],
    ['the variable, in a step', { step: variable('TEKTON_RESOURCE_NAME') }, ['POLICY_JAIL_BYPASS spec.taskSpec.steps[0].env[0]']],
    ['another variable', { step: variable('TEKTON_RESOURCE') }, []],
    ['the variable, in the template of steps', { task: { stepTemplate: variable('TEKTON_RESOURCE_NAME') } }, ['POLICY_JAIL_BYPASS spec.taskSpec.stepTemplate.env[0]']],
    ['the variable, in the pod template', { podTemplate: variable('TEKTON_RESOURCE_NAME') }, ['POLICY_JAIL_BYPASS spec.podTemplate.env[0]']],
    ['names from elsewhere, in a step', { step: { envFrom: [{ secretRef: { name: 's' } }] } }, ['POLICY_JAIL_BYPASS spec.taskSpec.steps[0].envFrom']],
    ['names from elsewhere, in the template', { task: { stepTemplate: { envFrom: [{ configMapRef: { name: 'c' } }] } } }, ['POLICY_JAIL_BYPASS spec.taskSpec.stepTemplate.envFrom']],
    ['a sidecar', { task: { sidecars: [{ name: 'db', image: IMAGE }] } }, ['POLICY_JAIL_POD spec.taskSpec.sidecars[0]']],
    ['a path of the node', { task: { volumes: [{ name: 'v', hostPath: { path: '/' } }] } }, ['POLICY_JAIL_POD spec.taskSpec.volumes[0].hostPath']],
    ['a path of the node, in the pod template', { podTemplate: { volumes: [{ name: 'v', hostPath: { path: '/' } }] } }, ['POLICY_JAIL_POD spec.podTemplate.volumes[0].hostPath']],
    ['the socket of SPIFFE', { task: { volumes: [{ name: 'v', csi: { driver: 'csi.spiffe.io' } }] } }, ['POLICY_JAIL_POD spec.taskSpec.volumes[0].csi']],
    ['a projected token', { task: { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] } }, ['POLICY_JAIL_POD spec.taskSpec.volumes[0].projected']],
    ['projected files', { task: { volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: 'c' } }] } }] } }, []],
    ['a privileged step', { step: { securityContext: { privileged: true } } }, ['POLICY_JAIL_POD spec.taskSpec.steps[0].securityContext']],
    ['the network of the node', { podTemplate: { hostNetwork: true } }, ['POLICY_JAIL_POD spec.podTemplate.hostNetwork']],
    ['a token that is mounted', { podTemplate: { automountServiceAccountToken: true } }, ['POLICY_JAIL_POD spec.podTemplate']],
    ['a further network', { annotations: { ...HERMETIC, 'k8s.v1.cni.cncf.io/networks': 'open' } }, ['POLICY_JAIL_POD metadata.annotations["k8s.v1.cni.cncf.io/networks"]']],
  ])('%s', async (_, change, expected) => {
    expect(await said(taskRun(change))).toEqual(expected);
  });

  test('a run that does not say that no token is mounted', async () => {
    const run = parse(JSON.stringify(taskRun())) as { spec: { podTemplate?: unknown } };
    delete run.spec.podTemplate;
    expect(await said(run as unknown as Json)).toEqual(['POLICY_JAIL_POD spec']);
  });

  test('the engine must honour the annotation, as far as that is known', async () => {
    expect(await said(taskRun(), jailPolicy(), clusterWith([FLAGS.replace('alpha', 'stable')]))).toEqual(['POLICY_JAIL_HERMETIC']);
    expect(await said(taskRun(), jailPolicy(), clusterWith([FLAGS], [], ['object']))).toEqual(['POLICY_FACT_UNKNOWN']);
  });

  test('where the policy does not demand it, hermetic execution is not looked at; the rest is', async () => {
    expect(await said(taskRun({ annotations: {}, step: variable('TEKTON_RESOURCE_NAME') }), jailPolicy('{hermetic: off}'))).toEqual([]);
    expect(await said(taskRun({ podTemplate: { hostNetwork: true } }), jailPolicy('{hermetic: off, networkPolicy: off}'))).toEqual(['POLICY_JAIL_POD spec.podTemplate.hostNetwork']);
  });

  test('where nothing that is a build runs user code, nothing is demanded', async () => {
    expect(await said(taskRun({ annotations: {}, podTemplate: { hostNetwork: true } }), jailPolicy('{}', '{userCode: [test]}'))).toEqual([]);
  });

  test('an update is judged with the pods', async () => {
    expect(await judge(taskRun({ annotations: {} }), clusterWith([FLAGS]), { operation: 'UPDATE' })).toBe('none');
  });
});

describe('J19: each task of a pipeline, with what its run says of it', () => {
  const pipelineRun = (more: string): string => `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: release-1, namespace: ci${more.includes('@run') ? ', annotations: {experimental.tekton.dev/execution-mode: hermetic}' : ''}}
spec:
  taskRunTemplate: {podTemplate: {automountServiceAccountToken: false}}
${more.replace('@run', '')}
`;
  const TWO = `
  pipelineSpec:
    tasks:
    - {name: compile, taskSpec: {metadata: {annotations: {experimental.tekton.dev/execution-mode: hermetic}}, steps: [{name: a, image: "${IMAGE}"}]}}
    - {name: check, taskSpec: {steps: [{name: b, image: "${IMAGE}"}]}}`;

  test.each<[string, string, string[]]>([
    ['one of two has the annotation', pipelineRun(TWO), ['POLICY_JAIL_HERMETIC spec.pipelineSpec.tasks[1].taskSpec']],
    ['the run has it', pipelineRun(`@run${TWO}`), []],
    ['the run says it of the other', pipelineRun(`${TWO}\n  taskRunSpecs: [{pipelineTaskName: check, metadata: {annotations: {experimental.tekton.dev/execution-mode: hermetic}}}]`), []],
    ['the run says otherwise of one', pipelineRun(`@run${TWO}\n  taskRunSpecs: [{pipelineTaskName: check, metadata: {annotations: {experimental.tekton.dev/execution-mode: open}}}]`), ['POLICY_JAIL_HERMETIC spec.pipelineSpec.tasks[1].taskSpec']],
    ['the run mounts a token for one', pipelineRun(`@run${TWO}\n  taskRunSpecs: [{pipelineTaskName: check, podTemplate: {automountServiceAccountToken: true}}]`), ['POLICY_JAIL_POD spec.taskRunSpecs[0].podTemplate']],
    ['the run gives one another network', pipelineRun(`@run${TWO}\n  taskRunSpecs: [{pipelineTaskName: check, metadata: {annotations: {k8s.v1.cni.cncf.io/networks: open}}}]`), ['POLICY_JAIL_POD spec.taskRunSpecs[0].metadata']],
  ])('%s', async (_, source, expected) => {
    expect(await said(source)).toEqual(expected);
  });

  test('what holds for all tasks is said once', async () => {
    expect(await said(pipelineRun(`@run${TWO}`).replace('automountServiceAccountToken: false', 'automountServiceAccountToken: false, hostNetwork: true'))).toEqual(['POLICY_JAIL_POD spec.taskRunTemplate.podTemplate.hostNetwork']);
  });

  test('a pipeline that is stored starts nothing', async () => {
    const stored = `{apiVersion: tekton.dev/v1, kind: Pipeline, metadata: {name: p, namespace: ci}, spec: {tasks: [{name: a, taskSpec: {steps: [{name: s, image: "${IMAGE}"}]}}]}}`;
    expect(await said(stored)).toBe('none');
  });
});

describe('J20: Argo Workflows', () => {
  const workflow = (more = ''): string => `{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {name: w, namespace: ci, uid: uid-w}, spec: {entrypoint: main, automountServiceAccountToken: false${more}, templates: [{name: main, container: {image: "${IMAGE}"}}]}}`;
  const API = '{hermetic: off, apiServer: [10.0.0.1/32]}';
  const DENY = (egress: string): string => `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: argo, namespace: ci}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]${egress}}}`;
  const podOf = (kind: string): Json => ({
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name: 'w-1', namespace: 'ci', labels: { 'workflows.argoproj.io/workflow': 'w' }, ownerReferences: [kind === 'Workflow' ? { apiVersion: 'argoproj.io/v1alpha1', kind, name: 'w', uid: 'uid-w', controller: true } : { apiVersion: 'tekton.dev/v1', kind, name: 'build-1', uid: 'uid-1', controller: true }] },
    spec: { containers: [{ name: 'main', image: 'i' }, { name: 'wait', image: 'argoexec' }] },
  });

  test('they have no hermetic execution, so a policy that requires it refuses them', async () => {
    expect(await said(workflow())).toEqual(['POLICY_JAIL_HERMETIC']);
    expect(await said(workflow(), jailPolicy('{hermetic: off}'))).toEqual([]);
  });

  test('ways out that are written into them', async () => {
    expect(await said(workflow(', hostNetwork: true'), jailPolicy('{hermetic: off}'))).toEqual(['POLICY_JAIL_POD spec.hostNetwork']);
    expect(await said(workflow().replace('automountServiceAccountToken: false', 'parallelism: 1'), jailPolicy('{hermetic: off}'))).toHaveLength(1);
  });

  test.each<[string, string, string, string[]]>([
    ['closed', '', API, []],
    ['the API server alone', ', egress: [{to: [{ipBlock: {cidr: 10.0.0.1/32}}]}]', API, []],
    ['the API server at its port', ', egress: [{to: [{ipBlock: {cidr: 10.0.0.1/32}}], ports: [{port: 443}]}]', API, []],
    ['the API server, without being named by the policy', ', egress: [{to: [{ipBlock: {cidr: 10.0.0.1/32}}]}]', '{hermetic: off}', ['POLICY_JAIL_OPEN']],
    ['more than the API server', ', egress: [{to: [{ipBlock: {cidr: 10.0.0.0/24}}]}]', API, ['POLICY_JAIL_OPEN']],
    ['the API server and another', ', egress: [{to: [{ipBlock: {cidr: 10.0.0.1/32}}, {ipBlock: {cidr: 10.0.0.2/32}}]}]', API, ['POLICY_JAIL_OPEN']],
    ['the API server and pods', ', egress: [{to: [{ipBlock: {cidr: 10.0.0.1/32}, podSelector: {}}]}]', API, ['POLICY_JAIL_OPEN']],
    ['a port of everybody', ', egress: [{ports: [{port: 443}]}]', API, ['POLICY_JAIL_OPEN']],
    ['everybody, by an empty list', ', egress: [{to: []}]', API, ['POLICY_JAIL_OPEN']],
    ['ingress from the API server', ', ingress: [{from: [{ipBlock: {cidr: 10.0.0.1/32}}]}]', API, ['POLICY_JAIL_OPEN']],
  ])('a pod whose network reaches %s', async (_, egress, jail, expected) => {
    expect(await said(podOf('Workflow'), jailPolicy(jail), clusterWith([workflow(), DENY(egress)]))).toEqual(expected);
  });

  test('the exception is for pods of Workflows alone', async () => {
    const run = '{apiVersion: tekton.dev/v1, kind: TaskRun, metadata: {name: build-1, namespace: ci, uid: uid-1}, spec: {taskSpec: {steps: [{name: s, image: i}]}}}';
    const cluster = clusterWith([FLAGS, run, DENY(', egress: [{to: [{ipBlock: {cidr: 10.0.0.1/32}}]}]')]);
    expect(await said({ ...podOf('TaskRun'), spec: { containers: [{ name: 'step-s', image: 'i' }] } }, jailPolicy(API), cluster)).toEqual(['POLICY_JAIL_OPEN']);
  });

  test.each<[string, string[], string[]]>([
    ['the executor alone', ['wait'], []],
    ['the executor and the container of the user', ['wait', 'main'], ['POLICY_JAIL_POD spec.volumes[0].projected']],
    ['nobody that is seen', [], ['POLICY_JAIL_POD spec.volumes[0].projected']],
  ])('a token that is mounted by %s', async (_, names, expected) => {
    const volumes = [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }];
    const containers = ['main', 'wait'].map((name) => ({ name, image: 'i', volumeMounts: names.includes(name) ? [{ name: 'token', mountPath: '/t' }] : [] }));
    expect(await said({ ...podOf('Workflow'), spec: { containers, volumes } }, jailPolicy(API), clusterWith([workflow(), DENY('')]))).toEqual(expected);
  });

  test('a pod of a Workflow that is not there', async () => {
    expect(await said(podOf('Workflow'), jailPolicy(API), clusterWith([DENY('')]))).toEqual(['POLICY_OWNER metadata.ownerReferences[0]']);
  });
});
