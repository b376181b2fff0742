// `receipts: required` and what the run has made itself: an earlier task that builds, by its class, live and of this run, and nothing else.
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../support/pipelines.ts';
import { clusterOf, CONTROLLER } from '../../../../support/pipelines.ts';
import { pod } from '../jail/support.ts';
import { artifactPolicy, gateOf, PIN } from '../questions.ts';
import { pipelinePolicy, said } from '../support.ts';

const COMMIT = 'c'.repeat(40);
const POLICIES = [artifactPolicy(), pipelinePolicy({ receipts: 'required', images: { unpinned: 'allow' } })];
const HOLDS = ['POLICY_SATISFIED'];
const MISSING = ['POLICY_RECEIPT_MISSING spec.params[1]'];

const owned = (uid = 'run-1', name = 'release'): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name, uid, controller: true });
const task = (name: string, labels: Json = {}): Json =>
  ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name, namespace: 'ci', labels }, spec: { steps: [{ name: 's', image: 'x' }] } });
const DEFINITIONS = [task('build'), task('fetch', { 'gatehouse.dev/class': 'fetch' }), task('test', { 'gatehouse.dev/class': 'test' })];
const PRODUCT = [{ name: 'IMAGE_URL', value: 'ghcr.io/acme/app:v1' }, { name: 'IMAGE_DIGEST', value: PIN }];

/** What differs from the good build. */
interface Twin {
  readonly children?: readonly string[];
  readonly definition?: string;
  readonly owner?: Json;
  readonly labels?: Json;
  readonly status?: Json;
  readonly results?: readonly Json[];
  readonly executed?: Json;
  readonly more?: readonly Json[];
}

/** The run with its task that built, as the cluster has them. */
function standing({ children = ['release-build'], definition = 'build', owner = owned(), labels = { 'tekton.dev/pipelineRun': 'release' }, status = {}, results = PRODUCT, executed, more = [] }: Twin = {}) {
  const ended = { completionTime: '2026-01-01T00:00:00Z', conditions: [{ type: 'Succeeded', status: 'True' }], ...status };
  return clusterOf([
    {
      apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'release', namespace: 'ci', uid: 'run-1' }, spec: { pipelineRef: { name: 'p' } },
      status: { childReferences: children.map((name) => ({ kind: 'TaskRun', name })) },
    },
    {
      apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'release-build', namespace: 'ci', uid: 'built-1', labels, ownerReferences: [owner] },
      spec: { taskRef: { name: definition } }, status: { ...ended, results, ...(executed === undefined ? {} : { taskSpec: executed }) },
    },
    ...DEFINITIONS, ...more,
  ]);
}

/** A TaskRun of the run that takes something in. */
const taker = (params: Readonly<Record<string, unknown>>, owner: Json = owned()): Json => ({
  apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'release-scan', namespace: 'ci', labels: { 'tekton.dev/pipelineTask': 'scan' }, ownerReferences: [owner] },
  spec: { taskRef: { name: 'test' }, params: Object.entries(params).map(([name, value]) => ({ name, value })) },
});
const TAKES = { IMAGE_URL: 'ghcr.io/acme/app', IMAGE_DIGEST: PIN };

async function codes(cluster: ReturnType<typeof clusterOf>, it: Json = taker(TAKES), user = CONTROLLER): Promise<string[]> {
  return said(await gateOf(POLICIES, { cluster }).make(it, { user }), 'receipts');
}

