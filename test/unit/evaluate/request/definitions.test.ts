import { describe, expect, test, vi } from 'vitest';
import type { Json } from '../../../support/pipelines.ts';
import { clusterOf, CONTROLLER } from '../../../support/pipelines.ts';
import { content, DIGEST, factory, pipeline, resolution, run, said, task, taskRun } from './builds.ts';

vi.mock('../../../../src/engine/facts/definition.ts', () => import('./signed-by.ts'));

const SIGNED = 'definitions: {signedBy: [platform-team], sources: [{bundle: "ghcr.io/acme/tasks/**"}, {git: "https://github.com/acme/pipelines"}, {hub: "acme/*"}, {http: "https://acme.example/tasks/**"}, {cluster: catalog}]}';
const SATISFIED = ['POLICY_SATISFIED'];
const COMMIT = 'a'.repeat(40);

const judged = async (it: Json, objects: readonly (string | Json)[] = [], policy: string | Json = SIGNED, asking = {}): Promise<string[]> =>
  said(await factory(policy, objects)(it, asking), 'definitions');

const remote = (resolver: string, params: Readonly<Record<string, string>>): Json =>
  ({ resolver, params: Object.entries(params).map(([name, value]) => ({ name, value })) });

describe('a definition that stands in the run itself', () => {
  const inline = run({ pipelineSpec: { tasks: [{ name: 'a', taskSpec: content() }] } });

  test.each<[string, Json, string[]]>([
    ['pipelineSpec, told once', inline, ['POLICY_DEFINITION_INLINE spec.pipelineSpec']],
    ['taskSpec', taskRun({ taskSpec: content() }), ['POLICY_DEFINITION_INLINE spec.taskSpec']],
    ['a reference to the same, signed', run({ pipelineRef: { name: 'p' } }), SATISFIED],
    ['a reference to a task, signed', taskRun({ taskRef: { name: 'a' } }), SATISFIED],
  ])('is denied: %s', async (_, it, expected) => {
    expect(await judged(it, [task('a'), pipeline('p', { tasks: [{ name: 'a', taskSpec: content() }] })])).toEqual(expected);
  });

  test('is allowed where the policy says so, and what it refers to is judged all the same', async () => {
    const policy = 'definitions: {signedBy: [platform-team], inline: allow}';
    expect(await judged(inline, [], policy)).toEqual(SATISFIED);
    const refers = run({ pipelineSpec: { tasks: [{ name: 'a', taskRef: { name: 'a' } }] } });
    expect(await judged(refers, [task('a', { by: '' })], policy)).toEqual(['POLICY_DEFINITION_UNSIGNED spec.pipelineSpec.tasks[0].taskRef']);
    expect(await judged(refers, [task('a')], policy)).toEqual(SATISFIED);
  });
});

