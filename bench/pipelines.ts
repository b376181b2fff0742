// Builds: what a run of many tasks costs at the door once its images are known, and what reading the largest example costs.
// `npm run bench -- --only pipelines` measures these rows alone.
import { startRegistry } from '../test/world/registry.ts';
import { objectReview } from '../test/world/review.ts';
import { createWorld } from '../test/world/world.ts';
import { extract } from '../src/extract/index.ts';
import { hasSharedData } from '../test/support/shared.ts';
import { reviewOf } from '../test/support/pipelines.ts';
import type { Json } from '../test/support/pipelines.ts';
import { examples } from '../test/unit/extract/argo/support.ts';
import { exampleObjects } from '../test/unit/extract/tekton/objects.ts';
import { policyFor, signedImages } from './images.ts';
import { median, startLoad } from './load.ts';
import { startGatehouse } from './product.ts';
import type { Shipped } from './shipped.ts';

const TASKS = 20;
const IMAGES = 60;

/** A run of 20 tasks and 60 images, all signed, from memory; milliseconds of a whole request, one at a time. */
export interface PipelineCost {
  readonly tasks: number;
  readonly images: number;
  readonly bodyBytes: number;
  readonly coldMs: number;
  readonly p50: number;
  readonly p99: number;
  readonly denied: number;
  readonly failed: number;
}

/** Everything that a PipelinePolicy can ask of a run without asking the cluster. */
const POLICY = JSON.stringify({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'factory' },
  spec: {
    requesters: { serviceAccounts: ['ci/triggers'] }, definitions: { inline: 'allow', sources: [], pinned: true }, parameters: { deny: ['*_FLAGS'], allow: { revision: '[0-9a-f]{40}' }, others: 'allow' },
    images: { deferred: 'deny', unpinned: 'deny' }, hygiene: 'baseline', serviceAccounts: ['pipeline'],
  },
});

/** Measures such a run at the shipped server, over HTTPS. */
export async function pipelineCost(shipped: Shipped, requests: number): Promise<PipelineCost> {
  const world = createWorld({ now: Date.now() });
  const key = world.key();
  const registry = await startRegistry();
  const config = { plainHttp: [registry.host], registries: [{ host: registry.host, plainHttp: true }], workers: 2, unmatched: 'deny' };
  const product = await startGatehouse(shipped, `${policyFor(registry, world, key)}\n---\n${POLICY}`, config);
  const load = startLoad();
  const images = await signedImages(registry, world, key, 'legacy', IMAGES, 'key/build');
  const body = JSON.stringify(objectReview(runOf(images), 'pipelineruns', { namespace: 'ci', username: 'system:serviceaccount:ci:triggers' }));
  const at = { origin: product.origin, path: '/validate?timeout=10s', bodies: [body], inFlight: 1 };
  const cold = await load.send({ ...at, requests: 1 });
  await load.send({ ...at, requests });
  const warm = await load.send({ ...at, requests });
  load.stop();
  await product.stop();
  await registry.close();
  if (warm.denied + warm.failed > 0) throw new Error(`the run is not admitted: ${warm.sample}`);
  return { tasks: TASKS, images: IMAGES, bodyBytes: body.length, coldMs: cold.p50, p50: warm.p50, p99: warm.p99, denied: warm.denied, failed: warm.failed };
}

/** Each task has two steps and a sidecar, takes a parameter and comes after the one before it. */
function runOf(images: readonly string[]): Json {
  const tasks = Array.from({ length: TASKS }, (_, index) => {
    const [first, second, third] = images.slice(index * 3);
    return {
      name: `task-${index}`, ...(index === 0 ? {} : { runAfter: [`task-${index - 1}`] }), params: [{ name: 'revision', value: '$(params.revision)' }],
      taskSpec: {
        params: [{ name: 'revision' }], results: [{ name: 'out' }],
        steps: [first, second].map((image, step) => ({ name: `step-${step}`, image, script: 'make $(params.revision)\n'.repeat(10), env: [{ name: 'A', value: 'b' }] })),
        sidecars: [{ name: 'beside', image: third }],
      },
    };
  });
  return {
    apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'run', namespace: 'ci' },
    spec: { params: [{ name: 'revision', value: 'a'.repeat(40) }], pipelineSpec: { params: [{ name: 'revision' }], tasks }, taskRunTemplate: { serviceAccountName: 'pipeline' } },
  };
}

/** What is read longest of all examples, and of a run of 20 tasks: its name, its size as JSON, and the median of the reading. */
export interface ExtractionCost {
  readonly slowest: string;
  readonly bytes: number;
  readonly slowestMs: number;
  readonly largest: string;
  readonly largestBytes: number;
  readonly largestMs: number;
  readonly runOf60ImagesMs: number;
}

/** Measures the reading of every example there is; where none lie beside the checkout, of the run alone. */
export function extractionCost(rounds: number): ExtractionCost {
  const images = Array.from({ length: IMAGES }, (_, index) => `registry.example/a@sha256:${String(index).padStart(64, '0')}`);
  const run = { name: 'run of 20 tasks', object: runOf(images) };
  const tekton = hasSharedData ? exampleObjects().map(({ file, object }) => ({ name: file, object: object as unknown as Json })) : [];
  const all = [run, ...tekton, ...(hasSharedData ? examples() : [])].map(({ name, object }) => {
    const review = reviewOf(object);
    const turn = (): number => {
      const started = performance.now();
      extract(review);
      return performance.now() - started;
    };
    for (let warm = 0; warm < rounds; warm += 1) turn();
    return { name, bytes: JSON.stringify(object).length, ms: median(Array.from({ length: rounds }, turn)) };
  });
  const [slowest, largest] = [all.slice(1).toSorted((a, b) => b.ms - a.ms)[0] ?? all[0], all.slice(1).toSorted((a, b) => b.bytes - a.bytes)[0] ?? all[0]];
  return {
    slowest: slowest?.name ?? '', bytes: slowest?.bytes ?? 0, slowestMs: slowest?.ms ?? 0,
    largest: largest?.name ?? '', largestBytes: largest?.bytes ?? 0, largestMs: largest?.ms ?? 0, runOf60ImagesMs: all[0]?.ms ?? 0,
  };
}
