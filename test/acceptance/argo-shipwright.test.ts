// Runs of Argo Workflows and Shipwright by the front door: objects as YAML, policies as YAML, the engine's own verdict.
import { describe, expect, it } from 'vitest';
import { judgedBy, wrong } from '../support/pipelines.ts';

const FACTORY = (spec: string): string => `apiVersion: gatehouse.dev/v1alpha1\nkind: PipelinePolicy\nmetadata: {name: factory}\nspec: {mode: enforce, ${spec}}\n`;
const WORKFLOW = (spec: string, rest = ''): string => `apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w, namespace: ci${rest}}\nspec: ${spec}`;
const ARGO = 'system:serviceaccount:argo:argo';
const DIGEST = `@sha256:${'a'.repeat(64)}`;

describe('Argo: runs', () => {
  const noInline = judgedBy(FACTORY('definitions: {inline: deny}'));
  const any = judgedBy(FACTORY('hygiene: baseline'));

  it('a workflow that brings its own templates is inline; one that refers to a stored one is not', async () => {
    expect(wrong(await noInline(WORKFLOW(`{entrypoint: a, templates: [{name: a, container: {image: 'r.test/a${DIGEST}'}}]}`)))).toContain('POLICY_DEFINITION_INLINE spec');
    expect(wrong(await noInline(WORKFLOW('{workflowTemplateRef: {name: x}}')))).not.toContain('POLICY_DEFINITION_INLINE spec');
  });

  it.each([
    ['storedTemplates: {a: {name: a, suspend: {}}}', 'status.storedTemplates'],
    ['storedWorkflowTemplateSpec: {entrypoint: a, templates: [{name: a, suspend: {}}]}', 'status.storedWorkflowTemplateSpec'],
  ])('%s is written by the controller alone', async (status, path) => {
    const before = WORKFLOW('{workflowTemplateRef: {name: x}}');
    const after = `${before}\nstatus: {${status}}`;
    expect(wrong(await any(after))).toContain(`POLICY_WRITER ${path}`);
    expect(wrong(await any(after, { operation: 'UPDATE', old: before }))).toContain(`POLICY_WRITER ${path}`);
    expect(wrong(await any(after, { operation: 'UPDATE', old: before, user: ARGO }))).toEqual([]);
    expect(wrong(await any(`${before}\nstatus: {phase: Running}`, { operation: 'UPDATE', old: before }))).toEqual([]);
  });

  it('task sets are the controller\'s alone', async () => {
    const set = 'apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTaskSet\nmetadata: {name: w, namespace: ci}\nspec: {tasks: {n: {http: {url: x}}}}';
    expect(wrong(await any(set))).toContain('POLICY_WRITER');
    expect(wrong(await any(set, { user: ARGO }))).toEqual([]);
  });

  it.each([
    ['a privileged container', '{entrypoint: a, templates: [{name: a, container: {image: IMG, securityContext: {privileged: true}}}]}', 'POLICY_HYGIENE_PRIVILEGED'],
    ['a privileged container by a patch', `{entrypoint: a, templates: [{name: a, container: {image: IMG}, podSpecPatch: '{"containers":[{"name":"main","securityContext":{"Privileged":true}}]}'}]}`, 'POLICY_HYGIENE_PRIVILEGED'],
    ['a privileged container by defaults', '{entrypoint: a, templateDefaults: {sidecars: [{name: s, image: IMG, securityContext: {privileged: true}}]}, templates: [{name: a, container: {image: IMG}}]}', 'POLICY_HYGIENE_PRIVILEGED'],
    ['the network of the node', '{entrypoint: a, hostNetwork: true, templates: [{name: a, container: {image: IMG}}]}', 'POLICY_HYGIENE_HOST'],
    ['the network of the node by a patch', "{entrypoint: a, podSpecPatch: 'hostnetwork: yes', templates: [{name: a, container: {image: IMG}}]}", 'POLICY_HYGIENE_HOST'],
    ['a path of the node', '{entrypoint: a, templates: [{name: a, container: {image: IMG}, volumes: [{name: v, hostPath: {path: /}}]}]}', 'POLICY_HYGIENE_HOST_PATH'],
    ['a stop for debugging', '{entrypoint: a, templates: [{name: a, container: {image: IMG, env: [{name: ARGO_DEBUG_PAUSE_BEFORE, value: "true"}]}}]}', 'POLICY_HYGIENE_DEBUG'],
  ])('%s', async (_, spec, code) => {
    const img = `'r.test/a${DIGEST}'`;
    expect(wrong(await any(WORKFLOW(spec.replaceAll('IMG', img)))).map((line) => line.split(' ')[0])).toContain(code);
    const codes = wrong(await any(WORKFLOW(`{entrypoint: a, templates: [{name: a, container: {image: ${img}}}]}`))).map((line) => line.split(' ')[0]);
    expect(codes).not.toContain(code);
  });

  it('images that are not known yet are for the policy to decide', async () => {
    const later = WORKFLOW("{entrypoint: a, templates: [{name: a, container: {image: '{{steps.x.outputs.result}}'}}]}");
    expect(wrong(await judgedBy(FACTORY('images: {deferred: deny}'))(later))).toContain('POLICY_IMAGE_DEFERRED spec.templates[0].container.image');
    expect(wrong(await judgedBy(FACTORY('images: {deferred: allowIfPodsAreGated}'))(later))).not.toContain('POLICY_IMAGE_DEFERRED spec.templates[0].container.image');
  });

  it('parameters of a run are judged, and those of a schedule', async () => {
    const judge = judgedBy(FACTORY('parameters: {deny: ["*_FLAGS"], others: allow}'));
    expect(wrong(await judge(WORKFLOW('{workflowTemplateRef: {name: x}, arguments: {parameters: [{name: BUILD_FLAGS, value: x}]}}')))).toContain('POLICY_PARAMETER spec.arguments.parameters[0]');
    expect(wrong(await judge('apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: c, namespace: ci}\nspec: {workflowSpec: {workflowTemplateRef: {name: x}, arguments: {parameters: [{name: BUILD_FLAGS, value: x}]}}}'))).toContain('POLICY_PARAMETER spec.workflowSpec.arguments.parameters[0]');
    expect(wrong(await judge(WORKFLOW('{workflowTemplateRef: {name: x}, arguments: {parameters: [{name: revision, value: x}]}}')))).toEqual([]);
  });
});

