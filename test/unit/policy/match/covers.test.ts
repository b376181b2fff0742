import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ArtifactKind } from '../../../../src/domain/artifact/artifact.ts';
import { parseArtifactPattern } from '../../../../src/policy/match/artifact-pattern.ts';
import type { ArtifactPattern } from '../../../../src/policy/match/artifact-pattern.ts';
import { coversPattern } from '../../../../src/policy/match/covers.ts';
import { cpuNow } from '../../../support/cpu.ts';

function pattern(source: string, kind: ArtifactKind = 'image'): ArtifactPattern {
  const read = parseArtifactPattern(kind, source);
  if (!read.ok) throw new Error(`${source}: ${read.problem}`);
  return read.value;
}

describe('S2: whether a pattern covers another one', () => {
  test.each([
    ['ghcr.io/acme/**', 'ghcr.io/acme/**'], ['ghcr.io/acme/**', 'ghcr.io/acme/app'], ['ghcr.io/acme/**', 'ghcr.io/acme/team/**'], ['ghcr.io/acme/**', 'ghcr.io/acme/*'],
    ['ghcr.io/**', 'ghcr.io/acme/**'], ['**', 'ghcr.io/acme/**'], ['*.example/**', 'r.example/app'], ['ghcr.io/acme/app-*', 'ghcr.io/acme/app-1'],
    ['ghcr.io/**/app', 'ghcr.io/a/b/app'], ['ghcr.io/**/**', 'ghcr.io/a/**'], ['docker.io/library/*', 'nginx'], ['ghcr.io:443/acme/**', 'ghcr.io/acme/app'],
  ])('%s covers %s', (wide, narrow) => expect(coversPattern(pattern(wide), pattern(narrow))).toBe(true));

  test.each([
    ['ghcr.io/acme/*', 'ghcr.io/acme/**'], ['ghcr.io/acme/app', 'ghcr.io/acme/*'], ['ghcr.io/acme/**', '**'], ['ghcr.io/acme/**', 'ghcr.io/acme'], ['ghcr.io/acme/**', 'ghcr.io/acme-evil/app'],
    ['ghcr.io/acme/**', 'ghcr.io:5000/acme/app'], ['r.example/**', '*.example/**'], ['*.example/**', 'a.b.example/app'], ['ghcr.io/**/**', 'ghcr.io/a'], ['ghcr.io/a*/x', 'ghcr.io/*a/x'],
  ])('%s does not cover %s', (wide, narrow) => expect(coversPattern(pattern(wide), pattern(narrow))).toBe(false));

  test('kinds are told apart, and texts are covered by what matches them', () => {
    expect(coversPattern(pattern('**'), pattern('**', 'blob'))).toBe(false);
    expect(coversPattern(pattern('**', 'blob'), pattern('a/**', 'blob'))).toBe(true);
    expect(coversPattern(pattern('https://github.com/acme/*', 'git'), pattern('git+https://github.com/acme/app', 'git'))).toBe(true);
    expect(coversPattern(pattern('https://github.com/acme/*', 'git'), pattern('https://github.com/acme/**', 'git'))).toBe(false);
  });

  test('is never said of a pattern that matches more', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '*b', '**');
    const host = fc.constantFrom('r.example', '*.example', 's.example', 'r.example:5000');
    const source = fc.tuple(host, fc.array(segment, { minLength: 1, maxLength: 4 })).map(([at, path]) => `${at}/${path.join('/')}`);
    const name = fc.tuple(fc.constantFrom('r.example', 's.example', 'r.example:5000'), fc.array(fc.constantFrom('a', 'b', 'ab', 'aab'), { minLength: 1, maxLength: 5 })).map(([at, path]) => `${at}/${path.join('/')}`);
    fc.assert(fc.property(source, source, fc.array(name, { minLength: 1, maxLength: 20 }), (one, other, names) => {
      const [wide, narrow] = [pattern(one), pattern(other)];
      if (!coversPattern(wide, narrow)) return;
      for (const text of names) if (narrow.test({ kind: 'image', name: text })) expect(wide.test({ kind: 'image', name: text })).toBe(true);
    }), { numRuns: 5000 });
  });

  test('costs little, however many wildcards there are', () => {
    const [wide, narrow] = [pattern(`r.example/${Array(80).fill('**/a').join('/')}`), pattern(`r.example/${Array(120).fill('**').join('/')}`)];
    const before = cpuNow();
    expect(coversPattern(wide, narrow)).toBe(false);
    expect(cpuNow() - before).toBeLessThan(200);
  });
});
