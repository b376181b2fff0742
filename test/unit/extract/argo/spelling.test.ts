import { describe, expect, it } from 'vitest';
import { clusterOf, judgedBy, wrong } from '../../../support/pipelines.ts';

const D = `@sha256:${'a'.repeat(64)}`;
const policy = (more = ''): string => `
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: f}
spec: {namespaces: {matchLabels: {factory: "true"}}, mode: enforce, images: {deferred: deny, unpinned: deny}${more}}
`;
const judge = judgedBy(policy(), { cluster: clusterOf([]) });
const found = async (kind: string, body: string): Promise<string[]> => wrong(await judge(`{apiVersion: argoproj.io/v1alpha1, kind: ${kind}, metadata: {name: w, namespace: ci}, ${body}}`));
const leaf = `entrypoint: m, templates: [{name: m, container: {image: "a${D}"}}]`;
const resource = (text: string): string => `spec: {entrypoint: m, templates: [{name: m, resource: {${text}}}]}`;

describe('Argo places: a name in another case beside the one that is read', () => {
  it.each<[string, string, string, string[]]>([
    ['the default of an input', 'Workflow', `spec: {entrypoint: m, templates: [{name: m, inputs: {parameters: [{name: i, default: "a${D}", Default: evil}]}, container: {image: "{{inputs.parameters.i}}"}}]}`, ['INPUT_OBJECT_UNREADABLE spec.templates[0].inputs.parameters[0].Default']],
    ['its good twin', 'Workflow', `spec: {entrypoint: m, templates: [{name: m, inputs: {parameters: [{name: i, default: "a${D}"}]}, container: {image: "{{inputs.parameters.i}}"}}]}`, []],
    ['the workflow of a schedule', 'CronWorkflow', `spec: {workflowSpec: {${leaf}}, WorkflowSpec: {templates: [{name: m, container: {image: evil}}]}}`, ['INPUT_OBJECT_UNREADABLE spec.WorkflowSpec']],
    ['its good twin', 'CronWorkflow', `spec: {workflowSpec: {${leaf}}}`, []],
    ['stored templates', 'Workflow', `spec: {${leaf}}, status: {StoredTemplates: {a: {container: {image: evil}}}}`, ['INPUT_OBJECT_UNREADABLE status.StoredTemplates']],
    ['the status', 'Workflow', `spec: {${leaf}}, Status: {storedTemplates: {}}`, ['INPUT_OBJECT_UNREADABLE Status']],
    ['the tasks of a set', 'WorkflowTaskSet', `spec: {tasks: {}, TASKS: {a: {container: {image: evil}}}}`, ['POLICY_WRITER', 'INPUT_OBJECT_UNREADABLE spec.TASKS']],
    ['what an event submits', 'WorkflowEventBinding', `spec: {event: {selector: "true"}, submit: {workflowTemplateRef: {name: t}}, Submit: {workflowTemplateRef: {name: evil}}}`, ['INPUT_OBJECT_UNREADABLE spec.Submit']],
    ['what it refers to', 'WorkflowEventBinding', `spec: {event: {selector: "true"}, submit: {workflowTemplateRef: {name: t, Name: evil}}}`, ['INPUT_OBJECT_UNREADABLE spec.submit.workflowTemplateRef.Name']],
  ])('%s of %s', async (_, kind, body, expected) => expect(await found(kind, body)).toEqual(expected));
});