describe('a definition is signed as the policy demands', () => {
  const of = (name = 'a'): Json => taskRun({ taskRef: { name } });
  const AT = 'spec.taskRef';

  test.each<[string, string, string]>([
    ['nobody has signed', '', 'POLICY_DEFINITION_UNSIGNED'],
    ['a stranger has signed', 'stranger', 'VERIFY_SIGNER_UNTRUSTED'],
    ['another team has signed', 'other-team', 'VERIFY_SIGNER_UNTRUSTED'],
    ['the signature is broken', 'broken', 'VERIFY_SIGNATURE_INVALID'],
  ])('%s', async (_, by, code) => {
    expect(await judged(of(), [task('a', { by })])).toEqual([`${code} ${AT}`]);
    expect(await judged(of(), [task('a', { by: `${by},platform-team` })])).toEqual(SATISFIED);
  });

  test('by enough signers', async () => {
    const policy = 'definitions: {signedBy: [platform-team, other-team], threshold: 2}';
    expect(await judged(of(), [task('a')], policy)).toEqual([`POLICY_THRESHOLD ${AT}`]);
    expect(await judged(of(), [task('a', { by: 'platform-team,other-team' })], policy)).toEqual(SATISFIED);
  });

  test('by signers who may certify it, known by kind and verified name', async () => {
    const by = async (definition: string): Promise<string[]> =>
      said(await factory(SIGNED, [task('a')], { signer: { mayCertify: [{ definition }] } })(of()), 'definitions');
    expect(await by('task/a')).toEqual(SATISFIED);
    expect(await by('task/*')).toEqual(SATISFIED);
    expect(await by('pipeline/a')).toEqual([`POLICY_SIGNER_OUT_OF_SCOPE ${AT}`]);
    expect(await by('task/b')).toEqual([`POLICY_SIGNER_OUT_OF_SCOPE ${AT}`]);
  });

  test('young enough: nothing proves the age of a signature without a log', async () => {
    expect(await judged(of(), [task('a')], 'definitions: {signedBy: [platform-team], maxAge: 30d}')).toEqual([`POLICY_AGE_UNPROVEN ${AT}`]);
  });

  test('one that is not there, and one that cannot be looked at', async () => {
    expect(await judged(of())).toEqual([`POLICY_DEFINITION_MISSING ${AT}`]);
    const broken = await factory(SIGNED, [], { cluster: clusterOf([task('a')], ['object']) })(of());
    expect(said(broken, 'definitions')).toEqual([`POLICY_FACT_UNKNOWN ${AT}`]);
    expect(broken.outcome).toBe('deny');
    expect(said(await factory(SIGNED, [], {})(of()), 'definitions')).toEqual([`POLICY_DEFINITION_MISSING ${AT}`]);
  });

  test('also what it refers to in its turn, each by the place of the reference in the run', async () => {
    const objects = [pipeline('p', { tasks: [{ name: 'one', taskRef: { name: 'a' } }, { name: 'two', taskRef: { name: 'b' } }] }), task('a')];
    const it = run({ pipelineRef: { name: 'p' } });
    const decision = await factory(SIGNED, [...objects, task('b', { by: 'stranger' })])(it);
    expect(said(decision, 'definitions')).toEqual(['VERIFY_SIGNER_UNTRUSTED spec.pipelineRef']);
    expect(decision.findings.find(({ code }) => code === 'VERIFY_SIGNER_UNTRUSTED')?.artifact).toBe('pipeline p / task two (b)');
    expect(await judged(it, [...objects, task('b')])).toEqual(SATISFIED);
    expect(await judged(it, objects)).toEqual(['POLICY_DEFINITION_MISSING spec.pipelineRef']);
  });

  test('also a StepAction, which Tekton itself verifies nowhere', async () => {
    const uses = task('a', { spec: { steps: [{ name: 's', ref: { name: 'fetch' } }] } });
    const action = (by: string): Json => ({
      apiVersion: 'tekton.dev/v1beta1', kind: 'StepAction', metadata: { name: 'fetch', namespace: 'ci', annotations: { 'test/signed-by': by } }, spec: { image: `ghcr.io/acme/fetch@${DIGEST}` },
    });
    expect(await judged(of(), [uses, action('platform-team')])).toEqual(SATISFIED);
    expect(await judged(of(), [uses, action('')])).toEqual([`POLICY_DEFINITION_UNSIGNED ${AT}`]);
  });

  test('nobody needs to have signed where the policy names nobody', async () => {
    expect(await judged(of(), [task('a', { by: '' })], 'definitions: {inline: deny}')).toEqual(SATISFIED);
  });
});

