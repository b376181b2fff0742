import { describe, expect, it } from 'vitest';
import { codesOf, imagesIn, readObject, workflow } from './support.ts';

const indent = (text: string, by: number): string => text.split('\n').map((line) => ' '.repeat(by) + line).join('\n');

/** A workflow that applies a manifest. */
function applies(manifest: string, { action = 'create', rest = '', extra = '' }: { action?: string; rest?: string; extra?: string } = {}): string {
  return workflow(`entrypoint: a\n${extra}\ntemplates:\n- name: a\n  ${rest}\n  resource:\n    action: ${action}\n    manifest: |\n${indent(manifest, 6)}`);
}

const AT = 'spec.templates[0].resource.manifest';
const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: r/a:1}], volumes: [{name: v, image: {reference: r/vol:1}}]}';

describe('Argo: a manifest in a manifest', () => {
  it.each<[string, string, string[]]>([
    ['a pod', POD, [`${AT}:spec.containers[0].image = r/a:1`, `${AT}:spec.volumes[0].image.reference = r/vol:1`]],
    ['JSON', JSON.stringify({ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'c', image: 'r/a:1' }] } }), [`${AT}:spec.containers[0].image = r/a:1`]],
    ['several documents', `${POD}\n---\napiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{name: d, image: r/b:1}]}}}`, [`${AT}#0:spec.containers[0].image = r/a:1`, `${AT}#0:spec.volumes[0].image.reference = r/vol:1`, `${AT}#1:spec.template.spec.containers[0].image = r/b:1`]],
    ['a list', `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, spec: {containers: [{name: c, image: r/a:1}]}}`, [`${AT}:items[0].spec.containers[0].image = r/a:1`]],
    ['a CronJob', 'apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: r/a:1}]}}}}}', [`${AT}:spec.jobTemplate.spec.template.spec.containers[0].image = r/a:1`]],
    ['a workflow', 'apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {entrypoint: x, templates: [{name: x, script: {image: r/a:1}}]}', [`${AT}:spec.templates[0].script.image = r/a:1`]],
    ['a strategy of another engine', 'apiVersion: shipwright.io/v1beta1\nkind: ClusterBuildStrategy\nmetadata: {name: s}\nspec: {steps: [{name: a, image: r/a:1}]}', [`${AT}:spec.steps[0].image = r/a:1`]],
    ['an object without images', 'apiVersion: v1\nkind: ConfigMap\ndata: {a: b}', []],
    ['a JSON patch', '- {op: replace, path: /spec/containers/0/image, value: r/a:1}\n- {op: add, path: /spec/containers/1, value: {name: x, image: r/b:1}}', [`${AT}:[0].value = r/a:1`, `${AT}:[1].value.image = r/b:1`]],
    ['a merge patch', 'spec: {template: {spec: {containers: [{name: x, image: r/a:1}]}}}', [`${AT}:spec.template.spec.containers[0].image = r/a:1`]],
    ['a patch of a workflow', 'spec: {templates: [{name: x, container: {image: r/a:1}, volumes: [{image: {reference: r/v:1}}]}]}', [`${AT}:spec.templates[0].container.image = r/a:1`, `${AT}:spec.templates[0].volumes[0].image.reference = r/v:1`]],
  ])('%s', (_, manifest, expected) => {
    expect(imagesIn(applies(manifest))).toEqual(expected);
  });

  it('placeholders: known values are put in, all others defer the whole', () => {
    const pod = (image: string): string => `apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c, image: '${image}'}]}`;
    expect(imagesIn(applies(pod('{{workflow.parameters.i}}'), { extra: 'arguments: {parameters: [{name: i, value: r/a:1}]}' }))).toEqual([`${AT}:spec.containers[0].image = r/a:1`]);
    expect(imagesIn(applies(pod('{{inputs.parameters.i}}'), { rest: 'inputs: {parameters: [{name: i, default: r/a:1}]}' }))).toEqual([`${AT}:spec.containers[0].image = r/a:1`]);
    expect(imagesIn(applies(pod('{{inputs.parameters.i}}')))).toEqual([`${AT} ? expression {{inputs.parameters.i}}`]);
    expect(imagesIn(applies(`${pod('r/a:1')}\nmetadata: {name: '{{workflow.name}}'}`))).toEqual([`${AT} ? expression {{workflow.name}}`]);
  });

  it('verbs that make nothing bring nothing; all others do', () => {
    for (const action of ['get', 'delete']) expect(imagesIn(applies(POD, { action }))).toEqual([]);
    for (const action of ['create', 'apply', 'patch', 'replace', "'{{workflow.parameters.x}}'", 'Delete']) expect(imagesIn(applies(POD, { action }))).toHaveLength(2);
  });

  it('what comes from elsewhere is deferred', () => {
    expect(imagesIn(workflow('entrypoint: a\ntemplates:\n- {name: a, resource: {action: create, manifestFrom: {artifact: {name: m}}}}'))).toEqual(['spec.templates[0].resource.manifestFrom ? expression manifestFrom']);
    expect(imagesIn(workflow("entrypoint: a\ntemplates:\n- {name: a, resource: {action: create, flags: ['--filename=https://example.com/pod.yaml']}}"))).toEqual(['spec.templates[0].resource.flags[0] ? expression --filename=https://example.com/pod.yaml']);
    expect(imagesIn(workflow("entrypoint: a\ntemplates:\n- {name: a, resource: {action: create, flags: ['--validate=false']}}"))).toEqual([]);
  });

  it.each([
    ['an alias', 'apiVersion: v1\nkind: Pod\nspec: &s {containers: [{name: c, image: r/a:1}]}\nother: *s'],
    ['a merge key', 'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c, <<: {image: r/a:1}}]}'],
    ['a key twice', 'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c, image: r/a:1, image: r/b:1}]}'],
    ['a tag', 'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c, image: !!binary cg==}]}'],
    ['no YAML', 'a: [b'],
    ['__proto__', '__proto__: {kind: Pod}\nkind: Pod'],
    ['a directive', '%YAML 1.2\n---\nkind: Pod'],
    ['an image that is a number', 'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c, image: r/a:1}, {name: d, image: 7}]}'],
    ['depth', `a: ${'['.repeat(200)}${']'.repeat(200)}`],
    ['more depth', `${'['.repeat(10_000)}`],
  ])('%s is not read', (_, manifest) => {
    expect(codesOf(applies(manifest)).filter((code) => code.startsWith(`INPUT_OBJECT_UNREADABLE ${AT}`))).toHaveLength(1);
  });

  it('too long, or too deep, is deferred, and what lies before it is read', () => {
    expect(imagesIn(applies(`${POD}\n# ${'x'.repeat(40_000)}`))).toEqual([expect.stringMatching(/manifest \? expression /)]);
    let manifest = POD;
    for (let depth = 0; depth < 4; depth += 1) manifest = applies(manifest);
    expect(imagesIn(applies(manifest))).toEqual([expect.stringMatching(/^(?:spec\.templates\[0\]\.resource\.manifest:?){4} \? expression /)]);
    expect(imagesIn(applies(applies(POD)))).toEqual([`${AT}:${AT}:spec.containers[0].image = r/a:1`, `${AT}:${AT}:spec.volumes[0].image.reference = r/vol:1`]);
  });
});

