/** Denials become few Events, and none says more than its readers may know. */
import { expect, test } from 'vitest';
import { eventsOf, WINDOW_MS } from '../../../src/controller/events/folded.ts';
import { createEventWriter } from '../../../src/controller/events/writer.ts';
import type { EventWriter } from '../../../src/controller/events/writer.ts';
import { NotLeading } from '../../../src/controller/cluster/fenced.ts';
import { WriteError } from '../../../src/controller/cluster/writer.ts';
import type { ObjectPlace } from '../../../src/controller/cluster/writer.ts';
import type { Denial } from '../../../src/platform/decisions/activity.ts';
import { until } from '../../support/patience.ts';

const START = Date.UTC(2026, 10, 30, 9, 0, 0);
const objects = { uidOf: (key: string) => (key.includes('unknown') ? undefined : `uid of ${key}`) };
const denial = (change: Partial<Denial> = {}): Denial => ({
  number: 1, at: START, id: '01JD', group: '', kind: 'Pod', namespace: 'shop', name: 'web-1', standing: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u' },
  reasons: [{ policy: 'acme', ofRequest: false, code: 'FETCH_NONE_FOUND' }], ...change,
});
const names = (one: Denial): string[] => eventsOf(one, objects, one.at).map(({ name }) => name);

test.each<[string, Partial<Denial>, readonly string[]]>([
  ['at its owner and at the policy', {}, ['shop ArtifactDenied ReplicaSet/web', 'default PolicyViolation ClusterArtifactPolicy/acme']],
  ['at the namespace of what nobody owns', { standing: undefined as never }, ['shop ArtifactDenied Namespace/shop', 'default PolicyViolation ClusterArtifactPolicy/acme']],
  ['in the namespace of an ArtifactPolicy', { reasons: [{ policy: 'shop/own', ofRequest: false, code: 'FETCH_NONE_FOUND' }] }, ['shop ArtifactDenied ReplicaSet/web', 'shop PolicyViolation ArtifactPolicy/own']],
  ['at a policy about pipelines', { reasons: [{ policy: 'builds', ofRequest: true, code: 'PIPELINE_FORBIDDEN' }] }, ['shop ArtifactDenied ReplicaSet/web', 'default PolicyViolation PipelinePolicy/builds']],
  ['at no policy that is no resource', { reasons: [{ policy: 'unknown', ofRequest: false, code: 'FETCH_NONE_FOUND' }] }, ['shop ArtifactDenied ReplicaSet/web']],
  ['at the policy alone, for what is in no namespace', { namespace: '' }, ['default PolicyViolation ClusterArtifactPolicy/acme']],
  ['nowhere, when it is long ago', { at: START - 16 * 60_000 }, []],
])('a denial is told %s', (_, change, expected) => {
  expect(eventsOf(denial(change), objects, START).map(({ namespace, reason, regarding: { kind, name } }) => `${namespace} ${reason} ${kind}/${name}`)).toEqual(expected);
});

test('an Event of a policy of the cluster holds no names but its own; one of a tenant holds those of his namespace', () => {
  expect(JSON.stringify({ ...eventsOf(denial(), objects, START)[1], name: '' })).not.toMatch(/shop|web/);
  expect(eventsOf(denial({ reasons: [{ policy: 'shop/own', ofRequest: false, code: 'FETCH_NONE_FOUND' }] }), objects, START)[1]?.note).toContain('Pod web-1');
  const [ofObject] = eventsOf(denial({ name: 'we\u001bb' }), objects, START);
  expect(ofObject?.note).toBe('Pod we\\u001bb was denied by acme: FETCH_NONE_FOUND (decision 01JD)');
});

test('the same has the same name within ten minutes of the clock, whoever writes it; anything else has another', () => {
  expect(names(denial({ at: START + WINDOW_MS - 1, id: 'other', name: 'web-2', number: 9 }))).toEqual(names(denial()));
  for (const change of [{ at: START + WINDOW_MS }, { standing: { ...denial().standing, uid: 'v' } as never }, { reasons: [{ policy: 'acme', ofRequest: false, code: 'FETCH_UNREACHABLE' }] }]) {
    expect(names(denial(change))[0]).not.toBe(names(denial())[0]);
  }
});

/** A writer of Events over a cluster that remembers, at a time that the test sets. */
function scene(options: { readonly perMinute?: object; readonly refuse?: (place: ObjectPlace) => void } = {}) {
  const state = { now: START, created: new Map<string, Record<string, unknown>>(), merged: [] as { name: string; series: { count: number } }[] };
  const writer: EventWriter = createEventWriter({
    objects, instance: 'pod-1', clock: { now: () => state.now }, failed: () => undefined, tickMs: 5, ...options,
    writer: {
      create: (place, object) => {
        options.refuse?.(place);
        if (state.created.has(place.name)) return Promise.reject(new WriteError(409, 'create'));
        state.created.set(place.name, object);
        return Promise.resolve({});
      },
      merge: (place, patch) => {
        state.merged.push({ name: place.name, ...(patch as { series: { count: number } }) });
        return Promise.resolve({});
      },
    },
  });
  const stop = new AbortController();
  const running = writer.run(stop.signal);
  return { state, writer, end: async () => { stop.abort(); await running; } };
}

