/** What the API server does not ask about, evaluated here by another CEL; test/cluster/suites/match-conditions.test.ts asks a real one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { celEngine } from '../../../src/examine/cel/engine.ts';
import { extract, KIND_READERS } from '../../../src/extract/index.ts';
import { documentsOf, only } from './support.ts';

const gate = only(documentsOf('deploy/manifests/install.yaml'), 'ValidatingWebhookConfiguration');
const conditions = gate.at('webhooks', 0, 'matchConditions').list();
const expression = conditions[0]?.at('expression').text() ?? '';
const evaluate = celEngine().plan(celEngine().celEnv(), celEngine().parse(expression));

/** What an API server says of an update: `true` when Gatehouse is asked, `false` when it is not, an error otherwise. */
function isSent(request: object, object: unknown, oldObject: unknown): unknown {
  return evaluate({ request, object, oldObject } as never);
}

const requestOf = (key: string, operation = 'UPDATE', subResource?: string): object => {
  const [group, resource] = key.split('/');
  return { operation, resource: { group, version: 'v1', resource }, ...(subResource === undefined ? {} : { subResource }) };
};

/** An object of a kind with a PodSpec at its place. */
function wrap(key: string, spec: unknown, top: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const path = [...(KIND_READERS[key]?.podSpec ?? [])];
  let inner: unknown = spec;
  for (const name of path.reverse()) inner = { [name]: inner, ...(name === 'template' ? { metadata: {} } : {}) };
  return { ...(inner as Record<string, unknown>), ...top };
}

const SENT_KEYS = ['/pods', '/podtemplates', '/replicationcontrollers', 'apps/deployments', 'apps/replicasets', 'apps/statefulsets', 'apps/daemonsets', 'batch/jobs', 'batch/cronjobs'];
const one = { containers: [{ name: 'a', image: 'nginx:1' }] };
const two = { containers: [{ name: 'a', image: 'nginx:2' }] };

