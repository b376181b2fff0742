/** The status that stands against the one that should: before an API server where other managers write too, as server-side apply has it. */
import { expect, test } from 'vitest';
import { WriteError } from '../../../src/controller/cluster/writer.ts';
import type { JudgedDocument } from '../../../src/controller/documents/documents.ts';
import { createStatusKeeper } from '../../../src/controller/status/keeper.ts';
import type { StatusPart } from '../../../src/controller/status/status.ts';
import type { JsonObject } from '../../../src/text/json/fields.ts';
import { until } from '../../support/patience.ts';

const NOW = Date.UTC(2026, 10, 30, 9);
const KEY = 'ClusterArtifactPolicy acme';
const document: JudgedDocument = { key: KEY, kind: 'ClusterArtifactPolicy', namespace: '', name: 'acme', generation: 1, resourceVersion: '1', state: 'good', problems: [], warnings: [] };
type Members = Record<string, unknown>;
type Conditions = readonly { readonly type: string }[];

/** One object, whose members belong to whoever wrote them last. */
function scene(stands: Members, options: { readonly parts?: readonly StatusPart[]; readonly refuse?: () => number | undefined } = {}) {
  const state = { status: { ...stands } as Members, ours: {} as Members, now: NOW, document, writes: [] as JsonObject[], merged: 0, looks: 0, listener: () => undefined as void };
  const keeper = createStatusKeeper({
    documents: { documents: () => { state.looks += 1; return [state.document]; }, set: () => undefined, changed: (listener) => { state.listener = listener; return () => undefined; } },
    observed: { get: () => ({ uid: 'u', status: state.status }), changed: () => () => undefined },
    activity: { of: () => undefined, changed: () => () => undefined, isKnown: true },
    unusableRoots: () => new Map(), clock: { now: () => state.now }, failed: () => undefined, tickMs: 1, parts: options.parts ?? [],
    writer: {
      apply(_place, object) {
        const refusal = options.refuse?.();
        if (refusal !== undefined) return Promise.reject(new WriteError(refusal, 'apply'));
        const applied = object['status'] as Members;
        state.writes.push(applied);
        const kept = Object.fromEntries(Object.entries(state.status).filter(([name]) => !(name in state.ours) || name in applied));
        const types = new Set((applied['conditions'] as Conditions).map(({ type }) => type));
        const foreign = ((state.status['conditions'] ?? []) as Conditions).filter(({ type }) => !types.has(type));
        state.status = { ...kept, ...applied, conditions: [...foreign, ...(applied['conditions'] as Conditions)] };
        state.ours = applied;
        return Promise.resolve({});
      },
      merge(_place, patch) {
        state.merged += 1;
        const nulls = new Set(Object.keys(patch['status'] as Members));
        state.status = Object.fromEntries(Object.entries(state.status).filter(([name]) => !nulls.has(name)));
        return Promise.resolve({});
      },
    },
  });
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  /** Minutes in which it looks several times. */
  const pass = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      state.now += 61_000;
      const before = state.looks;
      await until(() => state.looks > before + 1 || (state.listener(), false));
    }
  };
  return { state, pass, end: async () => { stop.abort(); await running; } };
}

test.each<[string, Members]>([
  ['a forecast', { forecast: { wouldDeny: 7 } }], ['activity', { activity: { denied: 99 } }], ['problems and warnings', { problems: [{ message: 'lie' }], warnings: ['lie'] }],
])('%s that somebody else wrote, and of which we say nothing, goes, and is no reason to write again', async (_, lie) => {
  const { state, pass, end } = scene(lie, { parts: [{ keys: ['forecast'], of: () => undefined }] });
  await until(() => state.writes.length === 1);
  await pass(6);
  await end();
  expect(Object.keys(state.status).toSorted()).toEqual(['conditions', 'observedGeneration']);
  expect([state.writes.length, state.merged]).toEqual([2, 1]);
});

test('what somebody else wrote goes also where something of ours changes all the time', async () => {
  let count = 0;
  const { state, pass, end } = scene({ warnings: ['lie'] }, { parts: [{ keys: ['forecast'], of: () => ({ forecast: { wouldDeny: count += 1 } }) }] });
  await until(() => state.writes.length === 1);
  await pass(3);
  await end();
  expect(Object.keys(state.status).toSorted()).toEqual(['conditions', 'forecast', 'observedGeneration']);
});

test('conditions of others stay, and are no reason to write', async () => {
  const { state, pass, end } = scene({ conditions: [{ type: 'Reviewed', status: 'True' }] });
  await until(() => state.writes.length === 1);
  await pass(6);
  await end();
  expect((state.status['conditions'] as Conditions).map(({ type }) => type)).toEqual(['Reviewed', 'Ready', 'Compiled', 'TrustRootFresh']);
  expect(state.writes).toHaveLength(1);
});

test('what is mended goes with one write', async () => {
  const { state, pass, end } = scene({});
  state.document = { ...document, state: 'lastGood', problems: [{ path: 'spec', message: 'wrong', severity: 'error', file: KEY } as never] };
  state.listener();
  await until(() => 'problems' in state.status);
  state.document = document;
  state.listener();
  await until(() => !('problems' in state.status));
  const before = state.writes.length;
  await pass(3);
  await end();
  expect(state.writes.length).toBe(before);
});

test('a part that is not known yet is not taken out of a status that is right otherwise; a condition does not wait for it', async () => {
  let isKnown = false;
  const part: StatusPart = { keys: ['forecast'], get isKnown() { return isKnown; }, of: () => (isKnown ? { forecast: { wouldDeny: 1 } } : undefined) };
  const first = scene({}, { parts: [part] });
  await until(() => first.state.writes.length === 1);
  await first.end();
  const stands = { ...first.state.status, forecast: { wouldDeny: 3 } };

  const { state, pass, end } = scene(stands, { parts: [part] });
  await pass(5);
  expect([state.writes.length, state.status['forecast']]).toEqual([0, { wouldDeny: 3 }]);
  state.document = { ...document, generation: 2 };
  state.listener();
  await until(() => state.writes.length === 1);
  isKnown = true;
  await pass(2);
  await end();
  expect([state.status['forecast'], state.writes.length]).toEqual([{ wouldDeny: 1 }, 2]);
});

test('a status that is refused is tried less and less, and not more than once a minute in the end', async () => {
  let tries = 0;
  const { pass, end } = scene({}, { refuse: () => { tries += 1; return 422; } });
  await until(() => tries === 1);
  await pass(20);
  await end();
  expect(tries).toBeLessThanOrEqual(22);
});
