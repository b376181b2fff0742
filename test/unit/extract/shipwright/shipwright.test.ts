import { describe, expect, it } from 'vitest';
import { codesOf, imagesIn, readObject } from '../argo/support.ts';

const STRATEGY = (spec: string, kind = 'BuildStrategy', version = 'v1beta1'): string => `apiVersion: shipwright.io/${version}\nkind: ${kind}\nmetadata: {name: buildah${kind === 'BuildStrategy' ? ', namespace: ci' : ''}}\nspec: ${spec}`;
const BUILD = (spec: string, version = 'v1beta1'): string => `apiVersion: shipwright.io/${version}\nkind: Build\nmetadata: {name: b, namespace: ci}\nspec: ${spec}`;
const RUN = (spec: string, version = 'v1beta1'): string => `apiVersion: shipwright.io/${version}\nkind: BuildRun\nmetadata: {name: r, namespace: ci}\nspec: ${spec}`;

describe('Shipwright strategies', () => {
  it.each<[string, string, string]>([
    ['r/a:1', '[]', '= r/a:1'],
    ['$(params.image)', '[{name: image, default: r/a:1}]', '= r/a:1'],
    ["$(params['image'])", '[{name: image, default: r/a:1}]', '= r/a:1'],
    ['$(params["image"])', '[{name: image, default: r/a:1}]', '= r/a:1'],
    ['$(inputs.params.image)', '[{name: image, default: r/a:1}]', '= r/a:1'],
    ['r/$(params.n):$(params.t)', '[{name: n, default: app}, {name: t, default: "2"}]', '= r/app:2'],
    ['$(params.image)', '[{name: image}]', '? parameter $(params.image)'],
    ['$(params.shp-output-image)', '[]', '? parameter $(params.shp-output-image)'],
    ['$(build.builder.image)', '[]', '? expression $(build.builder.image)'],
    ['$(params.a)', '[{name: a, default: "$(params.b)"}, {name: b, default: r/a:1}]', '? expression $(params.b)'],
  ])('image %s with %s is %s', (image, parameters, expected) => {
    const spec = `{parameters: ${parameters}, steps: [{name: build, image: ${JSON.stringify(image)}}]}`;
    expect(imagesIn(STRATEGY(spec))).toEqual([`spec.steps[0].image ${expected}`]);
    expect(imagesIn(STRATEGY(spec, 'ClusterBuildStrategy'))).toEqual([`spec.steps[0].image ${expected}`]);
    expect(imagesIn(STRATEGY(spec.replace('steps:', 'buildSteps:'), 'BuildStrategy', 'v1alpha1'))).toEqual([`spec.buildSteps[0].image ${expected}`]);
  });

  it('steps, volumes and texts are those of a task, and the strategy is the definition', () => {
    const { request } = readObject(STRATEGY(`{steps: [{name: build, image: r/a:1, command: [sh], args: [-c, go], env: [{name: TOKEN, value: t}], securityContext: {privileged: true}, volumeMounts: [{name: v, mountPath: /x}]}],
      volumes: [{name: v, overridable: true, hostPath: {path: /}}, {name: i, image: {reference: r/vol:1}}], securityContext: {runAsUser: 0, runAsGroup: 0}}`));
    expect(request).toMatchObject({
      engine: 'shipwright', role: 'definition', definitions: [{ form: 'self', kind: 'strategy' }],
      tasks: [{ name: 'buildah', steps: [{ holder: 'step build', command: ['sh', '-c', 'go'], environment: [{ name: 'TOKEN', value: 't' }], security: { privileged: true }, mounts: [{ volume: 'v', at: '/x' }] }], volumes: [{ type: 'hostPath', detail: '/' }, { type: 'image' }] }],
      pods: [{ security: { runAsUser: 0 } }],
    });
    expect(request.images.map(({ path, usage, holder }) => [path, usage, holder])).toEqual([['spec.steps[0].image', 'buildStep', 'step build'], ['spec.volumes[1].image.reference', 'buildStep', 'volume i']]);
    expect(request.texts.map(({ path }) => path)).toContain('spec.steps[0].env[0].value');
  });
});

