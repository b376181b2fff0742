import { describe, expect, it } from 'vitest';
import type { TaskPlace } from '../../../../src/domain/build/task.ts';
import { codesOf, readObject, workflow } from './support.ts';

const TEMPLATE = 'apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: t, namespace: ci, labels: {gatehouse.dev/class: build}}\n';
const orderOf = (spec: string): readonly TaskPlace[] => readObject(workflow(spec)).request.order;
const row = ({ name, after }: TaskPlace): string => `${name} <- ${after.join(' ')}`.trim();

describe('Argo definitions', () => {
  it('a workflow is inline, with its templates and those of the cluster that it names', () => {
    const { request } = readObject(workflow(`entrypoint: main
templates:
- name: main
  steps: [[{name: a, template: run}, {name: b, templateRef: {name: tmpl, template: x}}, {name: c, templateRef: {name: ctmpl, template: y, clusterScope: true}}, {name: d, inline: {container: {image: r/a:1}}}, {name: e, templateRef: {name: '{{item}}', template: z}}]]
- {name: run, container: {image: r/a:1}}`));
    expect(request.definitions).toMatchObject([
      { form: 'inline', kind: 'pipeline', path: 'spec' },
      { form: 'inline', kind: 'template', path: 'spec.templates[0]' },
      { form: 'local', kind: 'template', group: 'argoproj.io', resource: 'workflowtemplates', name: 'tmpl', entry: 'x', namespace: 'ci', usedBy: 'b' },
      { form: 'local', kind: 'template', resource: 'clusterworkflowtemplates', name: 'ctmpl', entry: 'y', namespace: '', usedBy: 'c' },
      { form: 'remote', kind: 'template', source: { from: 'deferred', expression: '{{item}}' }, usedBy: 'e' },
      { form: 'inline', kind: 'template', path: 'spec.templates[0].steps[0][3].inline', usedBy: 'd' },
      { form: 'inline', kind: 'template', path: 'spec.templates[1]' },
    ]);
    expect(request.order.map(({ name, definition }) => [name, request.definitions[definition]?.path])).toEqual([
      ['a', 'spec.templates[1]'], ['b', 'spec.templates[0].steps[0][1].templateRef'], ['c', 'spec.templates[0].steps[0][2].templateRef'], ['d', 'spec.templates[0].steps[0][3].inline'], ['e', 'spec.templates[0].steps[0][4].templateRef'],
    ]);
    expect(request.tasks.map(({ name, definition }) => [name, request.definitions[definition]?.path])).toEqual([['d', 'spec.templates[0].steps[0][3].inline'], ['run', 'spec.templates[1]']]);
  });

  it.each([
    ['Workflow', 'spec: {workflowTemplateRef: {name: x}}', 'workflowtemplates', 'ci', 'run'],
    ['Workflow', 'spec: {workflowTemplateRef: {name: x, clusterScope: true}}', 'clusterworkflowtemplates', '', 'run'],
    ['CronWorkflow', 'spec: {workflowSpec: {workflowTemplateRef: {name: x}}}', 'workflowtemplates', 'ci', 'schedule'],
    ['WorkflowEventBinding', 'spec: {submit: {workflowTemplateRef: {name: x, clusterScope: true}}}', 'clusterworkflowtemplates', '', 'schedule'],
  ])('%s with %s refers to %s', (kind, spec, resource, namespace, role) => {
    const { request } = readObject(`apiVersion: argoproj.io/v1alpha1\nkind: ${kind}\nmetadata: {name: w, namespace: ci}\n${spec}`);
    expect(request.definitions).toEqual([expect.objectContaining({ form: 'local', kind: 'pipeline', resource, namespace, name: 'x' })]);
    expect(request.role).toBe(role);
  });

  it('a template that is stored is itself the definition, and sets no parameters', () => {
    const { request } = readObject(`${TEMPLATE}spec: {arguments: {parameters: [{name: p, value: v}]}, templates: [{name: a, container: {image: r/a:1}}]}`);
    expect(request).toMatchObject({ role: 'definition', parameters: [], labels: { 'gatehouse.dev/class': 'build' } });
    expect(request.definitions).toMatchObject([{ form: 'self', kind: 'template', object: { kind: 'WorkflowTemplate' } }, { form: 'inline', path: 'spec.templates[0]' }]);
  });
});