describe('pipelines that lead to each other', () => {
  const holds = (name: string, inner: string): Json => pipeline(name, { tasks: [{ name: 'in', pipelineRef: { name: inner } }] });

  test('in a circle are refused', async () => {
    expect(await judged(run({ pipelineRef: { name: 'p' } }), [holds('p', 'q'), holds('q', 'p')])).toEqual(['INPUT_REFERENCE_CYCLE spec.pipelineRef']);
    expect(await judged(run({ pipelineRef: { name: 'p' } }), [holds('p', 'p')])).toEqual(['INPUT_REFERENCE_CYCLE spec.pipelineRef']);
  });

  test.each([[7, SATISFIED], [9, ['INPUT_REFERENCE_CYCLE spec.pipelineRef']]])('%i deep', async (deep, expected) => {
    const all = Array.from({ length: deep - 1 }, (_, index) => holds(`p${index}`, `p${index + 1}`));
    expect(await judged(run({ pipelineRef: { name: 'p0' } }), [...all, pipeline(`p${deep - 1}`, { tasks: [{ name: 'a', taskSpec: content() }] })])).toEqual(expected);
  });
});

describe('where definitions come from', () => {
  const from = (resolver: string, params: Readonly<Record<string, string>>): Json => taskRun({ taskRef: remote(resolver, params) });
  const BUNDLE = `ghcr.io/acme/tasks/a@${DIGEST}`;
  const cluster = [resolution(BUNDLE, task('a')), task('a', { namespace: 'catalog' }), task('a', { namespace: 'elsewhere' })];

  test.each<[string, Json, string]>([
    ['a bundle by digest', from('bundles', { bundle: BUNDLE, name: 'a', kind: 'task' }), 'POLICY_SATISFIED'],
    ['a bundle by tag', from('bundles', { bundle: 'ghcr.io/acme/tasks/a:1', name: 'a', kind: 'task' }), 'POLICY_DEFINITION_UNPINNED'],
    ['a bundle of somebody else', from('bundles', { bundle: `ghcr.io/evil/tasks/a@${DIGEST}`, name: 'a', kind: 'task' }), 'POLICY_DEFINITION_SOURCE'],
    ['a repository by commit', from('git', { url: 'https://github.com/acme/pipelines', revision: COMMIT, pathInRepo: 'a.yaml' }), 'POLICY_SATISFIED'],
    ['a repository by branch', from('git', { url: 'https://github.com/acme/pipelines', revision: 'main', pathInRepo: 'a.yaml' }), 'POLICY_DEFINITION_UNPINNED'],
    ['another repository', from('git', { url: 'https://github.com/acme/pipelines-evil', revision: COMMIT, pathInRepo: 'a.yaml' }), 'POLICY_DEFINITION_SOURCE'],
    ['a hub: its versions move', from('hub', { catalog: 'acme', name: 'a', version: '1.0.0', kind: 'task' }), 'POLICY_DEFINITION_UNPINNED'],
    ['the same of a hub that the run names', from('hub', { catalog: 'acme', name: 'a', version: '1.0.0', kind: 'task', url: 'https://evil.example' }), 'POLICY_DEFINITION_SOURCE'],
    ['a URL with digest', from('http', { url: 'https://acme.example/tasks/a.yaml', digest: DIGEST }), 'POLICY_SATISFIED'],
    ['a URL without', from('http', { url: 'https://acme.example/tasks/a.yaml' }), 'POLICY_DEFINITION_UNPINNED'],
    ['a namespace that the policy names', from('cluster', { kind: 'task', name: 'a', namespace: 'catalog' }), 'POLICY_SATISFIED'],
    ['another namespace', from('cluster', { kind: 'task', name: 'a', namespace: 'elsewhere' }), 'POLICY_DEFINITION_SOURCE'],
    ['a resolver that is not known', from('mine', { name: 'a' }), 'POLICY_DEFINITION_SOURCE'],
    ['a place that is known later', from('bundles', { bundle: '$(params.bundle)', name: 'a', kind: 'task' }), 'POLICY_DEFINITION_SOURCE'],
  ])('%s', async (_, it, code) => {
    expect(await judged(it, cluster)).toEqual([code === 'POLICY_SATISFIED' ? code : `${code} spec.taskRef`]);
  });

  test('anything that is pinned, where the policy names no source; what is not known there is not pinned', async () => {
    const policy = 'definitions: {inline: deny}';
    expect(await judged(from('bundles', { bundle: `ghcr.io/else/a@${DIGEST}`, name: 'a', kind: 'task' }), [resolution(`ghcr.io/else/a@${DIGEST}`, task('a'))], policy)).toEqual(SATISFIED);
    expect(await judged(from('cluster', { kind: 'task', name: 'a', namespace: 'elsewhere' }), cluster, policy)).toEqual(['POLICY_DEFINITION_UNPINNED spec.taskRef']);
    expect(await judged(from('bundles', { bundle: '$(params.bundle)', name: 'a', kind: 'task' }), cluster, policy)).toEqual(['POLICY_DEFINITION_UNPINNED spec.taskRef']);
    expect(await judged(from('bundles', { bundle: 'ghcr.io/else/a:1', name: 'a', kind: 'task' }), cluster, 'definitions: {pinned: false}')).toEqual(SATISFIED);
    expect(await judged(from('mine', { name: 'a' }), cluster, 'definitions: {pinned: false}')).toEqual(['POLICY_DEFINITION_SOURCE spec.taskRef']);
  });

  test('a pinned bundle that holds no such task', async () => {
    expect(await judged(from('bundles', { bundle: `ghcr.io/acme/tasks/b@${DIGEST}`, name: 'b', kind: 'task' }), cluster)).toEqual(['POLICY_DEFINITION_MISSING spec.taskRef']);
  });

  test('a task of another controller is from nowhere', async () => {
    const it = (taskRef: Json): Json => run({ pipelineSpec: { tasks: [{ name: 'a', taskRef }] } });
    const policy = 'definitions: {signedBy: [platform-team], inline: allow}';
    expect(await judged(it({ apiVersion: 'example.dev/v1', kind: 'Loop', name: 'a' }), [task('a')], policy)).toEqual(['POLICY_DEFINITION_SOURCE spec.pipelineSpec.tasks[0].taskRef']);
    expect(await judged(it({ kind: 'Task', name: 'a' }), [task('a')], policy)).toEqual(SATISFIED);
  });
});

