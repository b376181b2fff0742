// The files about pipelines that are shipped do what their comments say: the example of a factory, and the baseline for Tekton's own images.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TEKTON_IMAGES } from '../../src/domain/build/engine-images.ts';
import { clusterOf, CONTROLLER, judgedBy, object, wrong } from '../support/pipelines.ts';
import type { Json } from '../support/pipelines.ts';
import { verifierHere } from '../support/offline.ts';
import { signForGatehouse } from '../world/definition.ts';
import { createWorld } from '../world/world.ts';

const read = (path: string): string => readFileSync(new URL(`../../policies/${path}`, import.meta.url), 'utf8');
const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('policies/examples/pipeline.yaml, with a key of ours in place of its own', () => {
  const NOW = Date.parse('2026-06-01T00:00:00Z');
  const world = createWorld({ now: NOW });
  const [team, stranger] = [world.key(), world.key()];
  const PEM = /-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----\n/;
  const policies = read('examples/pipeline.yaml').replace(PEM, team.publicKeyPem.trim().replaceAll('\n', '\n          ').concat('\n'));
  const task = (name: string, key = team, results: Json[] = []): Json =>
    signForGatehouse(object({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name, namespace: 'ci' }, spec: { results, steps: [{ name: 's', image: `ghcr.io/acme/x@${DIGEST}` }] } }), world, [{ key }]);
  const results = ['IMAGE_URL', 'IMAGE_DIGEST'];
  const pipeline = signForGatehouse(object(`
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: release, namespace: ci}
spec:
  params: [{name: revision, type: string}]
  tasks:
    - {name: fetch, taskRef: {name: git-clone}}
    - {name: look, taskRef: {name: scan}, runAfter: [fetch]}
    - {name: push, taskRef: {name: kaniko}, runAfter: [look]}
  results: [{name: IMAGE_URL, value: "$(tasks.push.results.IMAGE_URL)"}, {name: IMAGE_DIGEST, value: "$(tasks.push.results.IMAGE_DIGEST)"}]
`), world, [{ key: team }]);
  const run = (more: { revision?: string; hermetic?: boolean; account?: string } = {}): Json => object(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: r, namespace: ci, annotations: {experimental.tekton.dev/execution-mode: ${more.hermetic === false ? 'none' : 'hermetic'}}}
spec:
  pipelineRef: {name: release}
  params: [{name: revision, value: ${more.revision ?? 'b'.repeat(40)}}]
  taskRunTemplate: {serviceAccountName: ${more.account ?? 'pipeline'}, podTemplate: {automountServiceAccountToken: false}}
`);
  const settings = [
    object('{apiVersion: v1, kind: ConfigMap, metadata: {name: feature-flags, namespace: tekton-pipelines}, data: {enable-api-fields: alpha}}'),
    object('{apiVersion: v1, kind: ConfigMap, metadata: {name: chains-config, namespace: tekton-chains}, data: {artifacts.taskrun.storage: oci, artifacts.pipelinerun.storage: oci}}'),
  ];
  const judge = async (it: Json, { user = 'system:serviceaccount:ci:triggers', groups = [] as string[], scan = task('scan'), label = 'gatehouse.dev/factory' } = {}): Promise<string[]> => {
    const publish = task('kaniko', team, results.map((name) => ({ name, type: 'string' })));
    const cluster = clusterOf([task('git-clone'), scan, publish, pipeline, ...settings]);
    return wrong(await judgedBy(policies, { cluster, labels: { [label]: 'true' }, ports: { verifier: verifierHere, clock: { now: () => NOW } } })(it, { user, groups })).map((text) => text.split(' ')[0] ?? '');
  };

  it('the trigger and release engineers start a build that is as it should be', async () => {
    expect(await judge(run())).toEqual([]);
    expect(await judge(run(), { user: 'eve', groups: ['release-engineers'] })).toEqual([]);
  });

  it.each([
    ['somebody else', run(), { user: 'bob' }, 'POLICY_REQUESTER'],
    ['a branch', run({ revision: 'main' }), {}, 'POLICY_PARAMETER'],
    ['another account', run({ account: 'admin' }), {}, 'POLICY_SERVICE_ACCOUNT'],
    ['no hermetic execution', run({ hermetic: false }), {}, 'POLICY_JAIL_HERMETIC'],
  ] as const)('not %s', async (_, it, by, code) => {
    expect(await judge(it, by)).toEqual([code]);
  });

  it('not with a task that a stranger has signed', async () => {
    expect(await judge(run(), { scan: task('scan', stranger) })).toContain('VERIFY_SIGNER_UNTRUSTED');
  });

  it('elsewhere than in factories nothing of it is judged', async () => {
    expect(await judge(run({ revision: 'main', account: 'admin' }), { user: 'bob', label: 'team' })).toEqual([]);
  });
});

describe('policies/baseline/tekton.yaml', () => {
  const audit = read('baseline/tekton.yaml');
  const enforced = audit.replaceAll('mode: audit', 'mode: enforce');
  const pod = (image: string): Json => object({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ci' }, spec: { containers: [{ name: 'c', image: `${image}@${DIGEST}` }] } });
  const codes = async (policies: string, image: string): Promise<string[]> =>
    (await judgedBy(policies, { ports: { unmatched: 'deny' } })(pod(image))).findings.map(({ code }) => code);

  it.each(TEKTON_IMAGES.map(({ name, what }) => [what, name]))('once enforced it speaks about %s', async (_, name) => {
    expect(await codes(enforced, name)).not.toContain('SELECT_NO_POLICY');
    expect(await codes(audit, name)).toContain('SELECT_NO_POLICY');
  });

  it('and not about images of others', async () => {
    expect(await codes(enforced, 'ghcr.io/acme/tool')).toContain('SELECT_NO_POLICY');
    expect(await codes(enforced, 'cgr.dev/chainguard/bash')).toContain('SELECT_NO_POLICY');
  });

  it('stopping a sidecar is judged by the policy for that alone', async () => {
    const running = (image: string): Json => object(`
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: ci, ownerReferences: [{apiVersion: tekton.dev/v1, kind: TaskRun, name: t, uid: u, controller: true}]}
spec: {containers: [{name: step-a, image: "ghcr.io/acme/x@${DIGEST}"}, {name: sidecar-b, image: "${image}"}]}
`);
    const nop = TEKTON_IMAGES.find(({ what }) => what.startsWith('nop'))?.name ?? '';
    const { findings } = await judgedBy(enforced, { ports: { unmatched: 'deny' } })(running(`${nop}@${DIGEST}`), { user: CONTROLLER, operation: 'UPDATE', old: running(`ghcr.io/acme/db@${DIGEST}`) });
    expect([...new Set(findings.flatMap(({ policy }) => policy ?? []))]).toEqual(['tekton-stops-sidecars']);
  });
});