describe('Argo: pod patches', () => {
  const patched = (patch: string, rest = ''): string => workflow(`entrypoint: a\n${rest}\npodSpecPatch: |\n${indent(patch, 2)}\ntemplates:\n- {name: a, container: {image: r/a:1, securityContext: {runAsNonRoot: true}}}`);

  it.each([
    ['as Argo writes it', 'hostNetwork: true'], ['with yes', 'hostNetwork: yes'], ['in another case', 'hostnetwork: true'], ['in JSON', '{"HostNetwork": true}'],
    ['with a long s', '{"ho\u017ftNetwork": true}'], ['as text', 'hostNetwork: "{{x}}"'.replace('{{x}}', 'true')],
  ])('host network %s is seen', (_, patch) => {
    expect(readObject(patched(patch)).request.pods.some(({ hostNetwork, path }) => hostNetwork && path === 'spec.podSpecPatch')).toBe(true);
    expect(readObject(patched('hostNetwork: false')).request.pods.some(({ hostNetwork }) => hostNetwork)).toBe(false);
  });

  it.each([
    ['initcontainers: [{name: x, image: r/b:1}]', 'spec.podSpecPatch:initContainers[0].image = r/b:1'],
    ['{"containers":[{"name":"main","IMAGE":"r/b:1"}]}', 'spec.podSpecPatch:containers[0].image = r/b:1'],
    ['volumes: [{name: v, Image: {Reference: r/b:1}}]', 'spec.podSpecPatch:volumes[0].image.reference = r/b:1'],
  ])('image in %s is found', (patch, expected) => {
    expect(imagesIn(patched(patch))).toContain(expected);
  });

  it('a patch is merged into the containers that rules look at', () => {
    const { request } = readObject(patched('containers: [{name: main, securityContext: {privileged: true}, env: [{name: E, value: v}]}, {name: extra, image: r/x:1}]\nserviceAccountName: admin'));
    expect(request.tasks[0]).toMatchObject({
      steps: [{ holder: 'container main', image: 'r/a:1', security: { privileged: true, runAsNonRoot: true }, environment: [{ name: 'E' }] }],
      sidecars: [{ holder: 'container extra', image: 'r/x:1' }],
    });
    expect(request.accounts).toEqual([{ name: 'admin', path: 'spec.podSpecPatch:serviceAccountName' }]);
  });

  it('settings that few pods have are seen in any case', () => {
    const { request } = readObject(patched('{"hostaliases":[{"ip":"10.0.0.1"}],"containers":[{"name":"main","ports":[{"HostPort":80}],"securityContext":{"windowsoptions":{"hostProcess":true}}}]}'));
    expect(request.pods.find(({ path }) => path === 'spec.podSpecPatch')?.further).toMatchObject([{ name: 'hostAliases' }]);
    expect(request.tasks[0]?.steps[0]).toMatchObject({ hostPorts: [{ port: 80 }], security: { privileged: true } });
  });

  it('placeholders: known values are put in, all others defer the patch', () => {
    const patch = 'containers: [{name: main, image: "{{workflow.parameters.i}}"}]';
    expect(imagesIn(patched(patch, 'arguments: {parameters: [{name: i, value: r/b:1}]}'))).toContain('spec.podSpecPatch:containers[0].image = r/b:1');
    expect(imagesIn(patched(patch))).toContain('spec.podSpecPatch ? patch {{workflow.parameters.i}}');
  });

  it.each([
    ['directives', 'containers: [{name: main, securityContext: {$patch: delete}}]'], ['a context taken away', 'securityContext: null'], ['one name in two cases', '{"hostNetwork": false, "hostnetwork": true}'],
    ['a list', '[]'], ['two documents', 'a: b\n---\nc: d'], ['no YAML', '{{{'.replaceAll('{', '[')],
  ])('%s are not read', (_, patch) => {
    expect(codesOf(patched(patch))).toContain('INPUT_OBJECT_UNREADABLE spec.podSpecPatch');
  });
});

