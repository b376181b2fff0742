/**
 * The API server of a cluster on loopback, as far as runs of Tekton go (Kubernetes API concepts, "Retrieving large results sets in chunks"): lists by
 * `limit` and `continue`, of metadata alone where that is asked for; annotations as Tekton Chains writes them in its storage `tekton`.
 */
import { createHash } from 'node:crypto';
import { startStore } from './fake.ts';
import type { FakeStore } from './fake.ts';

/** The cluster, with its runs. */
export interface FakeTekton extends FakeStore {
  /** Adds a run with these annotations below `chains.tekton.dev/`. */
  run(kind: 'TaskRun' | 'PipelineRun', annotations: Readonly<Record<string, string>>, namespace?: string): void;
  /** Deletes all runs, as pruners do. */
  prune(): void;
}

const RESOURCES = { taskruns: 'TaskRun', pipelineruns: 'PipelineRun' } as const;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Starts an empty one; its pages hold `page` runs. */
export async function startTekton(page = 2): Promise<FakeTekton> {
  const runs: { readonly kind: string; readonly metadata: { readonly namespace: string; readonly name: string; readonly annotations: Readonly<Record<string, string>> } }[] = [];
  const run: FakeTekton['run'] = (kind, annotations, namespace = 'ci') => void runs.push({
    kind, metadata: { namespace, name: `run-${runs.length}`, annotations: Object.fromEntries(Object.entries(annotations).map(([name, text]) => [`chains.tekton.dev/${name}`, text])) },
  });
  const store = await startStore(
    ({ path }) => {
      const url = new URL(path, 'http://x');
      const [, namespace, resource] = /^\/apis\/tekton\.dev\/v1(?:\/namespaces\/([a-z0-9-]+))?\/(taskruns|pipelineruns)$/.exec(url.pathname) ?? [];
      if (resource === undefined) return { status: 404, body: '{"kind":"Status","status":"Failure","reason":"NotFound","code":404}' };
      const kind = RESOURCES[resource as keyof typeof RESOURCES];
      const all = runs.filter((one) => one.kind === kind && (namespace === undefined || one.metadata.namespace === namespace));
      const start = Number(url.searchParams.get('continue') ?? 0);
      const items = all.slice(start, start + Math.min(page, Number(url.searchParams.get('limit'))));
      const left = all.length - start - items.length;
      const metadata = { resourceVersion: '1', ...(left > 0 ? { continue: String(start + items.length), remainingItemCount: left } : {}) };
      return { body: JSON.stringify({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: items.map((one) => ({ metadata: one.metadata })) }) };
    },
    (_image, digest, evidence) => run('TaskRun', {
      [`signature-${digest.slice(7, 19)}`]: base64(evidence), [`payload-${digest.slice(7, 19)}`]: base64(createHash('sha256').update(evidence).digest()),
      signed: 'true',
    }),
  );
  return Object.assign(store, { run, prune: () => void runs.splice(0) });
}