test('what happens again is counted, and told once when its ten minutes are over', async () => {
  const { state, writer, end } = scene();
  for (let index = 0; index < 50; index += 1) writer.denied([denial({ number: index })]);
  await until(() => state.created.size === 2);
  expect([...state.created.values()][0]).toMatchObject({ type: 'Warning', reportingController: 'gatehouse.dev/controller', reportingInstance: 'pod-1', eventTime: '2026-11-30T09:00:00.000000Z' });
  state.now += WINDOW_MS;
  await until(() => state.merged.length === 2);
  expect(state.merged.map(({ series: { count } }) => count)).toEqual([50, 50]);
  await end();
  expect([state.created.size, writer.written, writer.dropped]).toEqual([2, 4, 0]);
});

test('a flood is bounded: so many in a minute, so many of them of one namespace, and others have room', async () => {
  const { state, writer, end } = scene({ perMinute: { all: 30, ofNamespace: 10 } });
  const flood = (namespace: string, many: number) => Array.from({ length: many }, (_, index) => denial({
    namespace, name: `${index}`, standing: { apiVersion: 'v1', kind: 'Job', name: `j${index}`, uid: `${index}` }, reasons: [{ policy: 'unknown', ofRequest: false, code: 'FETCH_NONE_FOUND' }],
  }));
  writer.denied(flood('noisy', 500));
  writer.denied(flood('quiet', 5));
  await until(() => writer.written + writer.dropped === 505);
  const of = (namespace: string): number => [...state.created.values()].filter((one) => (one['metadata'] as { namespace: string }).namespace === namespace).length;
  expect([of('noisy'), of('quiet'), writer.dropped]).toEqual([10, 5, 490]);
  state.now += 60_001;
  writer.denied([denial({ at: state.now, namespace: 'noisy' })]);
  await until(() => of('noisy') === 11);
  await end();
});

test('what another leader has written is left as it is; what cannot be written now is written later; a namespace that goes is no failure', async () => {
  const first = scene();
  first.writer.denied([denial()]);
  await until(() => first.state.created.size === 2);
  await first.end();
  let refusal: Error | undefined = new WriteError(0, 'create');
  const second = scene({ refuse: ({ name }) => {
    if (refusal !== undefined) throw refusal;
    if (first.state.created.has(name)) throw new WriteError(409, 'create');
  } });
  second.writer.denied([denial(), denial({ namespace: 'other' })]);
  await new Promise((done) => setTimeout(done, 50));
  refusal = new NotLeading();
  await new Promise((done) => setTimeout(done, 50));
  expect(second.state.created.size).toBe(0);
  second.state.now += 61_000;
  refusal = undefined;
  await until(() => second.state.created.size === 1);
  expect([...second.state.created.values()][0]).toMatchObject({ metadata: { namespace: 'other' } });
  await second.end();
  const gone = scene({ refuse: () => { throw new WriteError(403, 'create'); } });
  gone.writer.denied([denial({ reasons: [] })]);
  await new Promise((done) => setTimeout(done, 50));
  await gone.end();
  expect([gone.writer.written, gone.writer.dropped]).toEqual([0, 0]);
});

const flood = (namespace: string, many: number, at = START): Denial[] => Array.from({ length: many }, (_, index) => denial({
  at, namespace, name: `${index}`, standing: { apiVersion: 'v1', kind: 'Job', name: `j${index}`, uid: `${index}` }, reasons: [{ policy: 'unknown', ofRequest: false, code: 'FETCH_NONE_FOUND' }],
}));

test('a flood of one namespace, or of many, silences nobody in the minutes after it', async () => {
  for (const namespaces of [['noisy'], Array.from({ length: 20 }, (_, index) => `noisy-${index}`)]) {
    const { state, writer, end } = scene();
    for (const namespace of namespaces) writer.denied(flood(namespace, 3000 / namespaces.length));
    await until(() => writer.written + writer.dropped === 3000);
    state.now += 61_000;
    writer.denied(flood('quiet', 3, state.now));
    await until(() => [...state.created.values()].filter((one) => (one['metadata'] as { namespace: string }).namespace === 'quiet').length === 3);
    await end();
  }
});

test.each([429, 500, 0])('while the API server takes no Events (%s), none loses its room for being tried', async (status) => {
  let tries = 0;
  const { state, writer, end } = scene({ perMinute: { all: 3, ofNamespace: 3 }, refuse: () => {
    tries += 1;
    if (tries <= 2) throw new WriteError(status, 'create');
  } });
  writer.denied(flood('shop', 3));
  await until(() => state.created.size === 3);
  await end();
  expect([writer.dropped, tries]).toEqual([0, 5]);
});

test('the clock of a replica that is ahead opens no ten minutes that do not end', async () => {
  const { state, writer, end } = scene();
  for (const ahead of [3_600_000, 400 * 86_400_000]) writer.denied([denial({ at: START + ahead })]);
  await until(() => state.created.size === 2);
  expect([...state.created.values()][0]?.['eventTime']).toBe('2026-11-30T09:00:00.000000Z');
  state.now += WINDOW_MS;
  await until(() => state.merged.length === 2);
  await end();
});

test('a note has no more bytes than the API server takes', () => {
  const notes = eventsOf(denial({ kind: 'ö'.repeat(300), name: '…'.repeat(300), reasons: Array.from({ length: 60 }, (_, index) => ({ policy: `policy-${index}`, ofRequest: false, code: `FETCH_CODE_${index}` })) }), objects, START);
  for (const { note } of notes) expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1000);
});
