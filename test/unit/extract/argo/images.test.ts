import { describe, expect, it } from 'vitest';
import { imagesIn, readObject, workflow } from './support.ts';

const TEMPLATE = 'apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: t, namespace: ci}\n';

describe('Argo: every place of an image', () => {
  it('Argo places: containers of all forms, volumes, plugins, patches, defaults', () => {
    expect(imagesIn(workflow(`
entrypoint: a
volumes: [{name: tools, image: {reference: r/tools:1}}]
podSpecPatch: '{"initContainers":[{"name":"x","image":"r/patch:1"}]}'
artifactGC: {podSpecPatch: '{"containers":[{"name":"main","image":"r/gc:1"}]}'}
executorPlugins: [{spec: {sidecar: {container: {name: p, image: r/plugin:1}}}}]
templateDefaults: {container: {image: r/default:1}, sidecars: [{name: log, image: r/log:1}]}
templates:
- {name: a, container: {image: r/a:1}, initContainers: [{name: i, image: r/init:1}], sidecars: [{name: s, image: r/side:1}], volumes: [{name: v, image: {reference: r/vol:1}}]}
- {name: b, script: {image: r/b:1, source: echo}, podSpecPatch: 'volumes: [{name: m, image: {reference: r/pv:1}}]'}
- {name: c, containerSet: {containers: [{name: one, image: r/one:1}, {name: two, image: r/two:1}]}}
- {name: d, container: {command: [x]}}
- {name: e, steps: [[{name: s, inline: {container: {image: r/inline:1}, sidecars: [{name: z, image: r/z:1}]}}]]}
- {name: f, dag: {tasks: [{name: t, inline: {dag: {tasks: [{name: u, inline: {script: {image: r/deep:1}}}]}}}]}}`))).toEqual([
      'spec.volumes[0].image.reference = r/tools:1',
      'spec.podSpecPatch:initContainers[0].image = r/patch:1',
      'spec.artifactGC.podSpecPatch:containers[0].image = r/gc:1',
      'spec.executorPlugins[0].spec.sidecar.container.image = r/plugin:1',
      'spec.templates[0].container.image = r/a:1',
      'spec.templates[0].initContainers[0].image = r/init:1',
      'spec.templates[0].sidecars[0].image = r/side:1',
      'spec.templates[0].volumes[0].image.reference = r/vol:1',
      'spec.templates[1].script.image = r/b:1',
      'spec.templates[1].podSpecPatch:volumes[0].image.reference = r/pv:1',
      'spec.templates[2].containerSet.containers[0].image = r/one:1',
      'spec.templates[2].containerSet.containers[1].image = r/two:1',
      'spec.templateDefaults.container.image = r/default:1',
      'spec.templates[4].steps[0][0].inline.container.image = r/inline:1',
      'spec.templates[4].steps[0][0].inline.sidecars[0].image = r/z:1',
      'spec.templates[5].dag.tasks[0].inline.dag.tasks[0].inline.script.image = r/deep:1',
      'spec.templateDefaults.sidecars[0].image = r/log:1',
    ]);
  });

  it('Argo places: every kind that holds a workflow', () => {
    const spec = '{entrypoint: a, templates: [{name: a, container: {image: r/a:1}}]}';
    expect(imagesIn(`${TEMPLATE}spec: ${spec}`)).toEqual(['spec.templates[0].container.image = r/a:1']);
    expect(imagesIn(`apiVersion: argoproj.io/v1alpha1\nkind: ClusterWorkflowTemplate\nmetadata: {name: t}\nspec: ${spec}`)).toEqual(['spec.templates[0].container.image = r/a:1']);
    expect(imagesIn(`apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: t}\nspec: {schedules: ['* * * * *'], workflowSpec: ${spec}}`)).toEqual(['spec.workflowSpec.templates[0].container.image = r/a:1']);
    expect(imagesIn('apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTaskSet\nmetadata: {name: t}\nspec: {tasks: {node-1: {http: {url: x}, sidecars: [{name: s, image: r/a:1}]}}}')).toEqual(['spec.tasks.node-1.sidecars[0].image = r/a:1']);
  });

  it('Argo status: templates that come stored with a new workflow are read, and said to be executed', () => {
    const { request, images } = readObject(`${workflow('workflowTemplateRef: {name: t}')}
status:
  storedTemplates: {namespaced/t/a: {name: a, container: {image: r/evil:1}}}
  storedWorkflowTemplateSpec: {templates: [{name: b, container: {image: r/evil:2}}]}`);
    expect(images.map(({ path }) => path)).toEqual(['status.storedTemplates.namespaced/t/a.container.image', 'status.storedWorkflowTemplateSpec.templates[0].container.image']);
    expect(request.executedStatus).toEqual(['status.storedTemplates', 'status.storedWorkflowTemplateSpec']);
    expect(readObject(`${workflow('workflowTemplateRef: {name: t}')}\nstatus: {phase: Running, storedTemplates: {}}`).request.executedStatus).toBeUndefined();
  });

  it('Argo status: on UPDATE only what changed is executed status', () => {
    const stored = (image: string): string => `${workflow('workflowTemplateRef: {name: t}')}\nstatus: {storedTemplates: {x: {name: a, container: {image: ${image}}}}}`;
    expect(readObject(stored('r/a:2'), { operation: 'UPDATE', old: stored('r/a:1') }).request.executedStatus).toEqual(['status.storedTemplates']);
    expect(readObject(stored('r/a:1'), { operation: 'UPDATE', old: stored('r/a:1') }).request.executedStatus).toBeUndefined();
    expect(readObject(workflow('workflowTemplateRef: {name: t}'), { operation: 'UPDATE', old: stored('r/a:1') }).request.executedStatus).toEqual(['status.storedTemplates']);
  });
});