describe('Argo order', () => {
  it('steps come after the group before them', () => {
    expect(orderOf(`entrypoint: main
templates:
- {name: main, steps: [[{name: a, template: x}, {name: b, template: x}], [], [{name: c, template: x}]]}
- {name: x, container: {image: r/a:1}}`).map(row)).toEqual(['a <-', 'b <-', 'c <- a b']);
  });

  it('tasks of a graph come after all that they name', () => {
    const order = orderOf(`entrypoint: main
templates:
- name: main
  dag:
    tasks:
    - {name: a, template: x}
    - {name: b, template: x, dependencies: [a]}
    - {name: c, template: x, depends: "a && b.Succeeded"}
    - {name: d, template: x, depends: "c.Failed || c.Succeeded"}
    - {name: e, template: x, depends: "!d.Succeeded"}
- {name: x, container: {image: r/a:1}}`);
    expect(order.map(row)).toEqual(['a <-', 'b <- a', 'c <- a b', 'd <- c', 'e <- d']);
    // Whoever runs whether c failed or not does not stop for it.
    expect(order.map(({ failureIgnored }) => failureIgnored)).toEqual([false, false, true, true, false]);
  });

  it.each<[string, string, boolean, boolean]>([
    ['nothing', '', false, false],
    ['when', ', when: "x == y"', true, false],
    ['withParam', ", withParam: '[]'", true, false],
    ['withSequence', ', withSequence: {count: 0}', true, false],
    ['no items', ', withItems: []', true, false],
    ['items', ', withItems: [a]', false, false],
    ['continueOn failed', ', continueOn: {failed: true}', false, true],
    ['continueOn error', ', continueOn: {error: true}', false, true],
    ['continueOn nothing', ', continueOn: {failed: false}', false, false],
  ])('%s: conditional %s, failure ignored %s', (_, rest, conditional, failureIgnored) => {
    const places = (template: string): readonly TaskPlace[] => orderOf(`entrypoint: main\ntemplates:\n- {name: main, ${template}}\n- {name: x, container: {image: r/a:1}}`);
    for (const places1 of [places(`steps: [[{name: a, template: x${rest}}]]`), places(`dag: {tasks: [{name: a, template: x${rest}}]}`)]) expect(places1).toMatchObject([{ conditional, failureIgnored }]);
  });

  it.each([['memoize: {key: k, cache: {configMap: {name: c}}}', { conditional: true }], ['daemon: true', { failureIgnored: true }], ['retryStrategy: {limit: 1}', { conditional: false, failureIgnored: false }]])('a template with %s', (rest, expected) => {
    expect(orderOf(`entrypoint: main\ntemplates:\n- {name: main, steps: [[{name: a, template: x}]]}\n- {name: x, container: {image: r/a:1}, ${rest}}`)).toMatchObject([expected]);
  });

  it('only what leads to the target of a graph is sure to run', () => {
    const order = orderOf(`entrypoint: main
templates:
- name: main
  dag: {target: c, tasks: [{name: a, template: x}, {name: b, template: x}, {name: c, template: x, depends: a}]}
- {name: x, container: {image: r/a:1}}`);
    expect(order.map(({ name, conditional }) => [name, conditional])).toEqual([['a', false], ['b', true], ['c', false]]);
  });

  it('called templates stand under what calls them; exits and hooks too', () => {
    expect(orderOf(`entrypoint: main
onExit: bye
hooks: {running: {template: x, expression: "true"}, exit: {template: x}}
templates:
- {name: main, steps: [[{name: a, template: sub, when: "1 == 1", hooks: {exit: {template: x}}}]]}
- {name: sub, dag: {tasks: [{name: s, template: x}, {name: t, template: x, depends: s}]}}
- {name: bye, steps: [[{name: z, template: x}]]}
- {name: other, steps: [[{name: o, template: x}]]}
- {name: x, container: {image: r/a:1}}`).map((place) => `${row(place)}${place.conditional ? ' ?' : ''}${place.isFinally ? ' !' : ''}`)).toEqual([
      'a <- ?', 'a/s <- ?', 'a/t <- a/s ?', 'a.hooks.exit <- a ?', 'onExit <- !', 'onExit/z <- !', 'hooks.running <- ?', 'hooks.exit <- !', 'other/o <-',
    ]);
  });

  it('a template that calls itself is not followed into itself', () => {
    expect(orderOf('entrypoint: main\ntemplates:\n- {name: main, steps: [[{name: a, template: main}, {name: b, template: x}]]}\n- {name: x, container: {image: r/a:1}}').map(row)).toEqual(['a <-', 'b <-']);
  });

  it('an entry point that runs something itself is the only place', () => {
    expect(orderOf('entrypoint: x\ntemplates:\n- {name: x, container: {image: r/a:1}, serviceAccountName: s}')).toEqual([
      { name: 'x', path: 'spec.entrypoint', definition: 1, after: [], isFinally: false, conditional: false, failureIgnored: false, serviceAccount: 's' },
    ]);
  });
});

