import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeApi, KubeWrites } from '../../../src/cluster/api.ts';
import { pagesOf } from '../../../src/cluster/objects.ts';
import { createStandingEvents } from '../../../src/controller/reverify/events.ts';
import { createReverifier } from '../../../src/controller/reverify/index.ts';
import type { Reverifier, ReverifierParts } from '../../../src/controller/reverify/index.ts';
import { createReports } from '../../../src/controller/reverify/reports.ts';
import { createPacedWriter } from '../../../src/controller/reverify/writer.ts';
import type { PacedWriter } from '../../../src/controller/reverify/writer.ts';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { Judge } from '../../../src/controller/forecast/forecast.ts';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { reason } from '../../../src/domain/decision/reasons.ts';
import { RunningCluster } from '../../support/running-cluster.ts';
import { until } from '../../support/patience.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
let cluster: RunningCluster;
let api: KubeApi;
let writes: KubeWrites;
let writer: PacedWriter;
let running: Reverifier[];
/** What is found of an image; absent: all is well. */
let wrong: Map<string, ReasonCode>;
let judged: string[];

beforeEach(async () => {
  cluster = new RunningCluster();
  ({ api, writes } = await cluster.start());
  writer = createPacedWriter({ perSecond: 1000 });
  [running, wrong, judged] = [[], new Map(), []];
  return async () => {
    for (const one of running) one.close();
    writer.close();
    await cluster.stop();
  };
});

const judge: Judge = ({ review, pins }) => {
  const [image = ''] = (review.object as { spec: { containers: { image: string }[] } }).spec.containers.map((one) => one.image);
  judged.push(review.name);
  const code = wrong.get(image);
  const finding = { verdict: code === undefined ? 'satisfied' : reason(code).verdict, code: code ?? 'POLICY_SATISFIED', path: 'spec.containers[0].image', artifact: image, digest: pins.get(image) ?? '', policy: 'acme', requirement: 'signed', mode: 'enforce' };
  return { id: `id-${judged.length}`, outcome: code === undefined ? 'admit' : 'deny', findings: [finding] } as unknown as Decision;
};
const pod = (name: string, image: string, more: { namespace?: string; owner?: string; phase?: string } = {}): Record<string, unknown> => ({
  metadata: {
    name, namespace: more.namespace ?? 'shop', uid: `uid-${name}`,
    ...(more.owner === undefined ? {} : { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: more.owner, uid: `uid-${more.owner}`, controller: true }] }),
  },
  spec: { containers: [{ name: 'app', image }] }, status: { phase: more.phase ?? 'Running', containerStatuses: [{ name: 'app', imageID: `x/y@${DIGEST}` }] },
});
const start = (parts: Partial<ReverifierParts> = {}): Reverifier => {
  const made = createReverifier({
    population: (signal) => pagesOf(api, { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true }, { isWanted: () => true, signal, pageSize: 2 }),
    admit: judge, reports: createReports(api, writes, writer), events: createStandingEvents(writes, writer, { instance: 'i' }), clock: Date,
    pauses: { settle: 1, every: 60_000_000, refused: 60_000_000, undetermined: 60_000_000, broken: 60_000_000 }, ...parts,
  });
  running.push(made);
  return made;
};
const round = async (reverifier: Reverifier): Promise<void> => {
  await reverifier.settled();
  await writer.idle();
};
const again = async (reverifier: Reverifier): Promise<void> => {
  reverifier.changed();
  await round(reverifier);
};
type Report = { scope: { kind: string; name: string }; summary: Record<string, number>; results: { result: string; resources: { name: string }[]; properties: Record<string, string> }[] };
const reports = (): Report[] => cluster.reports() as unknown as Report[];