describe('a definition that is stored', () => {
  test('is verified when it is applied', async () => {
    expect(await judged(task('a'))).toEqual(SATISFIED);
    expect(await judged(task('a', { by: '' }))).toEqual(['POLICY_DEFINITION_UNSIGNED']);
    expect(await judged(task('a', { by: '' }), [], SIGNED, { operation: 'UPDATE' })).toEqual(['POLICY_DEFINITION_UNSIGNED']);
  });

  test('holds what is part of its bytes, and may refer to what is stored later', async () => {
    const holds = { tasks: [{ name: 'a', taskSpec: content() }, { name: 'b', taskRef: { name: 'later' } }] };
    expect(await judged(pipeline('p', holds))).toEqual(SATISFIED);
    expect(await judged(pipeline('p', holds, 'stranger'))).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
  });

  test('refers to nothing outside of the sources', async () => {
    const refers = (bundle: string): Json => pipeline('p', { tasks: [{ name: 'a', taskRef: remote('bundles', { bundle, name: 'a', kind: 'task' }) }] });
    expect(await judged(refers(`ghcr.io/acme/tasks/a@${DIGEST}`))).toEqual(SATISFIED);
    expect(await judged(refers('ghcr.io/acme/tasks/a:1'))).toEqual(['POLICY_DEFINITION_UNPINNED spec.tasks[0].taskRef']);
  });

  test('is not looked at while it only waits for its finalizers', async () => {
    const ending = { ...task('a', { by: '' }), metadata: { name: 'a', namespace: 'ci', deletionTimestamp: '2026-11-01T00:00:00Z' } };
    expect(await judged(ending, [], SIGNED, { operation: 'UPDATE' })).toEqual([]);
    expect(await judged(ending, [], SIGNED, { operation: 'UPDATE', old: { ...ending, spec: content(['OTHER']) } })).toEqual(['POLICY_DEFINITION_UNSIGNED']);
  });
});

