import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { newDecisionId } from '../../../src/platform/decisions/id.ts';
import { createDecisionRing } from '../../../src/platform/decisions/ring.ts';
import { openLog } from '../../../src/platform/log.ts';
import { createMetrics } from '../../../src/platform/metrics/metrics.ts';
import { createRecorder } from '../../../src/platform/decisions/recorder.ts';

export function decision(over: Partial<Decision> = {}, request: Partial<Decision['request']> = {}): Decision {
  return {
    id: newDecisionId(1_750_000_000_000), at: 1_750_000_000_000, durationMs: 3, outcome: 'deny', verdict: 'violated', notes: [], policyGeneration: 'g1',
    artifacts: [{ kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: 'ghcr.io/a/b', name: 'ghcr.io/a/b' }],
    findings: [{ verdict: 'violated', code: 'FETCH_NONE_FOUND', path: 'spec.containers[0].image', artifact: 'ghcr.io/a/b', policy: 'p', requirement: 'r', mode: 'enforce' }],
    request: { surface: 'webhook', proof: 'certificate', uid: 'u', operation: 'CREATE', group: '', kind: 'Pod', namespace: 'ns', name: 'web', user: 'alice', dryRun: false, ...request },
    ...over,
  };
}

const REVIEW = { object: { secret: 'hunter2' } } as unknown as ReviewRequest;

function lines() {
  const written: string[] = [];
  const stream = new Writable({ write: (chunk, _encoding, done) => { written.push(String(chunk)); done(); } });
  return { written, log: openLog('info', stream) };
}

