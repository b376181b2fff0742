import { describe, expect, test } from 'vitest';
import type { Keeping } from '../../../src/engine/ports.ts';
import { createTurns } from '../../../src/engine/waiting/turns.ts';
import { onBehalfOf } from '../../../src/flow/asker.ts';
import { settled } from '../../support/patience.ts';
import { manualTimers } from '../../support/timers.ts';
import { ARTIFACT } from '../evaluate/support.ts';
import { batch, harness, lookup, piece, policy, policySet, source } from './support.ts';

const NEVER = new AbortController().signal;
const inNamespace = <T>(namespace: string, work: () => T): T => onBehalfOf({ namespace, caller: 'c' }, work);

describe('places and those who wait for them', () => {
  test('whoever waits loses patience after its time, and not before', async () => {
    const timers = manualTimers();
    const turns = createTurns({ slots: 1, timers });
    const release = await turns.take(NEVER, 1000);
    let given: unknown = 'waiting';
    void turns.take(NEVER, 1000).then((place) => { given = place; });
    timers.pass(999);
    await settled();
    expect(given).toBe('waiting');
    timers.pass(1);
    await settled();
    expect([given, turns.waiting()]).toEqual([undefined, 0]);
    release?.();
    expect(typeof (await turns.take(NEVER, 0))).toBe('function');
  });

  test('whoever leaves while it waits leaves no trace, and whoever has left gets none', async () => {
    const timers = manualTimers();
    const turns = createTurns({ slots: 1, timers });
    const release = await turns.take(NEVER, 1000);
    const caller = new AbortController();
    const place = turns.take(caller.signal, 1000);
    caller.abort();
    expect([await place, turns.waiting(), timers.running]).toEqual([undefined, 0, 0]);
    release?.();
    expect(await turns.take(caller.signal, 1000)).toBeUndefined();
    expect(typeof (await turns.take(NEVER, 0))).toBe('function');
  });

  test('a namespace has three quarters, the others the rest; the excess is that of the busiest namespace', async () => {
    const turns = createTurns({ slots: 4, waiting: 8, timers: manualTimers() });
    const outcomes = new Map<string, string>();
    const ask = (namespace: string, name: string): void => {
      outcomes.set(name, 'waits');
      void inNamespace(namespace, () => turns.take(NEVER, 1000)).then((place) => outcomes.set(name, place === undefined ? 'turned away' : 'has a place'));
    };
    const count = (state: string): number => [...outcomes.values()].filter((other) => other === state).length;
    for (let one = 0; one < 20; one += 1) ask('busy', `busy ${one}`);
    await settled();
    expect([count('has a place'), count('waits'), count('turned away')]).toEqual([3, 6, 11]);
    ask('other', 'other 0');
    await settled();
    expect(outcomes.get('other 0')).toBe('has a place');
    // Two more fill the queue, and each further one costs the busy namespace its latest.
    for (let one = 1; one < 5; one += 1) ask('other', `other ${one}`);
    await settled();
    expect([1, 2, 3, 4].map((one) => outcomes.get(`other ${one}`))).toEqual(['waits', 'waits', 'waits', 'waits']);
    expect([count('waits'), turns.waiting(), count('turned away')]).toEqual([8, 8, 13]);
  });
});

