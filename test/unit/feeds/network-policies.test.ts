import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeApi } from '../../../src/cluster/api.ts';
import { followNetworkPolicies } from '../../../src/feeds/network-policies.ts';
import { openFacts } from '../../../src/wiring/pipelines/facts.ts';
import type { OpenFacts } from '../../../src/wiring/pipelines/facts.ts';
import { cpuNow } from '../../support/cpu.ts';
import { until } from '../../support/patience.ts';
import { MemoryApiServer } from '../cluster/support.ts';

const ANY = new AbortController().signal;
const ALL = '/apis/networking.k8s.io/v1/networkpolicies';
const listOf = (namespace: string): string => `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
let server: MemoryApiServer;
let api: KubeApi;
let facts: OpenFacts;
let problems: string[];
let time: number;

beforeEach(async () => {
  server = new MemoryApiServer();
  api = await server.start();
  [problems, time] = [[], 1000];
});
afterEach(async () => {
  facts.close();
  await server.stop();
});

function open(follow: 'auto' | true = true): void {
  facts = openFacts(api, {
    follow, failed: (problem) => void problems.push(problem),
    following: { clock: { now: () => time }, backoffMs: { first: 5, longest: 20 } }, asking: { timeoutMs: 2000 },
  });
}

const deny = (name: string, namespace = 'ci', spec: unknown = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }): void =>
  server.put(listOf(namespace), { metadata: { name, namespace, managedFields: [{ large: 'x' }] }, spec });
const names = async (namespace = 'ci'): Promise<string[] | string> => {
  const answer = await facts.networkPolicies(namespace, ANY);
  return answer.known ? answer.value.map((one) => (one as { metadata: { name: string } }).metadata.name) : answer.cause;
};

describe('network policies that are followed', () => {
  test('each is handed on as it arrives, from the list and from the watch, and is the very one that is given later', async () => {
    deny('a');
    const arrived: unknown[] = [];
    const followed = followNetworkPolicies(api, { clock: { now: () => time }, arrived: (policy) => void arrived.push(policy) });
    open('auto');
    await until(() => server.watching === 1);
    expect(arrived).toHaveLength(1);
    deny('b');
    await until(() => arrived.length === 2);
    expect(followed.of('ci')?.every((policy) => arrived.includes(policy))).toBe(true);
    followed.close();
  });

  test('are those of the namespace, with what they select and without what nobody needs; changes are seen as they are told', async () => {
    deny('a');
    deny('b', 'other');
    open();
    await until(() => server.watching === 1);
    server.requests.length = 0;
    const answer = await facts.networkPolicies('ci', ANY);
    expect(answer).toEqual({ known: true, value: [{ metadata: { name: 'a', namespace: 'ci', uid: 'uid-a', resourceVersion: '11' }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } }] });
    deny('c');
    await until(async () => (await names()).length === 2);
    server.remove(listOf('ci'), 'a');
    deny('c', 'ci', { podSelector: {}, egress: [{}] });
    await until(async () => JSON.stringify(await facts.networkPolicies('ci', ANY)).includes('egress'));
    expect([await names(), await names('other'), await names('empty')]).toEqual([['c'], ['b'], []]);
    expect(server.requests).toEqual([]);
  });

  test('J33: are asked for where those of this moment are wanted: of two that go together none excuses the other', async () => {
    deny('a');
    open();
    await until(() => server.watching === 1);
    await until(async () => (await names()).length === 1);
    server.refusals.set(listOf('ci'), { kind: 'List', metadata: {}, items: [] });
    expect(await names()).toEqual(['a']);
    expect(await facts.networkPolicies('ci', ANY, true)).toEqual({ known: true, value: [] });
    server.refusals.set(listOf('ci'), 403);
    expect(await facts.networkPolicies('ci', ANY, true)).toMatchObject({ known: false });
    expect(await names()).toEqual(['a']);
  });

  test('that are being deleted are told as such: they isolate nobody for long', async () => {
    deny('a');
    open();
    await until(() => server.watching === 1);
    server.put(listOf('ci'), { metadata: { name: 'a', namespace: 'ci', finalizers: ['x'], deletionTimestamp: '2026-01-01T00:00:00Z' }, spec: {} });
    await until(async () => JSON.stringify(await facts.networkPolicies('ci', ANY)).includes('deletionTimestamp'));
  });

  test('of nobody are followed before somebody asks, and from then on', async () => {
    deny('a');
    open('auto');
    expect([facts.feed, server.requests]).toEqual([undefined, []]);
    // Not known yet: asked for.
    expect(await names()).toEqual(['a']);
    await until(() => server.watching === 1);
    expect(facts.feed?.name).toBe('network-policies');
    const before = server.asked(listOf('ci'));
    expect(await names()).toEqual(['a']);
    expect(server.asked(listOf('ci'))).toBe(before);
  });

  test('H17 those that were confirmed too long ago are asked for anew, and are not known when that fails too', async () => {
    deny('a');
    open();
    await until(() => server.watching === 1);
    server.refusals.set(ALL, 503);
    server.objects.set(listOf('ci'), []);
    expect(await names()).toEqual(['a']);
    time += 60_001;
    expect(await names()).toEqual([]);
    expect(facts.feed?.condition().ready).toBe(false);
    server.refusals.set(listOf('ci'), 503);
    expect(await names()).toMatch(/answers 503/);
  });

  test('R07 where all of them may not be listed those of a namespace may be, and it is told once', async () => {
    deny('a');
    server.refusals.set(ALL, 403);
    open();
    await until(() => server.asked(ALL) > 3);
    expect(await names()).toEqual(['a']);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/403/);
  });

  test('R07 a watch that is too old lists anew', async () => {
    deny('a');
    open();
    await until(() => server.watching === 1);
    server.objects.set(listOf('ci'), []);
    server.endWatches(410);
    await until(async () => (await names()).length === 0);
    expect(problems).toEqual([]);
  });

  test('10,000 in a namespace are given at once, also right after a change', async () => {
    server.objects.set(listOf('ci'), Array.from({ length: 10_000 }, (_, index) => ({ metadata: { name: `n${index}`, namespace: 'ci', uid: `u${index}`, resourceVersion: '1' }, spec: { podSelector: { matchLabels: { n: String(index) } } } })));
    open();
    await until(() => server.watching === 1);
    deny('last');
    await until(async () => (await names()).length === 10_001);
    const began = cpuNow();
    for (let times = 0; times < 100; times += 1) await facts.networkPolicies('ci', ANY);
    expect((cpuNow() - began) / 100).toBeLessThan(1);
  });
});