describe('Shipwright: runs', () => {
  it('a build in the run itself is inline; a named one is not', async () => {
    const judge = judgedBy(FACTORY('definitions: {inline: deny}'));
    const run = (spec: string): string => `apiVersion: shipwright.io/v1beta1\nkind: BuildRun\nmetadata: {name: r, namespace: ci}\nspec: ${spec}`;
    expect(wrong(await judge(run('{build: {spec: {strategy: {name: s}}}}')))).toContain('POLICY_DEFINITION_INLINE spec.build.spec');
    expect(wrong(await judge(run('{build: {name: b}}')))).not.toContain('POLICY_DEFINITION_INLINE spec.build.spec');
  });

  it('a strategy with a privileged step', async () => {
    const judge = judgedBy(FACTORY('hygiene: baseline'));
    const strategy = (security: string): string => `apiVersion: shipwright.io/v1beta1\nkind: ClusterBuildStrategy\nmetadata: {name: s}\nspec: {steps: [{name: a, image: 'r.test/a${DIGEST}', securityContext: ${security}}]}`;
    expect(wrong(await judge(strategy('{privileged: true}'), { namespace: '' })).map((line) => line.split(' ')[0])).toContain('POLICY_HYGIENE_PRIVILEGED');
    expect(wrong(await judge(strategy('{privileged: false}'), { namespace: '' })).map((line) => line.split(' ')[0])).not.toContain('POLICY_HYGIENE_PRIVILEGED');
  });
});