describe('Shipwright builds', () => {
  it('a build names its strategy, its source artifact and its target', () => {
    const { request } = readObject(BUILD('{source: {type: OCI, ociArtifact: {image: r/src:1}}, strategy: {name: buildah, kind: ClusterBuildStrategy}, output: {image: r/out:1}, env: [{name: E, value: v}], paramValues: [{name: p, value: x}], trigger: {when: [{name: i, type: Image, image: {names: [r/trigger:1]}}]}}'));
    expect(request.definitions).toMatchObject([{ form: 'self', kind: 'pipeline' }, { form: 'local', kind: 'strategy', group: 'shipwright.io', resource: 'clusterbuildstrategies', name: 'buildah', namespace: '', path: 'spec.strategy' }]);
    expect(request.images.map(({ path, usage, raw }) => [path, usage, raw])).toEqual([['spec.source.ociArtifact.image', 'source', 'r/src:1']]);
    expect(request.targets).toEqual([{ name: 'r/out:1', path: 'spec.output.image' }]);
    expect(request.texts.map(({ text }) => text)).toEqual(['v', 'x']);
    expect(readObject(BUILD('{strategy: {name: s}}')).request.definitions).toMatchObject([{}, { resource: 'buildstrategies', namespace: 'ci' }]);
  });

  it('v1alpha1 has bundles, builders and strategies of its own', () => {
    const { request } = readObject(BUILD('{source: {bundleContainer: {image: r/src:1}}, strategy: {name: s, kind: BuildStrategy}, builder: {image: r/builder:1}, output: {image: r/out:1}}', 'v1alpha1'));
    expect(request.images.map(({ path, usage }) => [path, usage])).toEqual([['spec.source.bundleContainer.image', 'source'], ['spec.builder.image', 'buildStep']]);
    const older = readObject(BUILD('{source: {url: x}, strategy: {name: s}, runtime: {base: {image: r/base:1}}, output: {image: r/out:1}}', 'v1alpha1'));
    expect(older.request.images.map(({ path, raw }) => [path, raw])).toEqual([['spec.runtime.base.image', 'r/base:1']]);
  });

  it('a run names a build', () => {
    const { request } = readObject(RUN('{build: {name: b}, serviceAccount: builder, paramValues: [{name: p, value: x}, {name: l, values: [{value: a}, {secretValue: {name: s}}]}], output: {image: r/other:1}}'));
    expect(request).toMatchObject({
      role: 'run', definitions: [{ form: 'local', kind: 'pipeline', resource: 'builds', name: 'b', namespace: 'ci' }],
      parameters: [{ name: 'p', values: ['x'] }, { name: 'l', values: ['a'] }], accounts: [{ name: 'builder', path: 'spec.serviceAccount' }], targets: [{ name: 'r/other:1' }],
    });
    expect(readObject(RUN('{buildRef: {name: b}, serviceAccount: {name: x}}', 'v1alpha1')).request).toMatchObject({ definitions: [{ name: 'b' }], accounts: [{ name: 'x' }] });
  });

  it.each([['{build: {spec: SPEC}}', 'v1beta1', 'spec.build.spec'], ['{buildSpec: SPEC}', 'v1alpha1', 'spec.buildSpec']])('a run with a build in itself: %s', (spec, version, path) => {
    const { request } = readObject(RUN(spec.replace('SPEC', '{strategy: {name: s}, source: {ociArtifact: {image: r/src:1}}, volumes: [{name: v, image: {reference: r/vol:1}}]}'), version));
    expect(request.definitions).toMatchObject([{ form: 'inline', path }, { form: 'local', resource: 'buildstrategies', path: `${path}.strategy` }]);
    expect(request.images.map((image) => image.path)).toEqual([`${path}.source.ociArtifact.image`, `${path}.volumes[0].image.reference`]);
  });
});

describe('Shipwright: bad input', () => {
  it.each([
    ['INPUT_OBJECT_UNREADABLE spec.steps', STRATEGY('{steps: 7}')],
    ['INPUT_OBJECT_UNREADABLE spec.steps[0]', STRATEGY('{steps: [7]}')],
    ['INPUT_OBJECT_UNREADABLE spec.steps[0].image', STRATEGY('{steps: [{name: a, image: 7}]}')],
    ['INPUT_IMAGE_MISSING spec.steps[0].image', STRATEGY('{steps: [{name: a}]}')],
    ['INPUT_OBJECT_UNREADABLE spec', STRATEGY('[]')],
    ['INPUT_OBJECT_UNREADABLE spec.source.ociArtifact.image', BUILD('{source: {ociArtifact: {image: 7}}}')],
    ['INPUT_IMAGE_MISSING spec.source.ociArtifact.image', BUILD('{source: {ociArtifact: {}}}')],
    ['INPUT_OBJECT_UNREADABLE spec.build', RUN('{build: 7}')],
    ['INPUT_PARAMETER_LIMIT spec.steps[0].image', STRATEGY(`{parameters: [{name: a, default: ${'x'.repeat(3000)}}], steps: [{name: a, image: $(params.a)$(params.a)}]}`)],
    ['INPUT_TOO_MANY_TASKS spec.steps', STRATEGY(`{steps: [${'{name: a, image: r/a:1},'.repeat(1001)}]}`)],
  ])('%s', (expected, source) => {
    expect(codesOf(source)).toContain(expected);
  });
});
