/** What replicas tell is summed up; one that lies, answers rubbish or is reached twice breaks no status and lets no name through. */
import { describe, expect, test } from 'vitest';
import { createPull } from '../../../src/controller/activity/pull.ts';
import type { ReplicaAddress } from '../../../src/controller/activity/replicas.ts';
import { readReport } from '../../../src/controller/activity/report.ts';
import { sumUp } from '../../../src/controller/activity/sum.ts';
import { reliedOn } from '../../../src/controller/status/relied.ts';
import { statusOf } from '../../../src/controller/status/status.ts';
import type { JudgedDocument } from '../../../src/controller/documents/documents.ts';
import type { ActivityReport, Denial } from '../../../src/platform/decisions/activity.ts';
import { until } from '../../support/patience.ts';

const NOW = Date.UTC(2026, 10, 30, 9);
const KEY = 'ClusterArtifactPolicy acme';
const counts = (change: object = {}): object => ({ policy: 'acme', ofRequest: false, matched: 3, admitted: 1, denied: 2, undetermined: 0, last: NOW, lastDenied: NOW, reasons: { FETCH_NONE_FOUND: 2 }, ...change });
const told = (change: object = {}): object => ({ replica: 'a', since: NOW - 1000, forgotten: 0, policies: [counts()], denials: [], ...change });
const read = (value: unknown): ActivityReport => readReport(Buffer.from(JSON.stringify(value)));
const document: JudgedDocument = { key: KEY, kind: 'ClusterArtifactPolicy', namespace: '', name: 'acme', generation: 1, resourceVersion: '1', state: 'good', problems: [], warnings: [] };
const shown = (...reports: ActivityReport[]): Record<string, unknown> => {
  const sums = sumUp(reports);
  const status = statusOf(document, undefined, { relied: reliedOn(undefined, new Map(), NOW), activity: (key) => sums.get(key), parts: [], now: NOW });
  return status['activity'] as Record<string, unknown>;
};

describe('a report of a replica', () => {
  test('that is in order is taken as it is', () => {
    expect(shown(read(told()))).toEqual({
      matched: 3, admitted: 1, denied: 2, undetermined: 0, since: '2026-11-30T08:59:59Z', last: '2026-11-30T09:00:00Z', lastDenial: '2026-11-30T09:00:00Z',
      reasons: [{ code: 'FETCH_NONE_FOUND', count: 2 }],
    });
  });

  test.each<[string, unknown]>([
    ['no JSON', 'x'], ['a list', []], ['no name', { since: NOW }], ['no time since which it counts', told({ since: undefined })],
    ['a time that nobody can write', told({ since: Number.MAX_SAFE_INTEGER })], ['a name without end', told({ replica: 'x'.repeat(5000) })],
  ])('that has %s is none', (_, value) => {
    expect(() => read(value)).toThrow('no report of activity');
  });

  test.each([Number.MAX_SAFE_INTEGER, Date.UTC(10_000, 0, 1), -1, 1.5, 'soon', null])('a moment %s that cannot be written is left out', (at) => {
    const activity = shown(read(told({ policies: [counts({ last: at, lastDenied: at })] })));
    expect([activity['last'], activity['lastDenial'], activity['matched']]).toEqual([undefined, undefined, 3]);
  });

  test.each(['team-secret', 'ghcr.io/acme/secret-name', 'FETCH NONE', 'X'.repeat(4000), ''])('what is no reason code is no reason: %s', (code) => {
    const activity = shown(read(told({ policies: [counts({ reasons: { [code]: 7, FETCH_NONE_FOUND: 2 } })] })));
    expect(activity['reasons']).toEqual([{ code: 'FETCH_NONE_FOUND', count: 2 }]);
  });

  test('denials without a place, without codes or in great number tell nothing that breaks what follows', () => {
    const denial = { number: 1, at: NOW, id: 'x', group: '', kind: 'Pod', namespace: 'shop', name: 'web', reasons: [{ policy: 'acme', ofRequest: false, code: 'FETCH_NONE_FOUND' }] };
    const denials = (...all: object[]): readonly Denial[] => read(told({ denials: all })).denials;
    expect(denials(denial)).toHaveLength(1);
    expect(denials({ ...denial, namespace: '../kube-system' }, { ...denial, namespace: 'Shop' })).toEqual([]);
    expect(denials({ ...denial, reasons: [{ policy: 'acme', code: 'team-secret' }] })[0]?.reasons).toEqual([]);
    expect(denials({ ...denial, name: 'x'.repeat(100_000) })[0]?.name.length).toBeLessThan(400);
    expect(denials(...Array.from({ length: 5000 }, (_, number) => ({ ...denial, number }))).at(-1)?.number).toBe(4999);
    expect(denials(...Array.from({ length: 5000 }, () => denial)).length).toBeLessThanOrEqual(512);
  });
});

describe('replicas', () => {
  const A = { host: '10.0.0.1', port: 8443 };
  const A6 = { host: 'fd00::1', port: 8443 };
  const B = { host: '10.0.0.2', port: 8443 };

  async function pulled(answers: ReadonlyMap<ReplicaAddress, () => object>): Promise<{ readonly matched: number | undefined; readonly denials: readonly Denial[] }> {
    const stop = new AbortController();
    const denials: Denial[] = [];
    let looks = 0;
    const pull = createPull({
      replicas: () => [...answers.keys()], everyMs: 1, failed: () => undefined, denied: (all) => void denials.push(...all),
      ask: (replica) => Promise.resolve().then(() => read(answers.get(replica)?.())),
    });
    pull.changed(() => { looks += 1; });
    const running = pull.run(stop.signal);
    await until(() => looks >= 3);
    stop.abort();
    await running;
    return { matched: pull.of(KEY)?.matched, denials };
  }
  const denial = { number: 1, at: NOW, id: 'x', group: '', kind: 'Pod', namespace: 'shop', name: 'web', reasons: [] };

  test('one that is reached at an address of each family counts once, and two count twice', async () => {
    const one = (): object => told({ denials: [denial] });
    expect(await pulled(new Map([[A, one], [A6, one]]))).toMatchObject({ matched: 3, denials: { length: 1 } });
    expect(await pulled(new Map([[A, one], [B, () => told({ replica: 'b', denials: [denial] })]]))).toMatchObject({ matched: 6, denials: { length: 2 } });
  });

  test('of two addresses of one the last word counts, and one that answers rubbish takes nothing from the other', async () => {
    let asked = 0;
    const failing = (): object => {
      asked += 1;
      if (asked > 1) throw new Error('gone');
      return told();
    };
    expect(await pulled(new Map([[A, failing], [A6, () => told({ policies: [counts({ matched: 9 })] })]]))).toMatchObject({ matched: 9 });
    expect(await pulled(new Map([[A, () => told()], [B, () => ({ replica: 'b', since: 'x' })]]))).toMatchObject({ matched: 3 });
  });

  test('one that begins anew at the same address counts from the beginning', async () => {
    let asked = 0;
    expect(await pulled(new Map([[A, () => told({ replica: `start-${asked += 1}`, policies: [counts({ matched: 1 })] })]]))).toMatchObject({ matched: 1 });
  });
});