describe('what an engine fetches for a run', () => {
  const GIT = 'https://github.com/acme/pipelines';
  const it = run({ pipelineRef: remote('git', { url: GIT, revision: COMMIT, pathInRepo: 'p.yaml' }) });
  const dry = (spec: Json): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name: '3f6c-random', namespace: 'ci' }, spec });
  const asked = { user: CONTROLLER, dryRun: true };
  const spec = { tasks: [{ name: 'a', taskRef: { name: 'a' } }] };

  test('is judged when it comes as a dry run: the run that names it may start', async () => {
    expect(await judged(it)).toEqual(SATISFIED);
    expect(await judged(dry(spec), [resolution(GIT, pipeline('p', spec)), task('a')], SIGNED, asked)).toEqual(SATISFIED);
    expect(await judged(dry(spec), [resolution(GIT, pipeline('p', spec, 'stranger')), task('a')], SIGNED, asked)).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
  });

  test('and says what was resolved, with all that it leads to', async () => {
    expect(await judged(dry({ tasks: [{ name: 'b', taskRef: { name: 'a' } }] }), [resolution(GIT, pipeline('p', spec)), task('a')], SIGNED, asked)).toEqual(['POLICY_DEFINITION_CHANGED']);
    expect(await judged(dry(spec), [resolution(GIT, pipeline('p', spec)), task('a', { by: '' })], SIGNED, asked)).toEqual(['POLICY_DEFINITION_UNSIGNED spec.tasks[0].taskRef']);
    expect(await judged(dry(spec), [resolution(GIT, pipeline('p', spec))], SIGNED, asked)).toEqual(['POLICY_DEFINITION_MISSING spec.tasks[0].taskRef']);
  });

  test('a signature that is known already is judged with the run', async () => {
    expect(await judged(it, [resolution(GIT, pipeline('p', spec, 'stranger')), task('a')])).toEqual(['VERIFY_SIGNER_UNTRUSTED spec.pipelineRef']);
  });
});

