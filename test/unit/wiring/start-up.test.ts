import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));
const IMPORT = /^(?:import|export)\s(?!type\b)[^'";]*?\bfrom\s*'(\.[^']+)'/gm;

/** Every file that is loaded with this one, before anything is asked of it: types and `import()` load nothing. */
function loadedWith(entry: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    const text = readFileSync(join(SRC, path), 'utf8');
    for (const [, specifier = ''] of text.matchAll(IMPORT)) load(relative(SRC, join(SRC, dirname(path), specifier)));
  };
  load(entry);
  return loaded;
}

const roomsOf = (entry: string): readonly string[] => [...new Set([...loadedWith(entry)].map((path) => path.split('/')[0] ?? ''))];

describe('start-up', () => {
  const heavy = ['engine', 'verify', 'examine', 'evaluate', 'fetch', 'policy', 'trust', 'feeds', 'cluster', 'net', 'pki', 'tuf'];

  test('gatehouse --help loads none of the rooms that commands work with', () => {
    expect(roomsOf('cli.ts').filter((room) => heavy.includes(room))).toEqual([]);
  });

  test('gatehouse lint loads no engine and nothing that goes out', () => {
    const rooms = roomsOf('wiring/local/policies.ts');
    expect(rooms).toContain('policy');
    expect(rooms.filter((room) => ['engine', 'verify', 'fetch', 'net', 'cluster'].includes(room))).toEqual([]);
  });

  test('the server loads them all: the test above sees what is loaded', () => {
    expect(heavy.filter((room) => !roomsOf('main.ts').includes(room))).toEqual([]);
  });

  test.each(['main.ts', 'cli.ts'])('%s has at most 40 lines: arguments and exit codes', (file) => {
    expect(readFileSync(join(SRC, file), 'utf8').split('\n').length).toBeLessThanOrEqual(41);
  });

  test('Node can read every file as it is, which tests do not show: they run what another parser made of it', () => {
    const wrong = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).flatMap((name) => {
      try {
        stripTypeScriptTypes(readFileSync(join(SRC, name), 'utf8'));
        return [];
      } catch (cause) {
        return [`${name}: ${String(cause)}`];
      }
    });
    expect(wrong).toEqual([]);
  });
});