describe('re-verification', () => {
  test('one report for each owner, with the digest that runs; a pod without an owner is its own', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = [pod('a', 'bad:1', { owner: 'rs' }), pod('good', 'good:1'), pod('b', 'bad:1', { owner: 'rs' }), pod('alone', 'bad:1'), pod('over', 'bad:1', { phase: 'Succeeded' })];
    const reverifier = start();
    await round(reverifier);
    const told = reports().map(({ scope: { kind, name }, results }) => `${kind} ${name}: ${results.map(({ resources, properties }) => `${resources.map((one) => one.name).join()} ${properties['pods']}`).join()}`);
    expect(told.toSorted()).toEqual(['Pod alone: alone 1', 'ReplicaSet rs: a,b 2']);
    expect(reports()[0]?.results[0]?.properties).toMatchObject({ image: 'bad:1', digest: DIGEST, reasonCode: 'FETCH_NONE_FOUND' });
    expect(reverifier.stats().last).toMatchObject({ pods: 4, refused: 3, undetermined: 0, owners: 2 });
    expect(cluster.events()).toHaveLength(2);
  });

  test('what could not be found out is an error and not a failure', async () => {
    wrong.set('odd:1', 'FETCH_UNREACHABLE');
    cluster.pods = [pod('a', 'odd:1')];
    const reverifier = start();
    await round(reverifier);
    expect(reports()).toMatchObject([{ summary: { fail: 0, error: 1 }, results: [{ result: 'error' }] }]);
    expect(reverifier.stats().last).toMatchObject({ refused: 1, undetermined: 1 });
  });

  test('namespaces in which nobody is gated are not looked at', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = [pod('a', 'bad:1', { namespace: 'kube-system' }), pod('b', 'bad:1', { namespace: 'kube-systems' })];
    await round(start());
    expect(judged).toEqual(['b']);
  });

  test('the same again is not written again; something else is, with an Event; what is mended goes', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = [pod('a', 'bad:1')];
    const reverifier = start();
    await round(reverifier);
    await again(reverifier);
    expect([cluster.count('PATCH', '/apis/openreports.io'), cluster.count('PATCH', '/apis/events.k8s.io')]).toEqual([1, 1]);
    wrong.set('bad:1', 'POLICY_REVOKED');
    await again(reverifier);
    expect([cluster.count('PATCH', '/apis/openreports.io'), cluster.count('PATCH', '/apis/events.k8s.io')]).toEqual([2, 2]);
    wrong.clear();
    await again(reverifier);
    expect(reports()).toEqual([]);
    expect(cluster.count('DELETE', '/apis/openreports.io')).toBe(1);
  });

  test('a process that begins anew finds its reports by name, reads none of them (I13), and takes away what is mended', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = [pod('a', 'bad:1'), pod('b', 'bad:1')];
    const first = start();
    await round(first);
    first.close();
    // A tenant makes its report say that all is well.
    for (const [path, body] of cluster.written) cluster.written.set(path, { ...body, results: [], summary: { pass: 9 } });
    cluster.pods = [pod('a', 'bad:1'), pod('b', 'good:1')];
    await round(start({ reports: createReports(api, writes, writer) }));
    expect(reports()).toMatchObject([{ scope: { name: 'a' }, summary: { fail: 1 } }]);
    const read = cluster.asked.filter(({ method, path }) => method === 'GET' && path.includes('openreports'));
    expect([...new Set(read.map(({ path }) => path))]).toEqual(['/apis/openreports.io/v1alpha1', '/apis/openreports.io/v1alpha1/reports']);
    expect(read.at(-1)?.query.get('labelSelector')).toBe('app.kubernetes.io/managed-by=gatehouse');
  });

  test('a round that is broken off takes away no report, and is made again', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = [pod('a', 'good:1'), pod('b', 'good:1'), pod('c', 'bad:1')];
    const failures: unknown[] = [];
    const reverifier = start({ failed: (cause) => failures.push(cause), pauses: { settle: 1, broken: 20 } });
    await round(reverifier);
    expect(reports()).toHaveLength(1);
    cluster.refusals.set('GET /api/v1/pods', 500);
    reverifier.changed();
    await until(() => failures.length > 1);
    expect(reports()).toHaveLength(1);
    cluster.refusals.clear();
    wrong.clear();
    await until(() => reports().length === 0, 'it was not made again');
  });

  test('policies that change in the midst of a round are looked at in another', async () => {
    cluster.pods = Array.from({ length: 6 }, (_, index) => pod(`p${index}`, 'x:1'));
    let changing: Reverifier | undefined;
    const reverifier = start({ admit: (question) => {
      if (judged.length === 3) {
        wrong.set('x:1', 'POLICY_REVOKED');
        changing?.changed();
      }
      return judge(question);
    }, atOnce: 1 });
    changing = reverifier;
    await round(reverifier);
    expect([reverifier.stats().rounds, reverifier.stats().last?.refused]).toEqual([2, 6]);
  });

  test('a cluster without reports has Events; one in which they may not be written is tried again in the next round', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = [pod('a', 'bad:1')];
    cluster.servesReports = false;
    const reverifier = start();
    await round(reverifier);
    expect([reports().length, cluster.events().length]).toEqual([0, 1]);
    cluster.servesReports = true;
    cluster.refusals.set('PATCH /apis/openreports.io', 403);
    await again(reverifier);
    expect([reports().length, cluster.count('PATCH', '/apis/openreports.io')]).toEqual([0, 1]);
    cluster.refusals.clear();
    await again(reverifier);
    expect(reports()).toHaveLength(1);
  });

  test('Events are 60 a minute at most, and what is left out is counted', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = Array.from({ length: 100 }, (_, index) => pod(`p${index}`, 'bad:1', { namespace: `n${index % 5}` }));
    const events = createStandingEvents(writes, writer, { instance: 'i' });
    await round(start({ events }));
    expect([cluster.events().length, events.dropped, reports().length]).toEqual([60, 40, 100]);
    expect(cluster.events()[0]).toMatchObject({ reason: 'NoLongerAdmitted', type: 'Warning', regarding: { kind: 'Pod' }, note: expect.stringContaining('FETCH_NONE_FOUND') });
  });

  test('nobody has more than 20 of them, and others have room', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = [...Array.from({ length: 100 }, (_, index) => pod(`p${index}`, 'bad:1', { namespace: 'noisy' })), pod('last', 'bad:1', { namespace: 'quiet' })];
    const events = createStandingEvents(writes, writer, { instance: 'i' });
    await round(start({ events }));
    expect([cluster.events().length, events.dropped]).toEqual([21, 80]);
    expect(JSON.stringify(cluster.events())).toContain('"name":"last"');
  });

  test('a note has no more bytes than the API server takes', async () => {
    wrong.set(`registry.test/${'é'.repeat(900)}:1`, 'FETCH_NONE_FOUND');
    cluster.pods = [pod('a', `registry.test/${'é'.repeat(900)}:1`)];
    await round(start());
    const [note = ''] = cluster.events().map((one) => String((one as { note: string }).note));
    expect(note).toContain('would not be admitted now');
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
  });

  test('the same again looks the same, whoever was judged first', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = Array.from({ length: 40 }, (_, index) => pod(`p${index}`, 'bad:1', { owner: 'rs' }));
    let turn = 0;
    const reverifier = start({ admit: async (question) => {
      const decision = await judge(question);
      await new Promise((done) => setTimeout(done, (turn += 7) % 5));
      return decision;
    } });
    await round(reverifier);
    for (let again_ = 0; again_ < 3; again_ += 1) await again(reverifier);
    expect([reports().length, cluster.count('PATCH', '/apis/openreports.io')]).toEqual([1, 1]);
    expect(reports()[0]?.results[0]?.properties['pods']).toBe('40');
  });

  test('a tag that runs as two digests in one pod is one pod', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    const two = (name: string): Record<string, unknown> => ({
      ...pod(name, 'bad:1', { owner: 'rs' }), spec: { containers: [{ name: 'app', image: 'bad:1' }, { name: 'b', image: 'bad:1' }] },
      status: { phase: 'Running', containerStatuses: [{ name: 'app', imageID: `x/y@${DIGEST}` }, { name: 'b', imageID: `x/y@sha256:${'cd'.repeat(32)}` }] },
    });
    cluster.pods = ['a', 'b', 'c'].map(two);
    const reverifier = start();
    await round(reverifier);
    expect(reports()[0]?.results.map(({ properties }) => properties['pods'])).toEqual(['3', '3']);
    expect(reverifier.stats().last).toMatchObject({ pods: 3, refused: 3 });
  });

  describe('while the API server takes no writes', () => {
    const hasty = (): PacedWriter => {
      writer = createPacedWriter({ perSecond: 1000, timers: { start: (run) => { const timer = setTimeout(run, 5); return { [Symbol.dispose]: () => clearTimeout(timer) }; } } });
      return writer;
    };
    const look = async (reverifier: Reverifier): Promise<void> => {
      reverifier.changed();
      await reverifier.settled();
    };

    test.each(['503', '429', '401'])('a report that has become untrue meanwhile is not written afterwards (%s)', async (status) => {
      hasty();
      wrong.set('bad:1', 'FETCH_NONE_FOUND');
      cluster.pods = [pod('a', 'bad:1')];
      cluster.refusals.set('PATCH /apis/openreports.io', Number(status));
      const reverifier = start();
      await reverifier.settled();
      wrong.clear();
      await look(reverifier);
      cluster.refusals.clear();
      await writer.idle();
      expect(reports()).toEqual([]);
    });

    test('a report that is true again is not taken away afterwards', async () => {
      hasty();
      wrong.set('bad:1', 'FETCH_NONE_FOUND');
      cluster.pods = [pod('a', 'bad:1')];
      const reverifier = start();
      await round(reverifier);
      cluster.refusals.set('DELETE /apis/openreports.io', 503);
      wrong.clear();
      await look(reverifier);
      wrong.set('bad:1', 'FETCH_NONE_FOUND');
      await look(reverifier);
      cluster.refusals.clear();
      await writer.idle();
      expect(reports()).toHaveLength(1);
    });

    test('what changed and changed back is as it was', async () => {
      hasty();
      wrong.set('bad:1', 'FETCH_NONE_FOUND');
      cluster.pods = [pod('a', 'bad:1')];
      const reverifier = start();
      await round(reverifier);
      cluster.refusals.set('PATCH /apis/openreports.io', 500);
      wrong.set('bad:1', 'POLICY_REVOKED');
      await look(reverifier);
      wrong.set('bad:1', 'FETCH_NONE_FOUND');
      await look(reverifier);
      cluster.refusals.clear();
      await writer.idle();
      expect(reports()[0]?.results[0]?.properties['reasonCode']).toBe('FETCH_NONE_FOUND');
    });
  });

  test('a report that somebody has deleted is written again in the next round', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = [pod('a', 'bad:1'), pod('b', 'bad:1')];
    const reverifier = start();
    await round(reverifier);
    for (const path of [...cluster.written.keys()].filter((one) => one.includes('/openreports.io/')).slice(0, 1)) cluster.written.delete(path);
    await again(reverifier);
    expect([reports().length, cluster.count('PATCH', '/apis/openreports.io')]).toEqual([2, 3]);
  });

  test('closed, it writes nothing more', async () => {
    wrong.set('bad:1', 'FETCH_NONE_FOUND');
    cluster.pods = [pod('a', 'bad:1')];
    const reverifier = start({ admit: async (question) => { reverifier.close(); return judge(question); } });
    await reverifier.settled();
    await writer.idle();
    expect([...cluster.written]).toEqual([]);
  });
});

