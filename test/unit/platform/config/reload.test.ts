import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../../../src/platform/config/config.ts';
import { LIVE, RESTART, takeOver } from '../../../../src/platform/config/reload.ts';
import { configSchema } from '../../../../src/platform/config/schema.ts';
import type { ServerConfig } from '../../../../src/platform/config/schema.ts';

interface Shape { readonly properties?: Record<string, Shape>; readonly items?: Shape }

/** Every leaf of the schema by its path; lists count as one. */
function leaves(shape: Shape, prefix = ''): string[] {
  return Object.entries(shape.properties ?? {}).flatMap(([key, value]) =>
    (value.properties === undefined ? [`${prefix}${key}`] : leaves(value, `${prefix}${key}.`)));
}

const KEYS = leaves(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Shape);
const covers = (list: readonly string[], key: string): string[] => list.filter((name) => key === name || key.startsWith(`${name}.`));

function config(values: Record<string, unknown> = {}): ServerConfig {
  const loaded = loadConfig(undefined, values);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

describe('every key is live or needs a restart', () => {
  test('there are keys to look at', () => expect(KEYS.length).toBeGreaterThan(60));

  test.each(KEYS)('%s stands in exactly one list', (key) => {
    expect([...covers(LIVE, key), ...covers(RESTART, key)]).toHaveLength(1);
  });

  test('no list has a name of which there is no key', () => {
    expect([...LIVE, ...RESTART].filter((name) => !KEYS.some((key) => key === name || key.startsWith(`${name}.`)))).toEqual([]);
  });

  test('configuration.md says of exactly the live keys that they change while it runs', () => {
    const page = readFileSync(new URL('../../../../docs/reference/configuration.md', import.meta.url), 'utf8');
    const row = /^\| this file: (.*?) \|/m.exec(page)?.[1] ?? '';
    expect([...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name).toSorted()).toEqual([...LIVE].toSorted());
  });
});

describe('taking over', () => {
  test('live keys come, all others stay and are told as far down as they can be named', () => {
    const before = config({ limits: { connections: 100 }, tls: { cert: '/a', key: '/b' } });
    const next = config({ unmatched: 'warn', port: 1, limits: { connections: 200, evidenceBytes: '1MiB' }, tls: { cert: '/a', key: '/c' } });
    const taken = takeOver(before, next);
    expect(taken.changed).toEqual(['unmatched', 'limits.evidenceBytes']);
    expect(taken.pending).toEqual(['port', 'tls.key', 'limits.connections']);
    expect(taken.config).toEqual({ ...before, unmatched: 'warn', limits: { ...before.limits, evidenceBytes: 1024 * 1024 } });
  });

  test('what has not changed is nothing; the one before is not touched', () => {
    const before = config();
    expect(takeOver(before, config())).toMatchObject({ changed: [], pending: [] });
    takeOver(before, config({ unmatched: 'allow', drain: '1s' }));
    expect(before).toEqual(config());
  });

  test('a key that is there no more is gone', () => {
    const before = config({ dockerConfig: '/c', decisions: { events: { stdout: true } } });
    expect(takeOver(before, config())).toMatchObject({ changed: ['dockerConfig', 'decisions.events'], config: config() });
    expect(Object.hasOwn(takeOver(before, config()).config, 'dockerConfig')).toBe(false);
  });

  test('a section that comes or goes as a whole is told by its own name', () => {
    expect(takeOver(config(), config({ tls: { cert: '/a', key: '/b' } })).pending).toEqual(['tls']);
  });

  test('a live key that means nothing without one that needs a restart is refused, and both are named', () => {
    const next = config({ decisions: { enabled: true, url: 'https://gatehouse.acme.example/decisions' } });
    expect(() => takeOver(config(), next)).toThrow(/^decisions\.url: goes together with decisions\.enabled, which needs a restart/);
  });
});