describe('Argo tasks, pods and the rest', () => {
  it('what decides what may happen is there', () => {
    const { request, problems } = readObject(workflow(`entrypoint: a
serviceAccountName: wf
automountServiceAccountToken: false
hostNetwork: true
executor: {serviceAccountName: exec}
artifactGC: {serviceAccountName: gc}
securityContext: {runAsNonRoot: true}
podMetadata: {labels: {l: wf}, annotations: {tekton.dev/task: x}}
arguments: {parameters: [{name: p, value: v}, {name: q, valueFrom: {configMapKeyRef: {name: m, key: k}}}]}
volumes: [{name: work, persistentVolumeClaim: {claimName: claim}}, {name: host, hostPath: {path: /var}}, {name: tok, projected: {sources: [{serviceAccountToken: {path: t}}]}}]
volumeClaimTemplates: [{metadata: {name: scratch}}]
templateDefaults: {container: {securityContext: {capabilities: {drop: [ALL]}}}, sidecars: [{name: every, image: r/every:1}]}
templates:
- name: a
  serviceAccountName: own
  automountServiceAccountToken: true
  metadata: {labels: {l: tmpl}}
  securityContext: {runAsUser: 0}
  inputs: {parameters: [{name: i, value: secret-default}]}
  outputs: {parameters: [{name: o, globalName: global, valueFrom: {path: /o}}], artifacts: [{name: art, path: /a}]}
  container:
    image: r/a:1
    command: [sh, -c]
    args: [echo token]
    env: [{name: TEKTON_RESOURCE_NAME, value: x}, {name: ARGO_DEBUG_PAUSE_AFTER, value: "true"}]
    envFrom: [{secretRef: {name: s}}]
    securityContext: {privileged: true}
    volumeMounts: [{name: work, mountPath: /w}, {name: scratch, mountPath: /s}, {name: host, mountPath: /h}]
  volumes: [{name: v, csi: {driver: csi.spiffe.io}}]
- {name: b, script: {image: r/b:1, source: do it}}`));
    expect(problems).toEqual([]);
    expect(request.tasks[0]).toMatchObject({
      name: 'a', path: 'spec.templates[0]', labels: { l: 'tmpl' }, annotations: { 'tekton.dev/task': 'x' },
      steps: [{ holder: 'container main', path: 'spec.templates[0].container', command: ['sh', '-c', 'echo token'], environmentFrom: 'spec.templates[0].container.envFrom', security: { privileged: true }, mounts: [{ volume: 'work', at: '/w' }, {}, {}] }],
      sidecars: [{ holder: 'sidecar every' }],
      template: { holder: 'template defaults', security: { droppedCapabilities: ['ALL'] } },
      volumes: [{ type: 'csi', detail: 'csi.spiffe.io' }],
      workspaces: [{ name: 'work', boundTo: 'claim' }, { name: 'scratch', boundTo: 'scratch' }],
      results: [{ name: 'o', type: 'string' }, { name: 'art', type: 'artifact' }], parameters: [{ name: 'i' }],
    });
    expect(request.tasks[1]).toMatchObject({ name: 'b', steps: [{ command: ['do it'] }], labels: { l: 'wf' } });
    expect(request.pods).toMatchObject([
      { path: 'spec', hostNetwork: true, automountServiceAccountToken: false, serviceAccount: 'wf', security: { runAsNonRoot: true }, labels: { l: 'wf' }, volumes: [{}, { type: 'hostPath', detail: '/var' }, { type: 'projected', detail: 'serviceAccountToken' }] },
      { path: 'spec.templateDefaults' },
      { path: 'spec.templates[0]', task: 'a', automountServiceAccountToken: true, serviceAccount: 'own', security: { runAsUser: 0 } },
    ]);
    expect(request.accounts.map(({ name }) => name)).toEqual(['wf', 'exec', 'gc', 'own']);
    expect(request.parameters).toEqual([{ name: 'p', values: ['v'], path: 'spec.arguments.parameters[0]' }, { name: 'q', values: [], path: 'spec.arguments.parameters[1]', isOpen: true }]);
    expect(request.results).toEqual([{ name: 'global', path: 'spec.templates[0].outputs.parameters[0].globalName' }]);
    expect(request.debug).toBe('spec.templates[0].container.env[1]');
    expect(request.texts.map(({ text }) => text)).toEqual(expect.arrayContaining(['v', 'secret-default', 'echo token', 'do it', 'true']));
  });

  it('what an event submits, and what a schedule starts, carries labels of its own', () => {
    const binding = readObject('apiVersion: argoproj.io/v1alpha1\nkind: WorkflowEventBinding\nmetadata: {name: w, namespace: ci, labels: {a: b}}\nspec: {submit: {metadata: {labels: {tekton.dev/task: x}}, workflowTemplateRef: {name: x}, arguments: {parameters: [{name: p, value: v}]}}}');
    expect(binding.request).toMatchObject({ labels: { a: 'b', 'tekton.dev/task': 'x' }, parameters: [{ name: 'p', values: ['v'] }], texts: [{ text: 'v' }] });
    const cron = readObject('apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: w, namespace: ci}\nspec: {workflowMetadata: {annotations: {chains.tekton.dev/signed: "true"}}, workflowSpec: {workflowTemplateRef: {name: x}}}');
    expect(cron.request).toMatchObject({ annotations: { 'chains.tekton.dev/signed': 'true' } });
  });
});