describe('what the controller makes for a run that was admitted', () => {
  const spec = { ...content(), params: [{ name: 'revision' }] };
  const embedded = { tasks: [{ name: 'build', taskSpec: { metadata: {}, spec: null, ...spec } }, { name: 'named', taskRef: { name: 'a', kind: 'Task' } }] };
  const live = (more: Json = {}, status: Json = {}): Json => ({ ...run({ pipelineSpec: embedded, ...more }, { uid: 'uid-1' }), status });
  const made = (taskSpec: Json, of = {}): Json => taskRun({ taskSpec }, of);
  const by = { user: CONTROLLER };
  const said1 = (it: Json, objects: readonly Json[], asking: object = by): Promise<string[]> => judged(it, objects, SIGNED, asking);
  const defaulted = { ...spec, params: [{ name: 'revision', type: 'string' }], steps: [{ computeResources: {}, ...(spec as unknown as { steps: Json[] }).steps[0] }] };

  test.each<[string, Json, Json]>([
    ['as the run was asked for, before its status says so', live(), defaulted],
    ['as the status of the run says', live({ pipelineSpec: { tasks: [] } }, { pipelineSpec: embedded }), defaulted],
  ])('is compared with the run: %s', async (_, owner, same) => {
    expect(await said1(made(same), [owner])).toEqual(SATISFIED);
    expect(await said1(made({ ...same, steps: [{ name: 'run', image: 'evil', script: 'true' }] }), [owner])).toEqual(['POLICY_DEFINITION_CHANGED spec.taskSpec']);
    expect(await said1(made({ ...same, sidecars: [{ name: 's', image: 'evil' }] }), [owner])).toEqual(['POLICY_DEFINITION_CHANGED spec.taskSpec']);
    expect(await said1(made(same, { task: 'other' }), [owner])).toEqual(['POLICY_DEFINITION_CHANGED spec.taskSpec']);
  });

  test('the status comes before what was asked for', async () => {
    const other = { tasks: [{ name: 'build', taskSpec: { steps: [{ name: 'run', image: `ghcr.io/acme/other@${DIGEST}` }] } }] };
    expect(await said1(made(defaulted), [live({}, { pipelineSpec: other })])).toEqual(['POLICY_DEFINITION_CHANGED spec.taskSpec']);
  });

  test('by its reference, whose definition is judged again', async () => {
    const named = (name: string): Json => taskRun({ taskRef: { name, kind: 'Task' } }, { task: 'named' });
    expect(await said1(named('a'), [live(), task('a')])).toEqual(SATISFIED);
    expect(await said1(named('b'), [live(), task('a'), task('b')])).toEqual(['POLICY_DEFINITION_CHANGED spec.taskRef']);
    expect(await said1(named('a'), [live(), task('a', { by: '' })])).toEqual(['POLICY_DEFINITION_UNSIGNED spec.taskRef']);
  });

  test('with what the engine filled in', async () => {
    const open = (script: string, args: Json[] = []): Json => ({ ...run({ pipelineSpec: { tasks: [{ name: 'build', taskSpec: { steps: [{ name: 'run', image: `i@${DIGEST}`, script, ...(args.length === 0 ? {} : { args }) }] } }] } }, { uid: 'uid-1' }) });
    const filled = (script: string, args: string[] = []): Json => made({ steps: [{ name: 'run', image: `i@${DIGEST}`, script, ...(args.length === 0 ? {} : { args }) }] });
    expect(await said1(filled('echo 1.2 done'), [open('echo $(tasks.a.results.version) done')])).toEqual(SATISFIED);
    expect(await said1(filled('echo 1.2; evil'), [open('echo $(tasks.a.results.version) done')])).toEqual(['POLICY_DEFINITION_CHANGED spec.taskSpec']);
    expect(await said1(filled('x', ['a', 'b', 'c']), [open('x', ['a', '$(params.more[*])', 'c'] as never)])).toEqual(SATISFIED);
    expect(await said1(filled('x', ['a', 'b', 'd']), [open('x', ['a', '$(params.more[*])', 'c'] as never)])).toEqual(['POLICY_DEFINITION_CHANGED spec.taskSpec']);
  });

  test('of a run that refers to its pipeline, before the status says anything', async () => {
    const owner = { ...run({ pipelineRef: { name: 'p' } }, { uid: 'uid-1' }) };
    expect(await said1(made(defaulted), [owner, pipeline('p', embedded), task('a')])).toEqual(SATISFIED);
    expect(await said1(made({ ...defaulted, steps: [] }), [owner, pipeline('p', embedded), task('a')])).toEqual(['POLICY_DEFINITION_CHANGED spec.taskSpec']);
  });

  test('for a run that is there, with that uid', async () => {
    expect(await said1(made(defaulted), [])).toEqual(['POLICY_OWNER metadata.ownerReferences[0]']);
    expect(await said1(made(defaulted, { uid: 'uid-2' }), [live()])).toEqual(['POLICY_OWNER metadata.ownerReferences[0]']);
    const unknown = await factory(SIGNED, [], { cluster: clusterOf([live()], ['object']) })(made(defaulted), by);
    expect(said(unknown, 'definitions')).toEqual(['POLICY_FACT_UNKNOWN metadata.ownerReferences[0]']);
  });

  test('anybody else who claims the same is judged by what the run itself says', async () => {
    expect(await said1(made(defaulted), [live()], { user: 'alice' })).toEqual(['POLICY_DEFINITION_INLINE spec.taskSpec']);
  });
});

describe('an UPDATE of a run', () => {
  const before = run({ pipelineRef: { name: 'p' } });

  test('that changes nothing of what is executed is not judged again', async () => {
    expect(await judged(run({ pipelineRef: { name: 'p' }, status: 'Cancelled' }), [], SIGNED, { operation: 'UPDATE', old: before })).toEqual([]);
    expect(await judged(run({ pipelineRef: { name: 'q' } }), [], SIGNED, { operation: 'UPDATE', old: before })).toEqual(['POLICY_DEFINITION_MISSING spec.pipelineRef']);
  });
});