describe('Argo: parameters in images', () => {
  const one = (image: string, rest = ''): string[] => imagesIn(workflow(`entrypoint: a\n${rest}\ntemplates:\n- {name: a, container: {image: "${image}"}}`)).map((line) => line.replace(/^\S+ /, ''));

  it.each<[string, string, string]>([
    ['{{workflow.parameters.tag}}', 'arguments: {parameters: [{name: tag, value: r/a:1}]}', '= r/a:1'],
    ['{{ workflow.parameters.tag }}', 'arguments: {parameters: [{name: tag, value: r/a:1}]}', '= r/a:1'],
    ['r/{{workflow.parameters.n}}:{{workflow.parameters.t}}', 'arguments: {parameters: [{name: n, value: app}, {name: t, value: 2}]}', '= r/app:2'],
    ['r/{{workflow.parameters.t}}', 'arguments: {parameters: [{name: t, default: "d"}]}', '= r/d'],
    ['r/{{workflow.parameters.t}}', 'arguments: {parameters: [{name: t, value: "v", default: "d"}]}', '= r/v'],
    ['{{workflow.parameters.a}}', 'arguments: {parameters: [{name: a, value: "r/{{workflow.parameters.b}}"}, {name: b, value: x}]}', '= r/x'],
    ['r/{{workflow.namespace}}', '', '= r/ci'],
    ['{{workflow.parameters.none}}', '', '? parameter {{workflow.parameters.none}}'],
    ['{{workflow.parameters.c}}', 'arguments: {parameters: [{name: c, valueFrom: {configMapKeyRef: {name: m, key: k}}}]}', '? parameter c'],
    ['{{inputs.parameters.none}}', '', '? parameter {{inputs.parameters.none}}'],
    ["{{=workflow.parameters['tag']}}", 'arguments: {parameters: [{name: tag, value: r/a:1}]}', "? expression {{=workflow.parameters['tag']}}"],
    ['r/{{pod.name}}', '', '? expression {{pod.name}}'],
    ['r/{{workflow.name}}', '', '? expression {{workflow.name}}'],
    ['r/{{workflow.outputs.parameters.x}}', '', '? result {{workflow.outputs.parameters.x}}'],
    ['{{workflow.parameters.{{workflow.parameters.x}}}}', 'arguments: {parameters: [{name: x, value: y}, {name: y, value: r/a}]}', '? expression {{workflow.parameters.{{workflow.parameters.x}}'],
    ['{{workflow.parameters.a}}', "arguments: {parameters: [{name: a, value: '{{pod.name}}'}]}", '? expression {{pod.name}}'],
  ])('%s with %s is %s', (image, rest, expected) => {
    expect(one(image, rest)).toEqual([expected]);
  });

  const called = (call: string, templates = '', inputs = '{parameters: [{name: image, default: r/default:1}]}'): string[] => imagesIn(workflow(`
entrypoint: main
arguments: {parameters: [{name: w, value: r/w:1}]}
templates:
- name: main
  inputs: {parameters: [{name: outer, value: r/outer:1}]}
  steps: [[${call}]]
- {name: run, inputs: ${inputs}, container: {image: '{{inputs.parameters.image}}'}}
${templates}`)).map((line) => line.replace(/^\S+container.image /, ''));

  it.each<[string, string[]]>([
    ['{name: s, template: run, arguments: {parameters: [{name: image, value: r/a:1}]}}', ['= r/a:1']],
    ['{name: s, template: run}', ['= r/default:1']],
    ["{name: s, template: run, arguments: {parameters: [{name: image, value: '{{inputs.parameters.outer}}'}]}}", ['= r/outer:1']],
    ["{name: s, template: run, arguments: {parameters: [{name: image, value: '{{workflow.parameters.w}}'}]}}", ['= r/w:1']],
    ["{name: s, template: run, arguments: {parameters: [{name: image, value: '{{steps.x.outputs.result}}'}]}}", ['? result {{steps.x.outputs.result}}']],
    ["{name: s, template: run, withItems: [r/a:1, r/b:1], arguments: {parameters: [{name: image, value: '{{item}}'}]}}", ['= r/a:1 r/b:1']],
    // Pairs stay pairs.
    ["{name: s, template: run, withItems: [{n: r/a, t: 1}, {n: r/b, t: 2}], arguments: {parameters: [{name: image, value: '{{item.n}}:{{item.t}}'}]}}", ['= r/a:1 r/b:2']],
    ["{name: s, template: run, withParam: '[\"r/a:1\",\"r/b:1\"]', arguments: {parameters: [{name: image, value: '{{item}}'}]}}", ['= r/a:1 r/b:1']],
    ["{name: s, template: run, withParam: '{{steps.x.outputs.result}}', arguments: {parameters: [{name: image, value: '{{item}}'}]}}", ['? result {{steps.x.outputs.result}}']],
    ["{name: s, template: run, withSequence: {count: 3}, arguments: {parameters: [{name: image, value: 'r/a:{{item}}'}]}}", ['? expression {{item}}']],
    ['{name: s, template: run, arguments: {parameters: [{name: image, value: r/a:1}]}}, {name: t, template: run, arguments: {parameters: [{name: image, value: r/b:1}]}}', ['= r/a:1 r/b:1']],
    // What is known is judged, and what is not is told besides.
    ["{name: s, template: run, arguments: {parameters: [{name: image, value: r/a:1}]}}, {name: t, template: run, arguments: {parameters: [{name: image, value: '{{steps.s.outputs.result}}'}]}}", ['= r/a:1', '? result {{steps.s.outputs.result}}']],
    ["{name: s, template: run, hooks: {exit: {template: run, arguments: {parameters: [{name: image, value: r/hook:1}]}}}}", ['= r/default:1 r/hook:1']],
    ["{name: s, inline: {inputs: {parameters: [{name: image, value: r/i:1}]}, container: {image: '{{inputs.parameters.image}}'}}}", ['= r/i:1', '= r/default:1']],
    // Text inside of a step is replaced with the step's own first.
    ["{name: s, inline: {inputs: {parameters: [{name: outer, value: r/i:1}]}, container: {image: '{{inputs.parameters.outer}}'}}}", ['= r/outer:1', '= r/default:1']],
    ["{name: s, withItems: [r/a:1, r/b:1], inline: {container: {image: '{{item}}'}}}", ['= r/a:1 r/b:1', '= r/default:1']],
  ])('call %s gives %j', (call, expected) => {
    expect(called(call)).toEqual(expected);
  });

  it('values are followed through templates that call each other', () => {
    expect(called("{name: s, template: mid, arguments: {parameters: [{name: m, value: r/a:1}]}}", `
- {name: mid, inputs: {parameters: [{name: m}]}, dag: {tasks: [{name: t, template: run, arguments: {parameters: [{name: image, value: '{{inputs.parameters.m}}'}]}}]}}`)).toEqual(['= r/a:1']);
  });

  it('a template that calls itself has what is known and what is not', () => {
    expect(called("{name: s, template: loop, arguments: {parameters: [{name: m, value: r/a}]}}", `
- {name: loop, inputs: {parameters: [{name: m}]}, steps: [[{name: t, template: run, arguments: {parameters: [{name: image, value: '{{inputs.parameters.m}}'}]}}], [{name: u, template: loop, arguments: {parameters: [{name: m, value: '{{inputs.parameters.m}}x'}]}}]]}`)).toEqual(['= r/a', expect.stringMatching(/^\? expression /)]);
  });

  it('defaults of the workflow are read with the parameters of each template that has them', () => {
    expect(imagesIn(workflow(`
entrypoint: main
templateDefaults: {container: {image: '{{inputs.parameters.i}}'}}
templates:
- {name: main, steps: [[{name: s, template: run, arguments: {parameters: [{name: i, value: r/a:1}]}}]]}
- {name: run, inputs: {parameters: [{name: i}]}, container: {command: [x]}}`))).toContain('spec.templateDefaults.container.image = r/a:1');
  });

  it('a stored template has its defaults besides what its own steps give it', () => {
    expect(imagesIn(`${TEMPLATE}spec:
  templates:
  - {name: main, steps: [[{name: s, template: run, arguments: {parameters: [{name: image, value: r/a:1}]}}]]}
  - {name: run, inputs: {parameters: [{name: image, value: r/default:1}]}, container: {image: '{{inputs.parameters.image}}'}}`)).toEqual(['spec.templates[1].container.image = r/default:1 r/a:1']);
  });
});
