// What the person who is refused reads: which task, which step, which sidecar; by the front door.
import { describe, expect, test } from 'vitest';
import { toAdmissionResponse } from '../../../src/respond/index.ts';
import { judgedBy } from '../../support/pipelines.ts';
import type { Asking, Json } from '../../support/pipelines.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const POLICIES = `apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {hygiene: baseline}
`;

async function refused(source: string | Json, asking?: Asking): Promise<{ code?: number; reason?: string; message: string }> {
  const { response } = toAdmissionResponse(await judgedBy(POLICIES, { ports: { unmatched: 'deny' } })(source, asking), { apiVersion: 'admission.k8s.io/v1', uid: 'u' });
  return { message: '', ...response.status };
}

const pod = (containers: readonly Json[], owner = 'TaskRun'): Json => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'r-pod', namespace: 'ci', ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: owner, name: 'r', uid: 'u', controller: true }] }, spec: { containers },
});

describe('messages name places as people call them', () => {
  test('a container of a pod is the step or sidecar that it runs; any other is called by its name', async () => {
    const image = `ghcr.io/acme/app@${DIGEST}`;
    const { message, code } = await refused(pod([{ name: 'step-build', image }, { name: 'sidecar-docker', image: 'not an image' }, { name: 'main', image }]));
    expect(code).toBe(403);
    expect(message).toContain(`✗ spec.containers[0].image (step build), [2] (main) ${image}\n`);
    expect(message).toContain('✗ spec.containers[1].image (sidecar docker) not an image\n');
  });

  test('a workload names its containers and volumes; a name that Kubernetes would not take is not shown, and step- is of pods alone', async () => {
    const image = (index: number) => `ghcr.io/acme/app-${index}@${DIGEST}`;
    const names = ['web', 'step-build', 'Web', 'web) ghcr.io/good (is admitted', 'a'.repeat(64), 7, ''];
    const { message } = await refused({
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace: 'ci' },
      spec: { template: { spec: {
        containers: names.map((name, index) => ({ name, image: image(index) })), initContainers: [{ name: 'migrate', image: 'B A D' }],
        volumes: [{ name: 'models', image: { reference: image(9) } }],
      } } },
    });
    const at = (index: number): string => `✗ spec.template.spec.containers[${index}].image`;
    expect(message).toContain(`${at(0)} (web) ${image(0)}\n`);
    expect(message).toContain(`${at(1)} (step-build) ${image(1)}\n`);
    for (const index of [2, 3, 4, 5, 6]) expect(message).toContain(`${at(index)} ${image(index)}\n`);
    expect(message).toContain('✗ spec.template.spec.initContainers[0].image (migrate) B A D\n');
    expect(message).toContain(`✗ spec.template.spec.volumes[0].image.reference (models) ${image(9)}\n`);
  });

  test('an image of a run is that of a step of a task, a place of it too, and violated is 400', async () => {
    const { message, code, reason } = await refused(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: r, namespace: ci}
spec:
  pipelineSpec:
    tasks:
      - name: compile
        taskSpec: {steps: [{name: make, image: "ghcr.io/acme/app@${DIGEST}", securityContext: {privileged: true}}]}
`);
    expect([code, reason]).toEqual([400, 'BadRequest']);
    expect(message).toContain(`✗ spec.pipelineSpec.tasks[0].taskSpec.steps[0].image (task compile, step make) ghcr.io/acme/app@${DIGEST}\n`);
    expect(message).toContain('✗ spec.pipelineSpec.tasks[0].taskSpec.steps[0].securityContext.privileged task compile, step make\n');
    expect(message).not.toContain('\n  task compile');
  });

  test('a run with many tasks is summed up task by task, and a run with few is not', async () => {
    const run = (tasks: number): string => `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: r, namespace: ci}
spec:
  pipelineSpec:
    tasks:
${Array.from({ length: tasks }, (_, index) => `      - {name: t${index}, taskSpec: {steps: [{name: make, image: "ghcr.io/acme/app@${DIGEST}", securityContext: {privileged: true}}]}}`).join('\n')}
`;
    const { message } = await refused(run(12));
    const lines = message.split('\n');
    expect(lines[0]).toBe('12 of 12 artifacts and PipelineRun ci/r itself not admitted');
    expect(lines.slice(1, 13).sort()).toEqual(Array.from({ length: 12 }, (_, index) => `  task t${index}: 2 findings, SELECT_NO_POLICY, POLICY_HYGIENE_PRIVILEGED`).sort());
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8192);
    expect((await refused(run(2))).message).not.toContain('  task t0');
  });

  test('a Workflow is refused with 403, a definition of Tekton with 400', async () => {
    const workflow = `
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w, namespace: ci}
spec: {entrypoint: main, hostNetwork: true, templates: [{name: main, container: {image: "ghcr.io/acme/app@${DIGEST}"}}]}
`;
    expect(await refused(workflow)).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(await refused({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't', namespace: 'ci' }, spec: { steps: [{ name: 'a', image: `ghcr.io/acme/app@${DIGEST}` }] } }, { dryRun: true })).toMatchObject({ code: 400 });
  });

  test('no name of a task, step, parameter or image smuggles in words by which an engine tries again', async () => {
    for (const words of ['exceeded quota', 'violates PodSecurity', 'context deadline exceeded', 'etcdserver: leader changed', 'TaskRun validation failed', 'security context constraint']) {
      const run: Json = {
        apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: words, namespace: 'ci', labels: { [`gatehouse.dev/${words}`]: 'x' } },
        spec: { params: [{ name: words, value: words }], pipelineSpec: { tasks: [0, 1, 2].map((index) => ({ name: `${words} ${index}`, taskSpec: { steps: [{ name: words, image: words, securityContext: { privileged: true } }], volumes: [{ name: words, hostPath: { path: words } }] } })) } },
      };
      for (const object of [run, pod([{ name: `step-${words}`, image: words }])]) {
        const { message } = await refused(object);
        expect(message).not.toBe('');
        expect(message.replaceAll(/\s+/g, ' ').toLowerCase()).not.toContain(words.toLowerCase());
      }
    }
  });
});
