/** Attack rows K01–K07 over HTTPS: a factory with a signed and an unsigned image, and facts of a cluster. Each bad thing has a good twin. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFactory } from '../support/factory-server.ts';
import type { FactoryServer } from '../support/factory-server.ts';
import { CONTROLLER } from '../support/pipelines.ts';
import type { Asking, Json } from '../support/pipelines.ts';
import { codes } from '../support/server.ts';

const COMMIT = 'a'.repeat(40);
const DIGEST = `sha256:${'b'.repeat(64)}`;
let factory: FactoryServer;
let good = '';
let evil = '';
beforeAll(async () => {
  const definitions = (host: string): Json => ({ inline: 'allow', pinned: true, sources: [{ git: 'https://github.com/acme/app' }, { bundle: `${host}/acme/**` }, { hub: 'tekton/*' }, { http: 'https://tasks.example/**' }] });
  factory = await startFactory({
    policies: (host) => ({
      factory: { namespaces: { matchLabels: { factory: 'true' } }, hygiene: 'baseline', definitions: definitions(host) },
      strict: { namespaces: { matchLabels: { strict: 'true' } }, images: { deferred: 'deny' } },
    }),
    namespaces: { ci: { factory: 'true' }, strict: { strict: 'true' }, 'kube-system': { factory: 'true' }, free: {} },
  });
  ({ good, evil } = factory);
});
afterAll(() => factory.close());

/** Denied, with this code at this place. */
async function denied(it: Json, code: string, place: string, asking: Asking = {}): Promise<void> {
  const answer = await factory.ask(it, asking);
  expect({ allowed: answer.allowed, reasons: codes(answer) }).toEqual({ allowed: false, reasons: expect.arrayContaining([code]) });
  expect(answer.status?.message).toContain(place);
}

async function admitted(it: Json, asking: Asking = {}): Promise<void> {
  const answer = await factory.ask(it, asking);
  expect({ allowed: answer.allowed, message: answer.status?.message }).toEqual({ allowed: true, message: undefined });
}

const run = (kind: string, spec: Json, metadata: Json = {}, version = 'v1'): Json => ({ apiVersion: `tekton.dev/${version}`, kind, metadata: { name: 'r', namespace: 'ci', ...metadata }, spec });
const task = (image: string, more: Json = {}): Json => ({ steps: [{ name: 'make', image, ...more }] });
/** A run of one pipeline, in which the text IMAGE is replaced. */
const withImage = (it: Json, image: string): Json => JSON.parse(JSON.stringify(it).replaceAll('IMAGE', image)) as Json;
const resolver = (name: string, params: Readonly<Record<string, string>>): Json => ({ resolver: name, params: Object.entries(params).map(([key, value]) => ({ name: key, value })) });
const remote = (name: string, params: Readonly<Record<string, string>>, given: readonly Json[] = []): Json => run('PipelineRun', { params: given, pipelineRef: resolver(name, params) });
const GIT = { url: 'https://github.com/acme/app', revision: COMMIT, pathInRepo: 'release.yaml' };