describe('a request and its place', () => {
  const never = new Promise<never>(() => undefined);
  const slow = { source: source(() => lookup([never])) };
  const settle = async (): Promise<void> => { for (let turn = 0; turn < 5; turn += 1) await settled(); };

  test('what is remembered takes none; what has to be asked for takes one and gives it back', async () => {
    const taken: string[] = [];
    const turns = { waiting: () => 0, take: async () => { taken.push('taken'); return () => void taken.push('given back'); } };
    const known = source(() => lookup([batch(piece('good'))], 1));
    const verifier = { known: () => undefined, verify: async () => [] };
    await harness({ turns, source: { ...known, open: () => lookup([batch()], 1) }, policies: { current: () => ({ ready: true, set: policySet() }) } }).admit();
    expect(taken, 'no policy').toEqual([]);
    await harness({ turns, source: { ...known, open: () => lookup([batch(piece('good'))], 1) }, verifier }).admit();
    expect(taken, 'a thread').toEqual(['taken', 'given back']);
    await harness({ turns, source: { ...known, open: () => lookup([batch(piece('good'))]) } }).admit({ artifacts: [ARTIFACT, { ...ARTIFACT, path: 'two' }] });
    expect(taken, 'a registry, twice').toEqual(['taken', 'given back', 'taken', 'given back']);
  });

  test('labels that are known are no reason to wait, labels that are not are one', async () => {
    const selective = policy({ namespaces: { source: 'env=prod', test: () => false } });
    let asked = 0;
    const turns = { waiting: () => 0, take: async () => { asked += 1; return undefined; } };
    const ports = { turns, unmatched: 'warn' as const, policies: { current: () => ({ ready: true as const, set: policySet(selective) }) } };
    const labels = async (): Promise<Record<string, string>> => ({});
    expect((await harness({ ...ports, namespaces: { labels, known: () => ({}) } }).admit()).findings).toMatchObject([{ code: 'SELECT_NO_POLICY' }]);
    expect(asked).toBe(0);
    const denied = await harness({ ...ports, namespaces: { labels, known: () => undefined } }).admit();
    expect([denied.outcome, denied.findings, asked]).toMatchObject(['deny', [{ code: 'SELECT_LABELS_UNKNOWN' }], 1]);
  });

  test('S4: what is kept counts for the namespace while it waits; who may keep no more is turned away', async () => {
    const lanes: string[] = [];
    const keeping: Keeping = { count: (lane) => { lanes.push(lane); return lanes.length > 1 ? undefined : () => void lanes.push('given back'); } };
    const shed: string[] = [];
    const { admit } = harness({ turns: createTurns({ slots: 4 }), onShed: ({ namespace }) => void shed.push(namespace), source: source(() => lookup([batch(piece('good'))])) });
    expect((await admit({ namespace: 'team' }, 2000, keeping)).outcome).toBe('admit');
    expect(lanes).toEqual(['team', 'given back']);
    const denied = await admit({ namespace: 'team' }, 2000, keeping);
    expect([denied.outcome, denied.verdict, denied.findings[0]?.code, shed]).toEqual(['deny', 'undetermined', 'ENGINE_OVERLOADED', ['team']]);
  });

  test.each([
    ['those who did not show that they are the API server share one lane, whatever namespace they claim', () => false, 1],
    ['where nobody can show it, the namespace counts', undefined, 0],
    ['those who did have lanes of their own', () => true, 0],
  ])('S3: %s', async (_what, isProven, turnedAway) => {
    const shed: string[] = [];
    const timers = manualTimers();
    const { admit } = harness({ ...slow, turns: createTurns({ slots: 4, waiting: 4, timers }), timers, onShed: ({ namespace }) => void shed.push(namespace), ...(isProven === undefined ? {} : { isProven }) });
    // Of one namespace three have a place and three wait; as many of seven namespaces fit.
    for (let one = 0; one < 7; one += 1) void admit({ namespace: `claimed-${one}` }, 60_000);
    await settle();
    expect(shed).toHaveLength(turnedAway);
  });

  test('turned away, each policy says so in its own mode', async () => {
    const turns = { waiting: () => 0, take: async () => undefined };
    const decision = await harness({ turns, source: source(() => lookup([batch(piece('good'))])) }).admit();
    expect([decision.outcome, decision.findings]).toMatchObject(['deny', [{ code: 'ENGINE_OVERLOADED', policy: 'p', mode: 'enforce' }]]);
    const both = { current: () => ({ ready: true as const, set: policySet(policy({ mode: 'warn' }), policy({ name: 'q', mode: 'audit' })) }) };
    const warned = await harness({ turns, policies: both, source: source(() => lookup([batch(piece('good'))])) }).admit();
    expect([warned.outcome, warned.findings]).toMatchObject(['warn', [{ code: 'ENGINE_OVERLOADED', policy: 'p', mode: 'warn' }, { code: 'ENGINE_OVERLOADED', policy: 'q', mode: 'audit' }]]);
  });
});