describe('Argo: names in another case', () => {
  it.each([
    ['entrypoint: a\ntemplates: [{name: a, container: {image: r/a:1, Image: r/b:1}}]', 'spec.templates[0].container.Image'],
    ['entrypoint: a\ntemplates: [{name: a, Container: {image: r/a:1}}]', 'spec.templates[0].Container'],
    ['Templates: [{name: a, container: {image: r/a:1}}]', 'spec.Templates'],
    ['hostnetwork: true', 'spec.hostnetwork'],
    ['podSpecpatch: "{}"', 'spec.podSpecpatch'],
  ])('%s is refused', (spec, path) => {
    expect(codesOf(workflow(spec))).toContain(`INPUT_OBJECT_UNREADABLE ${path}`);
  });

  it('names of somebody\'s choice are theirs', () => {
    expect(readObject(workflow(`entrypoint: a
podMetadata: {labels: {Image: x}}
hooks: {Steps: {template: a, expression: "true"}}
templates:
- {name: a, nodeSelector: {Container: x}, container: {image: r/a:1, resources: {limits: {Image: 1}}}}
- {name: b, steps: [[{name: s, template: a, withItems: [{Image: x}]}]]}
- {name: c, plugin: {Script: {Image: x}}}`)).problems).toEqual([]);
  });
});
