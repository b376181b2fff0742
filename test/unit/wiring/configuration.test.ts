import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/platform/config/config.ts';
import type { ServerConfig } from '../../../src/platform/config/config.ts';
import { createMetrics } from '../../../src/platform/metrics/metrics.ts';
import { configurationKnown, createConfiguration } from '../../../src/wiring/live/configuration.ts';
import { withLifetime } from '../../../src/wiring/lifetime.ts';
import type { Lifetime } from '../../../src/wiring/lifetime.ts';
import { renewed } from '../../../src/wiring/live/renewed.ts';

function config(values: Record<string, unknown> = {}): ServerConfig {
  const loaded = loadConfig(undefined, values);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

function opened(start: Record<string, unknown> = {}) {
  const told: unknown[] = [];
  const tell = (line: unknown, msg: string): void => void told.push([msg, line]);
  const logger = { warn: tell, error: tell, isLevelEnabled: () => true };
  return { told, configuration: createConfiguration(config(start), { logger, metrics: createMetrics({ version: '0', node: '0' }) } as never) };
}

describe('a change of the configuration', () => {
  test('is prepared by all before any of them takes it, in their order', async () => {
    const { configuration } = opened();
    const steps: string[] = [];
    for (const name of ['a', 'b']) {
      configuration.takesPart(async (next, before) => {
        steps.push(`${name} prepares ${before.unmatched} → ${next.unmatched}`);
        return { commit: () => void steps.push(`${name} takes ${configuration.current().unmatched}`) };
      });
    }
    await configuration.change(config({ unmatched: 'warn' }));
    expect(steps).toEqual(['a prepares deny → warn', 'b prepares deny → warn', 'a takes warn', 'b takes warn']);
  });

  test('that somebody cannot prepare is none: what others have prepared is undone', async () => {
    const { configuration, told } = opened();
    const steps: string[] = [];
    configuration.takesPart(() => ({ commit: () => void steps.push('took'), abandon: () => void steps.push('undone') }));
    configuration.takesPart(() => Promise.reject(new Error('no such file')));
    await expect(configuration.change(config({ unmatched: 'warn', port: 1 }))).rejects.toThrow('no such file');
    expect([steps, configuration.current().unmatched, configuration.pending(), told]).toEqual([['undone'], 'deny', [], []]);
  });

  test('without a difference asks nobody and tells nothing', async () => {
    const { configuration, told } = opened();
    configuration.takesPart(() => { throw new Error('asked'); });
    await configuration.change(config());
    expect(told).toEqual([]);
  });

  test('keys that need a restart are told once, until others do', async () => {
    const { configuration, told } = opened();
    for (const values of [{ port: 1 }, { port: 1 }, { port: 2 }, { port: 1, budget: '5s' }, {}]) await configuration.change(config(values));
    expect(told.map((line) => (line as [string, { keys: string[] }])[1].keys)).toEqual([['port'], ['port', 'budget']]);
    expect(configuration.pending()).toEqual([]);
  });

  test('a broken file is told before keys that wait, and neither makes the server unready', async () => {
    const { configuration } = opened();
    expect(configurationKnown(configuration, undefined)).toEqual({ name: 'configuration', ok: true });
    await configuration.change(config({ port: 1 }));
    const feed = (problem?: string) => ({ condition: () => ({ ready: true, generation: 1, refused: 0, ...(problem === undefined ? {} : { problem }) }) });
    expect(configurationKnown(configuration, feed())).toMatchObject({ ok: true, reason: expect.stringContaining('port') as string });
    expect(configurationKnown(configuration, feed('a secret path'))).toEqual({ name: 'configuration', ok: true, reason: expect.stringMatching(/broken, and the one before stays in force/) as string });
  });
});

describe('what is made of the configuration', () => {
  interface Made { readonly of: string; forgot: number; closed: number; forget(): void; close(): void }

  async function making(work: (scene: { configuration: ReturnType<typeof opened>['configuration']; made: Made[]; current: () => Made; lifetime: Lifetime }) => Promise<void>): Promise<Made[]> {
    const { configuration } = opened();
    const made: Made[] = [];
    await withLifetime(async (lifetime) => {
      const current = await renewed(configuration, ({ dockerConfig }) => dockerConfig, ({ dockerConfig = 'none' }) => {
        if (dockerConfig === '/broken') throw new Error('broken');
        const one: Made = { of: dockerConfig, forgot: 0, closed: 0, forget() { one.forgot += 1; }, close() { one.closed += 1; } };
        made.push(one);
        return one;
      }, lifetime);
      await work({ configuration, made, current, lifetime });
      await lifetime.disposeAsync();
    });
    return made;
  }
  const change = (values: Record<string, unknown>): ServerConfig => config(values);

  test('is made anew when that has changed, and not otherwise; the one before goes on until the end', async () => {
    const made = await making(async ({ configuration, current, made: all }) => {
      await configuration.change(change({ unmatched: 'warn' }));
      expect([current().of, all.length]).toEqual(['none', 1]);
      await configuration.change(change({ dockerConfig: '/a' }));
      expect([current().of, all[0]?.forgot, all[0]?.closed]).toEqual(['/a', 1, 0]);
    });
    expect(made.map(({ closed, forgot }) => [closed, forgot])).toEqual([[1, 1], [1, 0]]);
  });

  test('refuses the change when it cannot be made, and what was made for a change that is refused is closed', async () => {
    const made = await making(async ({ configuration, current }) => {
      await expect(configuration.change(change({ dockerConfig: '/broken' }))).rejects.toThrow('broken');
      configuration.takesPart(() => Promise.reject(new Error('somebody else')));
      await expect(configuration.change(change({ dockerConfig: '/a' }))).rejects.toThrow('somebody else');
      expect(current().of).toBe('none');
    });
    expect(made.map(({ of, closed }) => [of, closed])).toEqual([['none', 1], ['/a', 1]]);
  });

  test('is bounded, however often it changes', async () => {
    await making(async ({ configuration, made }) => {
      for (let index = 0; index < 50; index += 1) await configuration.change(change({ dockerConfig: `/${index}` }));
      expect(made.filter(({ closed }) => closed === 0)).toHaveLength(17);
      expect(made.slice(-17).every(({ closed }) => closed === 0)).toBe(true);
    });
  });
});
