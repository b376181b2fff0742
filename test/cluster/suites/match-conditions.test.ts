/** What the API server does not ask Gatehouse about, by its own word: a second webhook without condition is told of everything. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { extract } from '../../../src/extract/index.ts';
import { apiClient } from '../api.ts';
import type { Api } from '../api.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { startObservers } from '../observers.ts';
import type { Asked, Observers } from '../observers.ts';
import { creations, objectOf, SERVED, specOf, updates } from '../random-workloads.ts';
import type { ServedKind } from '../random-workloads.ts';

let cluster: ControlPlane;
let api: Api;
let name = 0;

beforeAll(async () => {
  cluster = await startControlPlane();
  api = apiClient(cluster);
});
afterAll(() => cluster?.stop());

/** The review as Gatehouse's intake would make it. */
function reviewOf(asked: Asked): ReviewRequest {
  return {
    surface: 'webhook', uid: asked.uid, operation: asked.operation as ReviewRequest['operation'], kind: asked.kind, resource: asked.resource, subResource: asked.subResource ?? '',
    namespace: asked.namespace ?? '', name: asked.name ?? '', user: { username: asked.userInfo.username ?? '', groups: asked.userInfo.groups ?? [] },
    dryRun: false, object: asked.object, oldObject: asked.oldObject,
  };
}

async function must(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await api(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.body as Record<string, unknown>;
}

async function errorsOfConditions(): Promise<number> {
  const { text } = await api('GET', '/metrics');
  return [...text.matchAll(/^apiserver_admission_match_condition_evaluation_errors_total\{.*\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
}

describe('S10: random updates of every kind', () => {
  let observers: Observers;
  beforeAll(async () => { observers = await startObservers(cluster); });
  afterAll(() => observers?.stop());

  test.each(SERVED)('S10 $key: what the API server skips has nothing to judge', async (kind) => {
    const seen = { skipped: 0, sent: 0 };
    await fc.assert(fc.asyncProperty(creations, fc.array(updates, { minLength: 1, maxLength: 4 }), async (creation, rounds) => {
      const path = `${kind.path}/x${name += 1}`;
      observers.forget();
      const created = await api('POST', kind.path, objectOf(kind, `x${name}`, creation));
      expect(created.status, created.text).toBe(201);
      expect([observers.sent.length, observers.all.length]).toEqual([1, 1]);
      for (const changes of rounds) await update(kind, path, changes, seen);
      await api('PATCH', path, { metadata: { finalizers: null } }, 'application/merge-patch+json');
      await api('DELETE', path);
    }), { numRuns: 40 });
    expect(seen.skipped).toBeGreaterThan(20);
    // A pod's images are the only part of its template that this server lets change; others change more.
    expect(seen.sent).toBeGreaterThan(kind.key === 'batch/jobs' ? -1 : 3);
  }, 120_000);

  async function update(kind: ServedKind, path: string, changes: readonly ((object: Record<string, unknown>, kind: ServedKind) => void)[], seen: { skipped: number; sent: number }): Promise<void> {
    const object = await must('GET', path);
    for (const change of changes) change(object, kind);
    observers.forget();
    const answer = await api('PUT', path, object);
    // What the API server itself refuses, it refuses before it asks.
    const [asked] = observers.all;
    if (asked === undefined) return;
    expect(answer.status, answer.text).toBe(200);
    seen[observers.sent.length === 0 ? 'skipped' : 'sent'] += 1;
    if (observers.sent.length > 0) return;
    const { artifacts, findings } = extract(reviewOf(asked));
    expect(artifacts).toEqual([]);
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['INPUT_UNCHANGED']));
  }

  test('H24 no condition erred', async () => expect(await errorsOfConditions()).toBe(0));
});

describe('S10: what is always asked about', () => {
  let observers: Observers;
  const rules = [{ apiGroups: ['apps.acme.example', ''], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['deployments', 'configmaps'], scope: 'Namespaced' }];
  beforeAll(async () => {
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await must('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'deployments.apps.acme.example' },
      spec: { group: 'apps.acme.example', scope: 'Namespaced', names: { kind: 'Deployment', plural: 'deployments' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }] },
    });
    await cluster.must(['wait', '--for=condition=Established', 'crd/deployments.apps.acme.example']);
    observers = await startObservers(cluster, { rules });
  });
  afterAll(() => observers?.stop());

  test.each([
    ['a kind of somebody else that is called like ours', '/apis/apps.acme.example/v1/namespaces/default/deployments', { apiVersion: 'apps.acme.example/v1', kind: 'Deployment', spec: { template: { spec: { containers: [{ name: 'a', image: 'x' }] } } } }],
    ['the same with nothing in it', '/apis/apps.acme.example/v1/namespaces/default/deployments', { apiVersion: 'apps.acme.example/v1', kind: 'Deployment' }],
    ['a kind that is in no condition', '/api/v1/namespaces/default/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } }],
  ])('S10 %s: a label is sent', async (_what, path, body) => {
    const object = await must('POST', path, { ...body, metadata: { name: `other-${name += 1}` } });
    observers.forget();
    await must('PUT', `${path}/other-${name}`, { ...object, metadata: { ...(object['metadata'] as object), labels: { touched: 'yes' } } });
    expect([observers.sent.length, observers.all.length]).toEqual([1, 1]);
  });

  test('part 7: the label of verified pods is sent where it is set or changed, and not where it stays or goes', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    await must('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'labelled' }, spec: { containers: [{ name: 'a', image: 'x' }] } });
    const sent = async (labels: object): Promise<number> => {
      observers.forget();
      const answer = await api('PATCH', `${pods}/labelled`, { metadata: { labels } }, 'application/merge-patch+json');
      expect(answer.status, answer.text).toBe(200);
      return observers.sent.length;
    };
    const label = (value: string | null): object => ({ 'gatehouse.dev/verified': value });
    expect([await sent(label('true')), await sent({ other: 'x' }), await sent(label('false')), await sent(label(null)), await sent(label('true'))]).toEqual([1, 0, 1, 0, 1]);
  });

  test('H01, S10: a debug container is sent, though the update of its pod without one is not', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const pod = await must('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'debugged' }, spec: { containers: [{ name: 'a', image: 'x' }] } });
    observers.forget();
    await must('PUT', `${pods}/debugged/ephemeralcontainers`, { ...pod, spec: { ...(pod['spec'] as object), ephemeralContainers: [{ name: 'debug', image: 'y' }] } });
    expect(observers.sent.map(({ subResource }) => subResource)).toEqual(['ephemeralcontainers']);
    const answer = await api('PATCH', `${pods}/debugged`, { metadata: { labels: { a: 'b' } } }, 'application/merge-patch+json');
    expect(answer.status).toBe(200);
    expect([observers.sent.length, observers.all.length]).toEqual([1, 2]);
  });

  test('S10: status, scale, binding and eviction are nobody’s question', async () => {
    const apps = '/apis/apps/v1/namespaces/default/deployments';
    const template = { metadata: { labels: { app: 'scaled' } }, spec: { containers: [{ name: 'a', image: 'x' }] } };
    await must('POST', apps, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'scaled' }, spec: { selector: { matchLabels: { app: 'scaled' } }, template } });
    observers.forget();
    expect((await api('PATCH', `${apps}/scaled/scale`, { spec: { replicas: 0 } }, 'application/merge-patch+json')).status).toBe(200);
    expect((await api('PATCH', `${apps}/scaled/status`, { status: { replicas: 1 } }, 'application/merge-patch+json')).status).toBe(200);
    expect((await api('DELETE', `${apps}/scaled`)).status).toBe(200);
    expect([observers.sent.length, observers.all.length]).toEqual([0, 0]);
  });
});