describe('K01 results of a foreign run', () => {
  const of = (kind: string, owner: string, uid: string, spec: Json, apiVersion = 'tekton.dev/v1'): Json => ({
    apiVersion, kind,
    metadata: { name: 'child', namespace: 'ci', labels: { 'tekton.dev/pipelineTask': 'make' }, ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: owner, name: 'parent', uid, controller: true, blockOwnerDeletion: true }] },
    spec,
  });
  beforeAll(() => {
    const pipelineSpec = { tasks: [{ name: 'make', taskSpec: task(good) }] };
    factory.stands({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'parent', namespace: 'ci', uid: 'right' }, spec: { pipelineSpec }, status: { pipelineSpec } });
    factory.stands({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'parent', namespace: 'ci', uid: 'right' }, spec: { taskSpec: task(good) } });
  });

  test.each<[string, (uid: string) => Json]>([
    ['TaskRun of a PipelineRun', (uid) => of('TaskRun', 'PipelineRun', uid, { taskSpec: task(good) })],
    ['CustomRun of a PipelineRun', (uid) => of('CustomRun', 'PipelineRun', uid, { customRef: { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', name: 'p' } }, 'tekton.dev/v1beta1')],
    ['pod of a TaskRun', (uid) => of('Pod', 'TaskRun', uid, { automountServiceAccountToken: false, containers: [{ name: 'step-make', image: good }] }, 'v1')],
  ])('%s: by its controller, for the run of that uid, and for no other', async (what, make) => {
    const engine = { user: CONTROLLER };
    // A custom task is nothing that is judged here, but its owner is.
    if (what.startsWith('CustomRun')) expect(codes(await factory.ask(make('right'), engine))).not.toContain('POLICY_OWNER');
    else await admitted(make('right'), engine);
    await denied(make('wrong'), 'POLICY_OWNER', 'metadata.ownerReferences[0]', engine);
    await denied(make('right'), 'POLICY_OWNER', 'metadata.ownerReferences[0]', { user: 'mallory' });
    await denied(make(''), 'POLICY_OWNER', 'metadata.ownerReferences[0]', engine);
  });

  test('results are written by the engine', async () => {
    const having = (status: Json): Json => ({ ...run('TaskRun', { taskSpec: task(good) }), status });
    const [before, after] = [having({}), having({ results: [{ name: 'IMAGE_DIGEST', value: DIGEST }] })];
    const change = { operation: 'UPDATE', sub: 'status', old: before } as const;
    await denied(after, 'POLICY_WRITER', 'status.results', { ...change, user: 'mallory' });
    await admitted(after, { ...change, user: CONTROLLER });
  });
});

describe('K02 hostile resolver parameters', () => {
  test.each<[string, string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ['an option in place of a revision', 'git', { ...GIT, revision: '--upload-pack=touch /tmp/x' }, GIT],
    ['a short option', 'git', { ...GIT, revision: '-u' }, GIT],
    ['a server of their own', 'git', { org: 'acme', repo: 'app', scmType: 'github', revision: COMMIT, pathInRepo: 'x.yaml', serverURL: 'https://evil.example' }, { org: 'acme', repo: 'app', scmType: 'github', revision: COMMIT, pathInRepo: 'x.yaml' }],
    ['a server beside the URL', 'git', { ...GIT, serverURL: 'https://evil.example' }, GIT],
    ['a path out of the repository', 'git', { ...GIT, pathInRepo: '../../x' }, GIT],
    ['one that is hidden', 'git', { ...GIT, pathInRepo: 'a/%2e%2e/x' }, GIT],
    ['an absolute path', 'git', { ...GIT, pathInRepo: '/etc/passwd' }, GIT],
    ['metadata of a cloud', 'http', { url: 'https://169.254.169.254/latest', digest: DIGEST }, { url: 'https://tasks.example/a', digest: DIGEST }],
    ['the resolver itself', 'http', { url: 'https://localhost:8080/x', digest: DIGEST }, { url: 'https://tasks.example/x', digest: DIGEST }],
    ['no https', 'http', { url: 'http://tasks.example/5-gigabytes', digest: DIGEST }, { url: 'https://tasks.example/5-gigabytes', digest: DIGEST }],
  ])('%s is refused before anything is resolved', async (_, name, bad, fine) => {
    await denied(remote(name, bad), 'POLICY_HYGIENE_RESOLVER', 'spec.pipelineRef');
    await admitted(remote(name, fine));
  });

  test('by a parameter of the run, in a task of a pipeline, in a step, and in each version', async () => {
    const open = { ...GIT, revision: '$(params.rev)' };
    const bad = [{ name: 'rev', value: '--upload-pack=x' }];
    const fine = [{ name: 'rev', value: COMMIT }];
    await denied(remote('git', open, bad), 'POLICY_HYGIENE_RESOLVER', 'spec.pipelineRef');
    await admitted(remote('git', open, fine));
    const inTask = (params: readonly Json[]): Json => run('PipelineRun', { params, pipelineSpec: { tasks: [{ name: 't', taskRef: resolver('git', open) }] } }, {}, 'v1beta1');
    await denied(inTask(bad), 'POLICY_HYGIENE_RESOLVER', 'spec.pipelineSpec.tasks[0].taskRef');
    await admitted(inTask(fine));
    const inStep = (params: readonly Json[]): Json => run('TaskRun', { params, taskSpec: { steps: [{ name: 's', ref: resolver('git', open) }] } });
    await denied(inStep(bad), 'POLICY_HYGIENE_RESOLVER', 'spec.taskSpec.steps[0].ref');
    await admitted(inStep(fine));
  });

  test('nothing that a run names is ever fetched for it', async () => {
    const before = [factory.registry.requests().length, factory.api.requests.length];
    const url = `http://${factory.registry.host}/x`;
    for (const it of [remote('git', { ...GIT, url }), remote('http', { url }), remote('hub', { catalog: 'tekton', name: 'x', version: '1', url }), remote('git', { org: 'a', repo: 'b', serverURL: url })]) {
      expect((await factory.ask(it)).allowed).toBe(false);
    }
    expect([factory.registry.requests().length, factory.api.requests.length]).toEqual(before);
  });
});

describe('K03 mount paths', () => {
  const mounting = (mountPath: string, kind = 'Task'): Json => {
    const spec = { volumes: [{ name: 'v', emptyDir: {} }], ...task(good, { volumeMounts: [{ name: 'v', mountPath }] }) };
    return run(kind, kind === 'Task' ? spec : { taskSpec: spec });
  };
  test.each(['/tekton', '/tekton/', '//tekton//bin', '/tekton/../tekton/bin', '/data/../tekton/bin', '/./tekton/results', '/data/./.././tekton', 'tekton/bin', '/tekton/scripts/../../tekton/creds'])('%s lies over what the engine needs', async (path) => {
    for (const kind of ['Task', 'TaskRun']) await denied(mounting(path, kind), 'POLICY_HYGIENE_MOUNT', 'volumeMounts[0]');
  });
  test.each(['/data', '/data/tekton', '/tektonic', '/tekton/../data'])('%s does not', async (path) => {
    for (const kind of ['Task', 'TaskRun']) await admitted(mounting(path, kind));
  });
});

describe('K04 what can move', () => {
  test.each(['main', 'refs/heads/main', 'v1.2.3', COMMIT.slice(1), `${COMMIT}0`, `refs/heads/${COMMIT}`, 'A'.repeat(39), ''])('a repository at %j is not pinned to a commit', async (revision) => {
    await denied(remote('git', { ...GIT, revision }), 'POLICY_DEFINITION_UNPINNED', 'spec.pipelineRef');
  });
  test.each([COMMIT, 'b'.repeat(64)])('one at %s is', async (revision) => admitted(remote('git', { ...GIT, revision })));

  test('a branch by a parameter, in a task, under finally and in a step', async () => {
    const open = resolver('git', { ...GIT, revision: '$(params.rev)' });
    for (const [place, spec] of [['tasks', { tasks: [{ name: 't', taskRef: open }] }], ['finally', { tasks: [{ name: 't', taskSpec: task(good) }], finally: [{ name: 'f', taskRef: open }] }]] as const) {
      const it = (value: string): Json => run('PipelineRun', { params: [{ name: 'rev', value }], pipelineSpec: spec });
      await denied(it('main'), 'POLICY_DEFINITION_UNPINNED', `spec.pipelineSpec.${place}[0].taskRef`);
      await admitted(it(COMMIT));
    }
    const step = (value: string): Json => run('TaskRun', { params: [{ name: 'rev', value }], taskSpec: { steps: [{ name: 's', ref: open }] } });
    await denied(step('main'), 'POLICY_DEFINITION_UNPINNED', 'spec.taskSpec.steps[0].ref');
    await admitted(step(COMMIT));
  });

  test('a version of a hub and a URL without a digest', async () => {
    await denied(remote('hub', { catalog: 'tekton', name: 'release', kind: 'pipeline', version: '0.1' }), 'POLICY_DEFINITION_UNPINNED', 'spec.pipelineRef');
    await denied(remote('http', { url: 'https://tasks.example/a' }), 'POLICY_DEFINITION_UNPINNED', 'spec.pipelineRef');
    await admitted(remote('http', { url: 'https://tasks.example/a', digest: DIGEST }));
  });
});

describe('K05 images in unwalked places', () => {
  const inPipeline = (spec: Json, version = 'v1'): Json => run('PipelineRun', { pipelineSpec: { tasks: [{ name: 'first', taskSpec: task('GOOD') }], ...spec } }, {}, version);
  const inTask = (spec: Json): Json => run('TaskRun', { taskSpec: spec });
  /** Where nobody asks what is in a bundle, and it is an image like others. */
  const FREE = { namespace: 'free' };
  const bundle = { resolver: 'bundles', params: [{ name: 'bundle', value: 'IMAGE' }, { name: 'name', value: 'x' }, { name: 'kind', value: 'task' }] };
  const PLACES: readonly (readonly [string, Json, string])[] = [
    ['a step', inTask(task('IMAGE')), 'spec.taskSpec.steps[0].image'],
    ['a sidecar', inTask({ ...task('GOOD'), sidecars: [{ name: 's', image: 'IMAGE' }] }), 'spec.taskSpec.sidecars[0].image'],
    ['the template of steps', inTask({ stepTemplate: { image: 'IMAGE' }, steps: [{ name: 's' }] }), 'spec.taskSpec.'],
    ['a volume of a task', inTask({ ...task('GOOD'), volumes: [{ name: 'v', image: { reference: 'IMAGE' } }] }), 'spec.taskSpec.volumes[0].image.reference'],
    ['a task of a pipeline', inPipeline({ tasks: [{ name: 't', taskSpec: task('IMAGE') }] }), 'spec.pipelineSpec.tasks[0].taskSpec.steps[0].image'],
    ['the same in v1beta1', inPipeline({ tasks: [{ name: 't', taskSpec: task('IMAGE') }] }, 'v1beta1'), 'spec.pipelineSpec.tasks[0].taskSpec.steps[0].image'],
    ['finally', inPipeline({ finally: [{ name: 'f', taskSpec: task('IMAGE') }] }), 'spec.pipelineSpec.finally[0].taskSpec.steps[0].image'],
    ['a value of a matrix', inPipeline({ tasks: [{ name: 't', matrix: { params: [{ name: 'i', value: ['GOOD', 'IMAGE'] }] }, taskSpec: { params: [{ name: 'i' }], ...task('$(params.i)') } }] }), 'spec.pipelineSpec.tasks[0].taskSpec.steps[0].image'],
    ['a row of a matrix', inPipeline({ tasks: [{ name: 't', matrix: { include: [{ name: 'a', params: [{ name: 'i', value: 'IMAGE' }] }] }, taskSpec: { params: [{ name: 'i' }], ...task('$(params.i)') } }] }), 'spec.pipelineSpec.tasks[0].taskSpec.steps[0].image'],
    ['a pipeline in a pipeline', inPipeline({ tasks: [{ name: 'p', pipelineSpec: { tasks: [{ name: 't', taskSpec: task('IMAGE') }] } }] }), 'spec.pipelineSpec.tasks[0].pipelineSpec.tasks[0].taskSpec.steps[0].image'],
    ['a default', inTask({ params: [{ name: 'i', default: 'IMAGE' }], ...task('$(params.i)') }), 'spec.taskSpec.steps[0].image'],
    ['the bundle of a pipeline', run('PipelineRun', { pipelineRef: bundle }, FREE), 'spec.pipelineRef'],
    ['the bundle of a task', run('PipelineRun', { pipelineSpec: { tasks: [], finally: [{ name: 't', taskRef: bundle }] } }, FREE), 'spec.pipelineSpec.finally[0].taskRef'],
    ['the bundle of a step', run('TaskRun', { taskSpec: { steps: [{ name: 's', ref: bundle }] } }, FREE), 'spec.taskSpec.steps[0].ref'],
    ['the bundle of v1beta1', run('TaskRun', { taskRef: { name: 'x', bundle: 'IMAGE' } }, FREE, 'v1beta1'), 'spec.taskRef.bundle'],
    ['the pod template of a run', run('TaskRun', { taskSpec: task('GOOD'), podTemplate: { volumes: [{ name: 'v', image: { reference: 'IMAGE' } }] } }), 'spec.podTemplate.volumes[0].image.reference'],
    ['that of its tasks', run('PipelineRun', { pipelineSpec: { tasks: [{ name: 't', taskSpec: task('GOOD') }] }, taskRunTemplate: { podTemplate: { volumes: [{ name: 'v', image: { reference: 'IMAGE' } }] } } }), 'spec.taskRunTemplate.podTemplate.volumes[0].image.reference'],
    ['that of one of them', run('PipelineRun', { pipelineSpec: { tasks: [{ name: 't', taskSpec: task('GOOD') }] }, taskRunSpecs: [{ pipelineTaskName: 't', podTemplate: { volumes: [{ name: 'v', image: { reference: 'IMAGE' } }] } }] }), 'spec.taskRunSpecs[0].podTemplate.volumes[0].image.reference'],
    ['a stored Task', run('Task', task('IMAGE')), 'spec.steps[0].image'],
    ['a stored Pipeline', run('Pipeline', { tasks: [{ name: 't', taskSpec: task('IMAGE') }] }), 'spec.tasks[0].taskSpec.steps[0].image'],
    ['a StepAction', run('StepAction', { image: 'IMAGE' }, {}, 'v1beta1'), 'spec.image'],
    ['a TriggerTemplate', { apiVersion: 'triggers.tekton.dev/v1beta1', kind: 'TriggerTemplate', metadata: { name: 't', namespace: 'ci' }, spec: { resourcetemplates: [inTask(task('IMAGE'))] } }, 'spec.resourcetemplates[0].spec.taskSpec.steps[0].image'],
    ['a template of Argo', workflow({ entrypoint: 'm', templates: [{ name: 'm', container: { image: 'IMAGE' } }] }), 'spec.templates[0].container.image'],
    ['an inline step of Argo', workflow({ entrypoint: 'm', templates: [{ name: 'm', steps: [[{ name: 's', inline: { script: { image: 'IMAGE', source: 'x' } } }]] }] }), 'spec.templates[0].steps[0][0].inline.script.image'],
    ['a manifest in a template of Argo', workflow({ entrypoint: 'm', templates: [{ name: 'm', resource: { action: 'create', manifest: 'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: IMAGE}]}' } }] }), 'spec.templates[0].resource.manifest'],
    ['a patch of Argo', workflow({ entrypoint: 'm', podSpecPatch: '{"containers":[{"name":"main","image":"IMAGE"}]}', templates: [{ name: 'm', container: { image: 'GOOD' } }] }), 'spec.podSpecPatch'],
    ['a strategy of Shipwright', { apiVersion: 'shipwright.io/v1beta1', kind: 'BuildStrategy', metadata: { name: 's', namespace: 'ci' }, spec: { steps: [{ name: 'b', image: 'IMAGE' }] } }, 'spec.steps[0].image'],
  ];
  test.each(PLACES)('%s: the unsigned image is found there, the signed one gets in', async (_, it, place) => {
    const fill = (image: string): Json => withImage(JSON.parse(JSON.stringify(it).replaceAll('GOOD', good)) as Json, image);
    await denied(fill(evil), 'FETCH_NONE_FOUND', place);
    await admitted(fill(good));
  });

  test('a definition that the cluster brings is one of them: embedded custom tasks', async () => {
    const custom = (image: string): Json => run('PipelineRun', { pipelineSpec: { tasks: [{ name: 'loop', taskSpec: { apiVersion: 'custom.tekton.dev/v1', kind: 'TaskLoop', spec: { taskSpec: task(image) } } }] } }, { namespace: 'free' });
    await denied(custom(evil), 'FETCH_NONE_FOUND', 'spec.pipelineSpec.tasks[0].taskSpec.spec.taskSpec.steps[0].image');
    await admitted(custom(good));
  });
});

function workflow(spec: Json, namespace = 'ci'): Json {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'w', namespace }, spec };
}