describe('decision ids', () => {
  it('are ULIDs: 26 characters, sorted by time, never twice', () => {
    const ids = Array.from({ length: 5000 }, (_, index) => newDecisionId(1_750_000_000_000 + index));
    expect(ids.every((id) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(5000);
    expect([...ids].sort()).toEqual(ids);
    expect(newDecisionId(1_469_918_176_385).slice(0, 10)).toBe('01ARYZ6S41');
    const together = Array.from({ length: 5000 }, () => newDecisionId(1_750_000_000_000));
    expect(new Set(together).size).toBe(5000);
    expect(new Set(together.map((id) => id.slice(0, 10)))).toEqual(new Set([ids[0]?.slice(0, 10)]));
  });
});

describe('decision ring', () => {
  it('keeps the latest, newest first, and forgets the oldest', () => {
    const ring = createDecisionRing(3);
    const all = [1, 2, 3, 4, 5].map((n) => decision({ id: `id${n}` }));
    for (const one of all) ring.add(one);
    expect(ring.latest(10).map((one) => one.id)).toEqual(['id5', 'id4', 'id3']);
    expect(ring.latest(1)).toHaveLength(1);
    expect(ring.find('id1')).toBeUndefined();
    expect(ring.find('id4')?.id).toBe('id4');
  });
  it('admissions push out no denial, and denials no admission; both stand in the order in which they came', () => {
    const ring = createDecisionRing(2);
    const came = ['deny 1', 'admit 2', 'admit 3', 'warn 4', 'deny 5', 'admit 6'];
    came.forEach((id, index) => ring.add(decision({ id, outcome: id.split(' ')[0] as 'deny', at: 1000 * index })));
    expect(ring.latest(10).map(({ id }) => id)).toEqual(['admit 6', 'deny 5', 'warn 4', 'admit 3']);
    expect([ring.find('deny 1'), ring.find('admit 2'), ring.find('warn 4')?.id, ring.size]).toEqual([undefined, undefined, 'warn 4', 4]);
  });
  it.each([
    ['the thousandth admission of a second is kept', 'admit', 1000, 0, '1000'],
    ['further ones are not', 'admit', 1001, 0, '1000'],
    ['those of the next second are', 'admit', 1001, 1, '1001'],
    ['other decisions are, however many', 'deny', 1001, 0, '1001'],
  ] as const)('%s', (_name, outcome, count, secondsLater, newest) => {
    const ring = createDecisionRing(2);
    for (let index = 1; index < count; index += 1) ring.add(decision({ id: `${index}`, outcome, at: 5000 }));
    ring.add(decision({ id: `${count}`, outcome, at: 5999 + 1000 * secondsLater }));
    expect(ring.latest(1).map(({ id }) => id)).toEqual([newest]);
  });
  it('keeps nothing with capacity 0', () => {
    const ring = createDecisionRing(0);
    ring.add(decision());
    expect(ring.size).toBe(0);
  });
  it('of a question about thousands of artifacts keeps those that did not hold, and says how many there were; also when its audits are there', () => {
    const artifacts = Array.from({ length: 5000 }, (_, index) => ({ kind: 'blob', usage: 'dependency', path: `artifacts[${index}]`, raw: 'b', name: 'b' }) as const);
    const failed = { verdict: 'violated', code: 'FETCH_NONE_FOUND', path: 'artifacts[4000]', artifact: 'b', policy: 'p', mode: 'enforce' } as const;
    const held = artifacts.map(({ path }) => ({ ...failed, verdict: 'satisfied', code: 'POLICY_SATISFIED', path }) as const);
    const ring = createDecisionRing(10);
    const large = decision({ id: 'large', artifacts, findings: [failed, ...held] });
    ring.add(large);
    for (const kept of [ring.find('large'), (ring.replace(large), ring.find('large'))]) {
      expect(kept?.artifacts.length).toBe(200);
      expect(kept?.artifacts[0]?.path).toBe('artifacts[4000]');
      expect(kept?.findings[0]).toEqual(failed);
      expect(kept?.findings.length).toBeLessThanOrEqual(400);
      expect(kept?.notes).toEqual(['kept are 200 of 5000 artifacts; of all of them 1 did not hold']);
    }
    const small = decision({ id: 'small', artifacts: artifacts.slice(0, 200), findings: held.slice(0, 200) });
    ring.add(small);
    expect(ring.find('small')).toBe(small);
  });

  it('L10 finds nothing under __proto__', () => {
    expect(createDecisionRing(3).find('__proto__')).toBeUndefined();
  });
});

describe('recorder', () => {
  const recorded = async (dryRun: boolean) => {
    const { written, log } = lines();
    const ring = createDecisionRing(5);
    const metrics = createMetrics({ version: '1', node: 'v24' });
    createRecorder({ ring, log, metrics }).record(decision({}, { dryRun }), REVIEW);
    return { written, ring, text: (await metrics.scrape()).text };
  };

  it('writes one JSON line, counts, and keeps the decision', async () => {
    const { written, ring, text } = await recorded(false);
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ level: 'warn', outcome: 'deny', verdict: 'violated', codes: ['FETCH_NONE_FOUND'], policies: ['p'], artifacts: ['ghcr.io/a/b@unresolved'], namespace: 'ns', kind: 'Pod', name: 'web', user: 'alice', dryRun: false, durationMs: 3 });
    expect(ring.size).toBe(1);
    expect(text).toContain('gatehouse_admission_decisions_total{surface="webhook",decision="deny",verdict="violated",kind="Pod"} 1');
    expect(text).toContain('gatehouse_findings_total{policy="p",requirement="r",code="FETCH_NONE_FOUND"} 1');
    expect(text).toContain('gatehouse_admission_duration_seconds_count{surface="webhook"} 1');
  });

  it('H13 logs a dry run but does not keep it', async () => {
    const { written, ring } = await recorded(true);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ dryRun: true });
    expect(ring.size).toBe(0);
  });

  it('L06 puts nothing of the object into log or metrics', async () => {
    const { written, text } = await recorded(false);
    expect(written.join() + text).not.toContain('hunter2');
    expect(text).not.toContain('ghcr.io');
  });

  it('counts durations as Prometheus does: every bucket holds all that is below it', async () => {
    const metrics = createMetrics({ version: '1', node: 'v24' });
    for (const durationMs of [0, 1, 2, 30_000, 30_001]) metrics.decided({ ...decision({}, {}), durationMs });
    const { text } = await metrics.scrape();
    const lines = text.split('\n').filter((line) => line.startsWith('gatehouse_admission_duration_seconds'));
    expect(lines).toContain('gatehouse_admission_duration_seconds_bucket{le="0.001",surface="webhook"} 2');
    expect(lines).toContain('gatehouse_admission_duration_seconds_bucket{le="0.0025",surface="webhook"} 3');
    expect(lines).toContain('gatehouse_admission_duration_seconds_bucket{le="30",surface="webhook"} 4');
    expect(lines).toContain('gatehouse_admission_duration_seconds_bucket{le="+Inf",surface="webhook"} 5');
    expect(lines).toContain('gatehouse_admission_duration_seconds_count{surface="webhook"} 5');
    expect(text).toContain('# TYPE gatehouse_admission_duration_seconds histogram');
  });

  it('bounds the kinds told apart, because callers choose them', async () => {
    const metrics = createMetrics({ version: '1', node: 'v24' });
    for (let i = 0; i < 500; i += 1) metrics.decided(decision({}, { kind: `Kind${i}` }));
    for (const kind of ['"} evil', '__proto__', 'pod', 'Rollout']) metrics.decided(decision({}, { kind }));
    // Junk that came first does not make a kind that is known into `other`.
    for (const kind of ['Pod', 'Deployment', 'Deployment', 'TaskRun', 'ImageReview']) metrics.decided(decision({}, { kind }));
    const { text } = await metrics.scrape();
    const counted = text.split('\n').flatMap((line) => /^gatehouse_admission_decisions_total\{.*kind="(\w+)"\} (\d+)$/.exec(line)?.slice(1).join(' ') ?? []);
    expect(counted.toSorted()).toEqual(['Deployment 2', 'ImageReview 1', 'Pod 1', 'TaskRun 1', 'other 504']);
  });
});
