import { describe, expect, test, vi } from 'vitest';
import type { Json } from '../../../support/pipelines.ts';
import { clusterOf, CONTROLLER } from '../../../support/pipelines.ts';
import { content, factory, pipeline, run, said, task, taskRun } from './builds.ts';

vi.mock('../../../../src/engine/facts/definition.ts', () => import('./signed-by.ts'));

const RESULTS = 'definitions: {signedBy: [platform-team], inline: allow}\npublish: {results: required, provenance: off}';
const PROVENANCE = 'definitions: {signedBy: [platform-team], inline: allow}\npublish: {results: off, provenance: required}';
const SATISFIED = ['POLICY_SATISFIED'];

const judged = async (it: Json, objects: readonly Json[], policy = RESULTS, asking = {}): Promise<string[]> => said(await factory(policy, objects)(it, asking), 'publish');

const pushing = (...results: (string | Json)[]): Json => task('push', { class: 'publish', results });
const IMAGE = pushing('IMAGE_URL', 'IMAGE_DIGEST');
const takes = (name: string, from = name, of = 'ship'): Json => ({ name, value: `$(tasks.${of}.results.${from})` });
const ships = { name: 'ship', taskRef: { name: 'push' } };
const OUTPUTS = { name: 'app-ARTIFACT_OUTPUTS', type: 'object', properties: { uri: { type: 'string' }, digest: { type: 'string' } } };

describe('a task that publishes', () => {
  const it = taskRun({ taskRef: { name: 'push' } });
  const WRONG = ['POLICY_PUBLISH_RESULTS spec.taskRef'];

  test.each<[string, readonly (string | Json)[], string[]]>([
    ['address and digest of an image', ['IMAGE_URL', 'IMAGE_DIGEST'], SATISFIED],
    ['the same, with names that begin alike', ['app-IMAGE_URL', 'app-IMAGE_DIGEST'], SATISFIED],
    ['with names that begin differently', ['app-IMAGE_URL', 'web-IMAGE_DIGEST'], WRONG],
    ['an address alone', ['IMAGE_URL'], WRONG],
    ['a digest alone', ['IMAGE_DIGEST'], WRONG],
    ['images', ['IMAGES'], SATISFIED],
    ['address and digest of an artifact', ['jar-ARTIFACT_URI', 'jar-ARTIFACT_DIGEST'], SATISFIED],
    ['an artifact as an object', [OUTPUTS], SATISFIED],
    ['an object without digest', [{ ...OUTPUTS, properties: { uri: { type: 'string' } } }], WRONG],
    ['an object that is a text', ['app-ARTIFACT_OUTPUTS'], WRONG],
    ['something else', ['version'], WRONG],
    ['nothing', [], WRONG],
  ])('declares %s', async (_, results, expected) => {
    expect(await judged(it, [pushing(...results)])).toEqual(expected);
    // When it is applied as well.
    expect(await judged(pushing(...results), [])).toEqual(expected.map((code) => code.replace(/ .*/, '')));
  });

  test('is one by its label, by its name in the policy, and also when it only says so', async () => {
    expect(await judged(it, [task('push')])).toEqual([]);
    expect(await judged(it, [task('push')], `${RESULTS}\nclasses: {definitions: {publish: [push]}}`)).toEqual(WRONG);
    expect(await judged(it, [task('push', { class: 'publish', by: 'stranger' })])).toEqual(WRONG);
    expect(await judged(taskRun({ taskRef: { name: 'build' } }), [task('build', { class: 'build' })])).toEqual([]);
  });
});