describe('S10, row 13: what the API server does not ask about', () => {
  test('S10: one condition, and the manifest names no kind that is not read, and reads every kind where it lies', () => {
    expect(conditions).toHaveLength(1);
    const named = [...expression.matchAll(/'([a-z]*\/[a-z]+)'/g)].map((match) => match[1] ?? '');
    expect([...named].sort()).toEqual([...SENT_KEYS].sort());
    for (const key of named) expect(KIND_READERS[key]).toBeDefined();
  });

  test.each(SENT_KEYS)('S10 %s: everything but the pod changes: not asked; the pod changes: asked', (key) => {
    const before = wrap(key, one, { metadata: { name: 'x', labels: { a: '1' }, finalizers: ['f'], ownerReferences: [{}] }, status: { phase: 'Running' } });
    const touched = wrap(key, one, { metadata: { name: 'x', annotations: { b: '2' }, deletionTimestamp: 'now' } });
    expect(isSent(requestOf(key), touched, before)).toBe(false);
    expect(isSent(requestOf(key), wrap(key, two), before)).toBe(true);
    expect(isSent(requestOf(key), wrap(key, { ...one, serviceAccountName: 'other' }), before)).toBe(true);
  });

  test.each(SENT_KEYS)('S10 %s: new ones are always asked about, so are debug containers', (key) => {
    expect(isSent(requestOf(key, 'CREATE'), wrap(key, one), null)).toBe(true);
    expect(isSent(requestOf(key, 'UPDATE', 'ephemeralcontainers'), wrap(key, one), wrap(key, one))).toBe(true);
    expect(isSent(requestOf(key, 'UPDATE', ''), wrap(key, one), wrap(key, one))).toBe(false);
  });

  test('part 7: the label of verified pods is asked about where it is set or changed, on pods alone', () => {
    const pod = (labels?: object): object => wrap('/pods', one, { metadata: { name: 'x', ...(labels === undefined ? {} : { labels }) } });
    const label = (value: string): object => pod({ 'gatehouse.dev/verified': value, other: 'x' });
    const sent = (object: object, oldObject: object): unknown => isSent(requestOf('/pods'), object, oldObject);
    for (const before of [pod(), pod({}), pod({ other: 'y' }), label('false'), wrap('/pods', one)]) expect(sent(label('true'), before)).toBe(true);
    for (const [after, before] of [[label('true'), label('true')], [pod(), label('true')], [pod({ other: 'z' }), pod()], [pod({ 'gatehouse.dev/verifie': 'true' }), pod()]] as const) expect(sent(after, before)).toBe(false);
    const deployment = wrap('apps/deployments', one, { metadata: { name: 'x', labels: { 'gatehouse.dev/verified': 'true' } } });
    expect(isSent(requestOf('apps/deployments'), deployment, wrap('apps/deployments', one))).toBe(false);
  });

  test.each(['tekton.dev/taskruns', 'acme.example/pods', 'extensions/deployments', '/deployments', 'apps/pods'])('S10 %s is not named: asked about, changed or not', (key) => {
    expect(isSent(requestOf(key), { spec: one }, { spec: one })).toBe(true);
  });

  test.each(SENT_KEYS)('H24 %s: objects with nothing where the pod should be are asked about, and nothing errs', (key) => {
    const path = KIND_READERS[key]?.podSpec ?? [];
    for (let depth = 0; depth < path.length; depth += 1) {
      let broken: unknown = {};
      for (const name of path.slice(0, depth).reverse()) broken = { [name]: broken };
      for (const pair of [[broken, wrap(key, one)], [wrap(key, one), broken], [broken, broken]]) expect(isSent(requestOf(key), pair[0], pair[1])).toBe(true);
    }
  });

  test('S10: whatever two objects are: what is not sent has nothing to judge', () => {
    let skipped = 0;
    fc.assert(fc.property(fc.constantFrom(...SENT_KEYS), podSpecs, podSpecs, fc.boolean(), fc.boolean(), labelled, labelled, (key, first, second, same, metadata, before, after) => {
      const oldObject = wrap(key, first, { metadata: { name: 'x', labels: before } });
      const object = wrap(key, same ? structuredClone(first) : second, { metadata: { name: 'x', labels: { ...after, ...(metadata ? { touched: 'yes' } : {}) } } });
      const sent = isSent(requestOf(key), object, oldObject);
      expect(typeof sent).toBe('boolean');
      if (sent === true) return;
      skipped += 1;
      const extraction = extract(reviewOf(key, object, oldObject));
      expect(extraction.artifacts).toEqual([]);
      expect(new Set(extraction.findings.map(({ code }) => code))).toEqual(new Set(['INPUT_UNCHANGED']));
    }), { numRuns: 1000 });
    expect(skipped).toBeGreaterThan(200);
  });
});

const labelled = fc.constantFrom({}, {}, { 'gatehouse.dev/verified': 'true' }, { 'gatehouse.dev/verified': 'no' });

/** PodSpecs as the API server stores them: names are unique and images are not empty, which it checks itself. */
const image = fc.constantFrom('nginx:1', 'nginx:2', 'ghcr.io/acme/app', 'NOT/valid');
const containers = (from: number): fc.Arbitrary<object[]> => fc.array(fc.record({ image, args: fc.array(fc.string(), { maxLength: 2 }) }, { noNullPrototype: true }), { minLength: from, maxLength: 3 })
  .map((list) => list.map((container, index) => ({ name: `c${index}`, ...container })));
const podSpecs = fc.record({
  containers: containers(1),
  initContainers: containers(0).map((list) => list.map((container, index) => ({ ...container, name: `i${index}` }))),
  volumes: fc.array(fc.oneof(fc.constant({ emptyDir: {} }), fc.record({ image: fc.record({ reference: image }, { noNullPrototype: true }) }, { noNullPrototype: true })), { maxLength: 3 })
    .map((list) => list.map((volume, index) => ({ name: `v${index}`, ...volume }))),
  nodeName: fc.constantFrom('', 'node-1'),
}, { requiredKeys: ['containers'], noNullPrototype: true });

function reviewOf(key: string, object: unknown, oldObject: unknown): ReviewRequest {
  const [group = '', resource = ''] = key.split('/');
  return {
    uid: 'u', surface: 'webhook', kind: { group, version: 'v1', kind: KIND_READERS[key]?.kind ?? '' }, resource: { group, version: 'v1', resource }, subResource: '',
    name: 'x', namespace: 'shop', operation: 'UPDATE', user: { username: 'u', groups: [] }, dryRun: false, object, oldObject,
  } as unknown as ReviewRequest;
}