describe('Argo: bad input', () => {
  it.each([
    ['{templates: 7}', 'INPUT_OBJECT_UNREADABLE spec.templates'],
    ['{templates: [7]}', 'INPUT_OBJECT_UNREADABLE spec.templates[0]'],
    ['{templates: [{name: a, container: 7}]}', 'INPUT_OBJECT_UNREADABLE spec.templates[0].container'],
    ['{templates: [{name: a, container: {image: 7}}]}', 'INPUT_OBJECT_UNREADABLE spec.templates[0].container.image'],
    ['{templates: [{name: a, container: {}}]}', 'INPUT_IMAGE_MISSING spec.templates[0].container.image'],
    ['{templates: [{name: a, container: {image: "r/A B"}}]}', 'INPUT_IMAGE_INVALID spec.templates[0].container.image'],
    ['{templates: [{name: a, sidecars: {}}]}', 'INPUT_OBJECT_UNREADABLE spec.templates[0].sidecars'],
    ['{templates: [{name: a, steps: [{name: b}]}]}', 'INPUT_OBJECT_UNREADABLE spec.templates[0].steps[0]'],
    ['{templates: [{name: a, dag: {tasks: 7}}]}', 'INPUT_OBJECT_UNREADABLE spec.templates[0].dag.tasks'],
    ['{templates: [{name: a, steps: [[{name: b, inline: 7}]]}]}', 'INPUT_OBJECT_UNREADABLE spec.templates[0].steps[0][0].inline'],
    ['{templates: [{name: a, volumes: [{image: 7}]}]}', 'INPUT_OBJECT_UNREADABLE spec.templates[0].volumes[0].image'],
    ['{podSpecPatch: 7}', 'INPUT_OBJECT_UNREADABLE spec.podSpecPatch'],
    ['{templates: [{name: a, resource: {action: create, manifest: {kind: Pod}}}]}', 'INPUT_OBJECT_UNREADABLE spec.templates[0].resource.manifest'],
    ['{hooks: {exit: 7}}', 'INPUT_OBJECT_UNREADABLE spec.hooks.exit'],
    ['{templateDefaults: 7}', 'INPUT_OBJECT_UNREADABLE spec.templateDefaults'],
    ['[]', 'INPUT_OBJECT_UNREADABLE spec'],
    ['null', 'INPUT_OBJECT_UNREADABLE spec'],
    ['{entrypoint: a, arguments: {parameters: [{name: a, value: "{{workflow.parameters.b}}"}, {name: b, value: "{{workflow.parameters.a}}"}]}, templates: [{name: a, container: {image: "{{workflow.parameters.a}}"}}]}', 'INPUT_REFERENCE_CYCLE spec.arguments.parameters'],
    [`{entrypoint: p0, templates: [{name: x, inputs: {parameters: [{name: i}]}, container: {image: "{{inputs.parameters.i}}"}}, ${Array.from({ length: 20 }, (_, n) => `{name: p${n}, inputs: {parameters: [{name: i, value: a}]}, steps: [[{name: a, template: ${n === 19 ? 'x' : `p${n + 1}`}, arguments: {parameters: [{name: i, value: "{{inputs.parameters.i}}{{inputs.parameters.i}}"}]}}]]}`).join(',')}]}`, 'INPUT_PARAMETER_LIMIT p18'],
    [`{entrypoint: m, templates: [{name: x, inputs: {parameters: [{name: i}]}, container: {image: "{{inputs.parameters.i}}"}}, {name: m, steps: [[{name: s, template: x, withItems: [${Array.from({ length: 300 }, (_, n) => `r/a:${n}`).join(',')}], arguments: {parameters: [{name: i, value: "{{item}}"}]}}]]}]}`, 'INPUT_PARAMETER_LIMIT spec.templates[1].steps[0][0]'],
  ])('%.70s gives %s', (spec, expected) => {
    const codes = codesOf(workflow('').replace(/spec:\n$/, '').trimEnd().replace(/\nspec:$/, '') + `\nspec: ${spec}`);
    if (expected.endsWith(' p18')) expect(codes.some((code) => code.startsWith('INPUT_PARAMETER_LIMIT spec.templates['))).toBe(true);
    else expect(codes).toContain(expected);
  });
});