describe('receipts: what the run has made', () => {
  test('receipts: the digest that an ended task of class build of the run has among its results needs none, and its pod neither', async () => {
    expect(await codes(standing())).toEqual(HOLDS);
    const live = { ...taker(TAKES), metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1', ownerReferences: [owned()] } };
    expect(await codes(standing({ more: [live] }), pod())).toEqual(HOLDS);
    expect(await codes(standing({ more: [live], results: [] }), pod())).toEqual(['POLICY_RECEIPT_MISSING']);
  });

  test.each<[string, Twin]>([
    ['of a task that has not ended', { status: { completionTime: undefined, conditions: [{ type: 'Succeeded', status: 'Unknown' }] } }],
    ['of a task that has failed', { status: { conditions: [{ type: 'Succeeded', status: 'False' }] } }],
    ['of a TaskRun that only carries the label', { children: [] }],
    ['of a TaskRun that the run lists and another one owns', { owner: owned('run-2', 'other') }],
    ['of a TaskRun that the run lists and does not control', { owner: { ...owned(), controller: false } }],
    ['of a task that calls itself a fetching one', { definition: 'fetch' }],
    ['of a task of class test', { definition: 'test' }],
    ['of a task whose definition says something else by now', { executed: { steps: [{ name: 's', image: 'curl' }] } }],
    ['of another digest', { results: [{ name: 'IMAGE_URL', value: 'ghcr.io/acme/app' }, { name: 'IMAGE_DIGEST', value: `sha256:${'9'.repeat(64)}` }] }],
    ['by a name that Chains takes for an input', { results: [{ name: 'IMAGE_ARTIFACT_INPUTS', value: { uri: 'ghcr.io/acme/app', digest: PIN } }] }],
    ['by a name that says nothing', { results: [{ name: 'DIGEST', value: PIN }] }],
  ])('receipts: the same digest %s needs one', async (_, twin) => {
    expect(await codes(standing(twin))).toEqual(MISSING);
  });

  test('receipts: the product of a run is none in another one, nor for whoever claims the run by hand', async () => {
    const other: Json = { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'other', namespace: 'ci', uid: 'run-2' }, spec: { pipelineRef: { name: 'p' } }, status: { childReferences: [{ kind: 'TaskRun', name: 'release-build' }] } };
    expect(await codes(standing({ more: [other] }), taker(TAKES, owned('run-2', 'other')))).toEqual(MISSING);
    expect(await codes(standing(), taker(TAKES), 'alice')).toEqual(MISSING);
  });

  test('receipts: in a pipeline of a pipeline what the runs above have made needs none, what a run beside has made does', async () => {
    const inner = (name: string, uid: string, children: readonly string[] = []): Json => ({
      apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name, namespace: 'ci', uid, ownerReferences: [owned()] },
      spec: { pipelineRef: { name: 'p' } }, status: { childReferences: children.map((child) => ({ kind: 'TaskRun', name: child })) },
    });
    const within = taker(TAKES, owned('run-2', 'inner'));
    expect(await codes(standing({ more: [inner('inner', 'run-2')] }), within)).toEqual(HOLDS);
    const beside = { owner: owned('run-3', 'beside'), labels: { 'tekton.dev/pipelineRun': 'beside' }, children: [] };
    const more = [inner('inner', 'run-2'), inner('beside', 'run-3', ['release-build'])];
    expect(await codes(standing({ ...beside, more }), within)).toEqual(MISSING);
    expect(await codes(standing({ ...beside, more }), taker(TAKES, owned('run-3', 'beside')))).toEqual(HOLDS);
  });

  test('receipts: a parameter with two digests, or with the address of another, is no product', async () => {
    expect(await codes(standing(), taker({ IMAGE_URL: `ghcr.io/acme/app@sha256:${'9'.repeat(64)}`, IMAGE_DIGEST: PIN }))).toEqual(['POLICY_RECEIPT_DIGEST spec.params[1]']);
    expect(await codes(standing(), taker({ IMAGE_URL: 'ghcr.io/acme/app', IMAGE_DIGEST: [PIN, `sha256:${'9'.repeat(64)}`] }))).toEqual(MISSING);
    expect(await codes(standing(), taker({ IMAGE_URL: 'ghcr.io/acme/app', IMAGE_DIGEST: [PIN] }))).toEqual(HOLDS);
  });

  test('receipts: of a commit nothing is made, whatever a task calls it', async () => {
    const results = [{ name: 'ARTIFACT_URI', value: 'git+https://git.test/acme/app' }, { name: 'ARTIFACT_DIGEST', value: COMMIT }];
    expect(await codes(standing({ results }), taker({ 'CHAINS-GIT_URL': 'https://git.test/acme/app', 'CHAINS-GIT_COMMIT': COMMIT }))).toEqual(['POLICY_RECEIPT_MISSING spec.params[1]']);
  });

  test('receipts: a part of the run that cannot be looked at now may have made it; one that is no TaskRun has not', async () => {
    const broken: ReturnType<typeof clusterOf> = standing({ children: ['release-build', 'release-more'], results: [] });
    const cluster = { ...broken, object: (question: Parameters<typeof broken.object>[0], signal: AbortSignal) => (question.name === 'release-more' ? Promise.resolve({ known: false as const, cause: 'a timeout' }) : broken.object(question, signal)) };
    expect(await codes(cluster)).toEqual(['POLICY_FACT_UNKNOWN spec.params[1]']);
    expect(await codes(standing({ children: ['release-build', 'gone'] }))).toEqual(HOLDS);
    expect(await codes(standing({ children: ['gone'] }))).toEqual(MISSING);
  });
});
