import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Expiry } from '../../../../src/domain/policy/expiry.ts';
import type { PolicySet } from '../../../../src/domain/policy/policy.ts';
import { openLog } from '../../../../src/platform/log.ts';
import { createMetrics } from '../../../../src/platform/metrics/metrics.ts';
import { watchTrust } from '../../../../src/platform/metrics/trust-expiry.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const SET = { generation: 'g' } as unknown as PolicySet;

afterEach(() => { vi.useRealTimers(); });

function watching(expiries: readonly Expiry[], ready = true) {
  vi.useFakeTimers({ now: START });
  const lines: Record<string, unknown>[] = [];
  const metrics = createMetrics({ version: '1', node: 'v24' });
  const watch = watchTrust({
    policies: { current: () => (ready ? { ready: true, set: SET } : { ready: false, problems: [] }) },
    expiries: () => expiries,
    ends: () => expiries.map(({ kind, name, at }) => ({ kind, name, at })),
    logger: openLog('info', { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }).logger,
    metrics, clock: Date,
  });
  return { lines, metrics, watch };
}

const expiry = (over: Partial<Expiry> = {}): Expiry => ({ kind: 'key', name: 'release', item: 'sha256:00', at: START + 10 * DAY, state: 'expiring', ...over });

describe('warnings ahead of expiry', () => {
  it('one line per item and day', async () => {
    const { lines, watch } = watching([expiry(), expiry({ item: 'sha256:01' })]);
    expect(lines.map(({ level, msg, kind, name, item, at, days }) => [level, msg, kind, name, item, at, days])).toEqual([
      ['warn', 'trust ends soon', 'key', 'release', 'sha256:00', '2026-01-11T00:00:00.000Z', 10],
      ['warn', 'trust ends soon', 'key', 'release', 'sha256:01', '2026-01-11T00:00:00.000Z', 10],
    ]);
    await vi.advanceTimersByTimeAsync(DAY - 60_000);
    expect(lines).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(lines).toHaveLength(4);
    watch.close();
    await vi.advanceTimersByTimeAsync(3 * DAY);
    expect(lines).toHaveLength(4);
  });

  it('says at once when something has ended, and nothing about what ends some day or was replaced', () => {
    const { lines, watch } = watching([expiry({ state: 'expired', at: START - 1, item: '' }), expiry({ state: 'later' }), expiry({ state: 'ended' })]);
    expect(lines.map(({ level, msg, item }) => [level, msg, item])).toEqual([['error', 'trust has ended, nothing new can be proven with it', undefined]]);
    expect(watch.note()).toBe('1 expired; gatehouse check names them');
    watch.close();
  });

  it('shows seconds, negative after the end, and forgets series that are gone', async () => {
    const list = [expiry(), expiry({ kind: 'ct-log', name: 'root', at: START - 5000 })];
    const { metrics, watch } = watching(list);
    vi.useRealTimers();
    vi.setSystemTime(START);
    const { text } = await metrics.scrape();
    expect(text).toContain('gatehouse_trust_expiry_seconds{kind="key",name="release"} 864000');
    expect(text).toContain('gatehouse_trust_expiry_seconds{kind="ct-log",name="root"} -5');
    list.pop();
    expect((await metrics.scrape()).text).not.toContain('name="root"');
    watch.close();
  });

  it('without policies there is nothing to say', async () => {
    const { lines, metrics, watch } = watching([expiry()], false);
    vi.useRealTimers();
    expect(lines).toEqual([]);
    expect(watch.note()).toBeUndefined();
    expect((await metrics.scrape()).text).not.toMatch(/^gatehouse_trust_expiry_seconds\{/m);
    watch.close();
  });
});