describe('a pipeline passes on what was published', () => {
  const REF = ['POLICY_PUBLISH_RESULTS spec.pipelineSpec.tasks[0].taskRef'];
  const whole = [takes('IMAGE_URL'), takes('IMAGE_DIGEST')];

  test.each<[string, readonly Json[], readonly Json[], string[]]>([
    ['by results of the same names', [IMAGE], whole, SATISFIED],
    ['by results of other names that Chains knows', [IMAGE], [takes('app-IMAGE_URL', 'IMAGE_URL'), takes('app-IMAGE_DIGEST', 'IMAGE_DIGEST')], SATISFIED],
    ['in another spelling', [IMAGE], [{ name: 'IMAGE_URL', value: "$(tasks.ship.results['IMAGE_URL'])" }, takes('IMAGE_DIGEST')], SATISFIED],
    ['not at all', [IMAGE], [], REF],
    ['by half', [IMAGE], [takes('IMAGE_URL')], REF],
    ['by names that Chains does not know', [IMAGE], [takes('url', 'IMAGE_URL'), takes('digest', 'IMAGE_DIGEST')], REF],
    ['with address and digest in each other\'s place', [IMAGE], [takes('IMAGE_URL', 'IMAGE_DIGEST'), takes('IMAGE_DIGEST', 'IMAGE_URL')], REF],
    ['from another task', [IMAGE], [takes('IMAGE_URL', 'IMAGE_URL', 'other'), takes('IMAGE_DIGEST')], REF],
    ['written into the pipeline', [IMAGE], [{ name: 'IMAGE_URL', value: 'ghcr.io/acme/app' }, { name: 'IMAGE_DIGEST', value: 'sha256:00' }], REF],
    ['as an object', [pushing(OUTPUTS)], [{ name: 'ARTIFACT_OUTPUTS', type: 'object', value: { uri: '$(tasks.ship.results.app-ARTIFACT_OUTPUTS.uri)', digest: '$(tasks.ship.results.app-ARTIFACT_OUTPUTS.digest)' } }], SATISFIED],
    ['as an object that is a text', [pushing(OUTPUTS)], [takes('ARTIFACT_OUTPUTS', 'app-ARTIFACT_OUTPUTS')], REF],
  ])('%s', async (_, objects, results, expected) => {
    const spec = { tasks: [ships], results };
    expect(await judged(run({ pipelineSpec: spec }), objects)).toEqual(expected);
    expect(await judged(run({ pipelineRef: { name: 'p' } }), [...objects, pipeline('p', spec)])).toEqual(expected.map((code) => code.replace(/spec\..*/, 'spec.pipelineRef')));
    expect(await judged(pipeline('p', spec), objects)).toEqual(expected.map((code) => code.replace('pipelineSpec.', '')));
  });

  test('also out of a pipeline that it refers to', async () => {
    const outer = (...results: Json[]): Json => run({ pipelineSpec: { tasks: [{ name: 'in', pipelineRef: { name: 'p' } }], results } });
    const inner = (results: readonly Json[]): Json => pipeline('p', { tasks: [ships], results });
    const out = [takes('IMAGE_URL', 'IMAGE_URL', 'in'), takes('IMAGE_DIGEST', 'IMAGE_DIGEST', 'in')];
    const WRONG = ['POLICY_PUBLISH_RESULTS spec.pipelineSpec.tasks[0].pipelineRef'];
    expect(await judged(outer(...out), [IMAGE, inner(whole)])).toEqual(SATISFIED);
    expect(await judged(outer(), [IMAGE, inner(whole)])).toEqual(WRONG);
    expect(await judged(outer(...out), [IMAGE, inner([])])).toEqual(WRONG);
  });

  test('a pipeline that is stored before its tasks is judged with the run', async () => {
    expect(await judged(pipeline('p', { tasks: [ships] }), [])).toEqual([]);
  });
});

describe('Tekton Chains signs what is published', () => {
  const config = (data: Json): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'chains-config', namespace: 'tekton-chains' }, data });
  const it = run({ pipelineSpec: { tasks: [ships] } });
  const WRONG = ['POLICY_PUBLISH_PROVENANCE'];
  const OCI = { 'artifacts.pipelinerun.storage': 'oci' };

  test.each<[string, Json, string[]]>([
    ['runs of pipelines, in the registry', OCI, SATISFIED],
    ['their tasks, in the registry and elsewhere', { 'artifacts.taskrun.storage': 'tekton, oci', 'artifacts.taskrun.format': 'slsa/v2alpha4' }, SATISFIED],
    ['by a key of a service', { ...OCI, 'artifacts.pipelinerun.signer': 'kms', 'signers.kms.kmsref': 'hashivault://factory' }, SATISFIED],
    ['by a key of no service', { ...OCI, 'artifacts.pipelinerun.signer': 'kms' }, WRONG],
    ['by nobody', { ...OCI, 'artifacts.pipelinerun.signer': 'none' }, WRONG],
    ['in annotations alone, as it does by itself', {}, WRONG],
    ['nowhere', { 'artifacts.pipelinerun.storage': '' }, WRONG],
    ['in a format that is none', { ...OCI, 'artifacts.pipelinerun.format': 'none' }, WRONG],
  ])('%s', async (_, data, expected) => {
    expect(await judged(it, [IMAGE, config(data)], PROVENANCE)).toEqual(expected);
  });

  test('a run of one task leaves provenance of that task alone', async () => {
    const one = taskRun({ taskRef: { name: 'push' } });
    expect(await judged(one, [IMAGE, config(OCI)], PROVENANCE)).toEqual(WRONG);
    expect(await judged(one, [IMAGE, config({ 'artifacts.taskrun.storage': 'oci' })], PROVENANCE)).toEqual(SATISFIED);
  });

  test('where it is set up, and can be looked at', async () => {
    expect(await judged(it, [IMAGE], PROVENANCE)).toEqual(WRONG);
    const cluster = clusterOf([IMAGE, config(OCI)]);
    const denied = { ...cluster, object: (question: Parameters<typeof cluster.object>[0], signal: AbortSignal) =>
      question.resource === 'configmaps' ? Promise.resolve({ known: false as const, cause: 'forbidden' }) : cluster.object(question, signal) };
    expect(said(await factory(PROVENANCE, [], { cluster: denied })(it), 'publish')).toEqual(['POLICY_FACT_UNKNOWN']);
  });

  test('nothing is asked of runs that publish nothing', async () => {
    expect(await judged(run({ pipelineSpec: { tasks: [{ name: 'a', taskSpec: content() }] } }), [], PROVENANCE)).toEqual([]);
  });

  test('also when the engine starts the tasks of the run', async () => {
    const owner = run({ pipelineSpec: { tasks: [ships] } }, { uid: 'uid-1' });
    const made = taskRun({ taskRef: { name: 'push' } }, { task: 'ship' });
    expect(await judged(made, [owner, IMAGE, config({})], PROVENANCE, { user: CONTROLLER })).toEqual(WRONG);
    expect(await judged(made, [owner, IMAGE, config(OCI)], PROVENANCE, { user: CONTROLLER })).toEqual(SATISFIED);
  });
});