describe('paced writes', () => {
  test('are so many a second at most, of each key the newest', async () => {
    const done: string[] = [];
    const paced = createPacedWriter({ perSecond: 50 });
    const began = performance.now();
    for (let index = 0; index < 20; index += 1) paced.put(`k${index % 10}`, async () => { done.push(String(index)); return true; });
    await paced.idle();
    // The first was under way when its second came.
    expect(done.toSorted((a, b) => Number(a) - Number(b))).toEqual(['0', ...Array.from({ length: 10 }, (_, index) => String(index + 10))]);
    expect(performance.now() - began).toBeGreaterThan(190);
    paced.close();
  });

  test('one that does not come through is tried again, behind the others; a newer one takes its place', async () => {
    const done: string[] = [];
    const paced = createPacedWriter({ perSecond: 1000, timers: { start: (run) => { const timer = setTimeout(run, 1); return { [Symbol.dispose]: () => clearTimeout(timer) }; } } });
    let tries = 0;
    paced.put('a', async () => { tries += 1; if (tries < 3) throw new Error('no answer'); done.push('a'); return true; });
    paced.put('b', async () => { done.push('b'); return true; });
    await paced.idle();
    expect([done, paced.failed, paced.written]).toEqual([['b', 'a'], 2, 2]);
    paced.close();
  });
});