describe('Argo places: flags and manifests of kubectl', () => {
  it.each<[string, string, string[]]>([
    ['a file among short flags', `action: apply, flags: ["-Rf", "/x"], manifest: "{apiVersion: v1, kind: ConfigMap}"`, ['POLICY_IMAGE_DEFERRED spec.templates[0].resource.flags[0]']],
    ['a patch', `action: patch, flags: ["deploy/x", "-p", "{}"]`, ['POLICY_IMAGE_DEFERRED spec.templates[0].resource.flags[1]']],
    ['a patch file', `action: patch, flags: ["--patch-file=/x"]`, ['POLICY_IMAGE_DEFERRED spec.templates[0].resource.flags[0]']],
    ['a placeholder', `action: apply, flags: ["{{workflow.parameters.x}}"]`, ['POLICY_IMAGE_DEFERRED spec.templates[0].resource.flags[0]']],
    ['names', `action: patch, flags: ["pod", "{{pod.name}}", "-l", "app={{workflow.parameters.x}}", "--validate=false"]`, []],
    ['a kind of the table', `action: create, manifest: "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, spec: {image: evil}}"`, ['POLICY_IMAGE_UNPINNED spec.templates[0].resource.manifest:spec.image']],
    ['its good twin', `action: create, manifest: "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, spec: {image: 'a${D}'}}"`, []],
    ['a kind that nobody knows', `action: create, manifest: "{apiVersion: widgets.example/v1, kind: Widget, spec: {tool: {image: 'ghcr.io/a/evil:1'}}}"`, ['POLICY_IMAGE_UNPINNED spec.templates[0].resource.manifest:spec.tool.image']],
    ['a kind that has no image', `action: create, manifest: "{apiVersion: v1, kind: ConfigMap, data: {image: 'ghcr.io/a/evil:1'}}"`, []],
  ])('%s', async (_, text, expected) => expect(await found('Workflow', resource(text))).toEqual(expected));
});

describe('Argo places: what stands beside a reference', () => {
  const inline = judgedBy(policy(', definitions: {inline: deny, pinned: false}'), { cluster: clusterOf([`{apiVersion: argoproj.io/v1alpha1, kind: WorkflowTemplate, metadata: {name: t, namespace: ci}, spec: {${leaf}}}`]) });
  it.each<[string, string, string[]]>([
    ['a patch of its pods', `podSpecPatch: '{"containers":[{"name":"main","command":["evil"]}]}'`, ['POLICY_DEFINITION_INLINE spec']],
    ['defaults of its templates', 'templateDefaults: {container: {command: [evil]}}', ['POLICY_DEFINITION_INLINE spec']],
    ['a plugin', `executorPlugins: [{spec: {sidecar: {container: {name: p, image: "a${D}"}}}}]`, ['POLICY_DEFINITION_INLINE spec']],
    ['a patch of what collects artifacts', `artifactGC: {podSpecPatch: '{"priority": 1}'}`, ['POLICY_DEFINITION_INLINE spec']],
    ['arguments', 'arguments: {parameters: [{name: a, value: b}]}', []],
    ['nothing', 'podSpecPatch: ""', []],
  ])('is inline if it decides what runs: %s', async (_, more, expected) =>
    expect(wrong(await inline(`{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {name: w, namespace: ci}, spec: {workflowTemplateRef: {name: t}, ${more}}}`))).toEqual(expected));

  it('a template that is named by a placeholder may be any, with any arguments', async () => {
    const called = (name: string): string => `spec: {entrypoint: e, templates: [{name: e, steps: [[{name: s, template: "${name}"}]]}, {name: m, inputs: {parameters: [{name: i, default: "a${D}"}]}, container: {image: "{{inputs.parameters.i}}"}}]}`;
    expect(await found('Workflow', called('{{workflow.labels.x}}'))).toEqual(['POLICY_IMAGE_DEFERRED spec.templates[1].container.image']);
    expect(await found('Workflow', called('m'))).toEqual([]);
  });

  it('defaults need not name an image', async () => {
    expect(await found('Workflow', `spec: {templateDefaults: {container: {imagePullPolicy: Always}}, ${leaf}}`)).toEqual([]);
    expect(await found('Workflow', `spec: {templateDefaults: {container: {image: evil}}, ${leaf}}`)).toEqual(['POLICY_IMAGE_UNPINNED spec.templateDefaults.container.image']);
  });
});
