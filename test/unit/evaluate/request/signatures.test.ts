// The rules with signatures that are verified: from the YAML of a definition to the verdict about a run.
import { afterAll, describe, expect, test } from 'vitest';
import { createVerifier } from '../../../../src/verify/index.ts';
import type { Json } from '../../../support/pipelines.ts';
import { CONTROLLER } from '../../../support/pipelines.ts';
import { signForGatehouse, signForTekton } from '../../../world/definition.ts';
import { createWorld } from '../../../world/world.ts';
import { factory, pipeline, resolution, run, said, task } from './builds.ts';
import { KEYS } from './signed-by.ts';

const verifier = createVerifier({ workers: 1 });
afterAll(() => verifier.close());
const world = createWorld({ now: Date.parse('2026-11-01T00:00:00Z') });

const POLICY = 'definitions: {signedBy: [platform-team], sources: [{git: "https://github.com/acme/pipelines"}], require: [{task: scan, before: [publish]}]}\npublish: {results: required, provenance: off}';
const [key, stranger] = [KEYS['platform-team'], KEYS.stranger];
const bare = ({ metadata, ...it }: Json): Json => {
  const { annotations: _annotations, ...rest } = metadata as Json;
  return { ...it, metadata: rest };
};
const scan = bare(task('scan', { results: ['report'] }));
const push = bare(task('push', { class: 'publish', results: ['IMAGE_URL', 'IMAGE_DIGEST'] }));
const release = bare(pipeline('release', {
  tasks: [{ name: 'look', taskRef: { name: 'scan', kind: 'Task' } }, { name: 'ship', taskRef: { name: 'push', kind: 'Task' }, runAfter: ['look'] }],
  results: ['IMAGE_URL', 'IMAGE_DIGEST'].map((name) => ({ name, description: '', value: `$(tasks.ship.results.${name})` })),
}));
const labelled = (it: Json, labels: Json): Json => ({ ...it, metadata: { ...(it['metadata'] as Json), labels } });

const judged = async (it: Json, objects: readonly Json[], asking = {}): Promise<[string[], string[], string[]]> => {
  const decision = await factory(POLICY, objects, { ports: { verifier } })(it, asking);
  return [said(decision, 'definitions'), said(decision, 'required tasks'), said(decision, 'publish')];
};
const OK = [['POLICY_SATISFIED'], ['POLICY_SATISFIED'], ['POLICY_SATISFIED']];

describe.each([
  ['as Tekton signs', (it: Json, by = key) => signForTekton(it, by)],
  ['as Gatehouse signs', (it: Json, by = key) => signForGatehouse(it, world, [{ key: by }])],
])('definitions that are signed %s', (_, sign) => {
  const it = run({ pipelineRef: { name: 'release' } });
  const whole = [sign(release), sign(scan), sign(push)];

  test('admit a run of them', async () => {
    expect(await judged(it, whole)).toEqual(OK);
  });

  test('by a stranger do not', async () => {
    const [definitions, required] = await judged(it, [sign(release), sign(scan, stranger), sign(push)]);
    expect(definitions).toEqual([expect.stringMatching(/^VERIFY_(?:SIGNER_UNTRUSTED|SIGNATURE_INVALID) spec\.pipelineRef$/)]);
    expect(required).toEqual(['POLICY_TASK_REQUIRED']);
  });

  test('do not when something was changed afterwards: the content, its order, or the label that says what a task is', async () => {
    const changed = { ...sign(release), spec: { ...(release['spec'] as Json), tasks: [{ name: 'ship', taskRef: { name: 'push', kind: 'Task' } }] } };
    expect((await judged(it, [changed, sign(scan), sign(push)]))[0]).not.toEqual(OK[0]);
    const relabelled = labelled(sign(push), { 'gatehouse.dev/class': 'fetch' });
    expect((await judged(it, [sign(release), sign(scan), relabelled]))[0]).not.toEqual(OK[0]);
    expect(await judged(it, [sign(release), sign(scan), sign(labelled(push, { 'gatehouse.dev/class': 'fetch' }))])).toEqual([OK[0], OK[1], []]);
  });

  test('do not under another name: a task is called what was signed', async () => {
    const other = bare(task('noop'));
    const renamed = { ...sign(other), metadata: { ...(sign(other)['metadata'] as Json), name: 'scan' } };
    const [definitions, required] = await judged(it, [sign(release), renamed, sign(push)]);
    expect(definitions).not.toEqual(OK[0]);
    expect(required).toEqual(['POLICY_TASK_REQUIRED']);
  });

  test('are verified over what was fetched, whatever name the engine gives it', async () => {
    const signed = sign(release);
    const dry: Json = { ...release, metadata: { name: '7d0f-random', namespace: 'ci', annotations: (signed['metadata'] as Json)['annotations'] } };
    const cluster = [resolution('https://github.com/acme/pipelines', signed), sign(scan), sign(push)];
    expect((await judged(dry, cluster, { user: CONTROLLER, dryRun: true }))[0]).toEqual(OK[0]);
    expect((await judged(dry, cluster.slice(1), { user: CONTROLLER, dryRun: true }))[0]).toEqual(['POLICY_DEFINITION_CHANGED']);
    const unsigned = [resolution('https://github.com/acme/pipelines', release), sign(scan), sign(push)];
    expect((await judged({ ...dry, metadata: { name: '7d0f-random', namespace: 'ci' } }, unsigned, { user: CONTROLLER, dryRun: true }))[0]).toEqual(['POLICY_DEFINITION_UNSIGNED']);
  });
});