describe('K06 images in variables', () => {
  const open = (image: string, namespace: string, more: Json = {}): Json => run('PipelineRun', {
    ...more, pipelineSpec: { params: [{ name: 'image' }], tasks: [{ name: 'find', taskSpec: { results: [{ name: 'image' }], ...task(good) } }, { name: 't', params: [{ name: 'i', value: image }], taskSpec: { params: [{ name: 'i' }], ...task('$(params.i)') } }] },
  }, { namespace });
  const argo = (image: string, namespace: string): Json => workflow({ entrypoint: 'm', templates: [{ name: 'm', inputs: { parameters: [{ name: 'a', value: good }] }, container: { image } }] }, namespace);
  const UNKNOWN: readonly (readonly [string, (namespace: string) => Json])[] = [
    ['a parameter without a value', (namespace) => open('$(params.image)', namespace)],
    ['a result of an earlier task', (namespace) => open('$(tasks.find.results.image)', namespace)],
    ['an expression of Argo', (namespace) => argo('{{=inputs.parameters.a + ""}}', namespace)],
  ];
  test.each(UNKNOWN)('%s is left to the pods where these are gated, and nowhere else', async (_, it) => {
    // The pod that comes of it is asked about with its image.
    await admitted(it('ci'));
    await denied(it('kube-system'), 'POLICY_IMAGE_DEFERRED', '');
    await denied(it('strict'), 'POLICY_IMAGE_DEFERRED', '');
    const answer = await factory.ask({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ci' }, spec: { containers: [{ name: 'step-make', image: evil }] } });
    expect([answer.allowed, codes(answer)]).toEqual([false, expect.arrayContaining(['FETCH_NONE_FOUND'])]);
  });

  test('what the same object says is no variable: it is judged', async () => {
    for (const namespace of ['ci', 'strict', 'kube-system']) {
      const given = (value: string): Json => open('$(params.image)', namespace, { params: [{ name: 'image', value }] });
      await admitted(given(good));
      await denied(given(evil), 'FETCH_NONE_FOUND', 'spec.pipelineSpec.tasks[1].taskSpec.steps[0].image');
      const placeholder = (value: string): Json => JSON.parse(JSON.stringify(argo('{{inputs.parameters.a}}', namespace)).replaceAll(good, value)) as Json;
      await admitted(placeholder(good));
      await denied(placeholder(evil), 'FETCH_NONE_FOUND', 'spec.templates[0].container.image');
    }
  });

  test('a variable where Kubernetes knows none is no image', async () => {
    await denied({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ci' }, spec: { containers: [{ name: 'c', image: '$(params.image)' }] } }, 'INPUT_IMAGE_INVALID', 'spec.containers[0].image');
  });
});

describe('K07 git URL confusion', () => {
  const at = (url: string): Json => remote('git', { ...GIT, url });
  test.each(['https://github.com/acme/app', 'https://github.com/acme/app.git', 'https://github.com/acme/app/', 'https://github.com/acme/app.git/', 'https://GitHub.COM/acme/app', 'git@github.com:acme/app', 'git@github.com:acme/app.git'])('%s is the repository of the policy', async (url) => {
    await admitted(at(url));
  });
  test.each([
    'https://user@github.com/acme/app', 'https://user:secret@github.com/acme/app', 'https://github.com@evil.example/acme/app', 'https://github.com%40evil.example/acme/app', 'https://github.com\\@evil.example/acme/app',
    'https://evil.example/https://github.com/acme/app', 'https://github.com.evil.example/acme/app', 'https://github.com:8443/acme/app', 'https://github.com:443/acme/app', 'HTTPS://github.com/acme/app', 'https://github.com/acme/application', 'https://github.com/acme/app/x', 'https://github.com/Acme/app',
    'https://github.com/acme/app/../evil', 'https://github.com/acme/%2e%2e/evil/app', 'https://github.com/acme%2fapp', 'https://github.com/acme//app', 'https://github.com/acme/app#x', 'https://github.com/acme/app?x=1', 'https://github.com/acme/app@main',
    'https://githuｂ.com/acme/app', 'https://github.com./acme/app', 'root@github.com:acme/app', 'git@github.com:/acme/app/../evil', 'http://github.com/acme/app', 'git://github.com/acme/app', 'ext::sh -c id', 'file:///github.com/acme/app', ' https://github.com/acme/app',
  ])('%s is another, or none', async (url) => {
    expect(codes(await factory.ask(at(url)))).toEqual(expect.arrayContaining([expect.stringMatching(/^POLICY_(?:DEFINITION_SOURCE|HYGIENE_RESOLVER)$/)]));
    expect((await factory.ask(at(url))).allowed).toBe(false);
  });
});