describe('S10: cost', () => {
  const COPIES = 60;
  let observers: Observers;
  beforeAll(async () => { observers = await startObservers(cluster, { copies: COPIES }); });
  afterAll(() => observers?.stop());

  /** About 1.4 MB, which is near the largest that etcd stores: many containers with many small and a few large fields. */
  function large(): object[] {
    return Array.from({ length: 200 }, (_, index) => ({
      name: `c${index}`, image: `registry.example.com/app:${index}`,
      env: [...Array.from({ length: 60 }, (_entry, entry) => ({ name: `NAME_${entry}`, value: 'v'.repeat(50) })), { name: 'LARGE', value: 'x'.repeat(1000) }],
    }));
  }

  // One kind for each of the four places where a pod is described; a Job's template can hardly be changed.
  const PLACES = SERVED.filter(({ key }) => ['/pods', 'apps/deployments', '/podtemplates', 'batch/cronjobs'].includes(key));
  test.each(PLACES)(`S10 $key: ${COPIES} copies of the condition over the largest object stay within the budget of one webhook`, async (kind) => {
    const body = objectOf(kind, `large-${name += 1}`, { podSpec: { containers: large() }, replicas: 0 });
    expect(JSON.stringify(body).length).toBeGreaterThan(1_150_000);
    const object = await must('POST', kind.path, body);
    const path = `${kind.path}/large-${name}`;
    observers.forget();
    await must('PUT', path, { ...object, metadata: { ...(object['metadata'] as object), labels: { touched: 'yes' } } });
    expect([observers.sent.length, observers.all.length]).toEqual([0, 1]);
    // The last container of the last list differs: equality has to walk all of it.
    const changed = structuredClone(await must('GET', path));
    const last = (specOf(changed, kind)['containers'] as { image: string }[]).at(-1);
    if (last !== undefined) last.image = 'registry.example.com/other:1';
    const answer = await api('PUT', path, changed);
    expect(answer.status, answer.text.slice(0, 500)).toBe(200);
    expect(observers.sent).toHaveLength(1);
    await api('DELETE', path);
  });

  test('S10: no condition ran out of budget', async () => expect(await errorsOfConditions()).toBe(0));
});
