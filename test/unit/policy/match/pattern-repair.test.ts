import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesImage, parseImagePattern } from '../../../../src/policy/match/image-pattern.ts';

const problemOf = (source: string): string => {
  const read = parseImagePattern(source);
  return read.ok ? '' : read.problem;
};
/** Patterns that a problem tells its reader to write. */
const offered = (problem: string): readonly string[] => [...problem.slice(problem.lastIndexOf('; write ') + 1).matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([text]) => JSON.parse(text) as string);
const matches = (source: string, name: string): boolean => {
  const read = parseImagePattern(source);
  return read.ok && matchesImage(read.value, name);
};

const segment = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const host = fc.constantFrom('ghcr.io', 'r.example.com:5000', 'localhost:5000');
const name = fc.tuple(host, fc.array(segment, { minLength: 1, maxLength: 3 })).map(([one, path]) => `${one}/${path.join('/')}`);

/** What people do to a good pattern. */
const MISTAKES: Readonly<Record<string, (name: string) => string>> = {
  'a tag': (text) => `${text}:v1.2`,
  'a wildcard tag': (text) => `${text}:*`,
  'a digest': (text) => `${text}@sha256:${'0'.repeat(64)}`,
  'tag and digest': (text) => `${text}:v1@sha256:00`,
  'a scheme': (text) => `https://${text}`,
  'docker:// and a tag': (text) => `docker://${text}:v1`,
  'a slash too many': (text) => text.replace('/', '//'),
  'a slash at the end': (text) => `${text}/`,
  'capital letters': (text) => text.replace(/\/./, (letter) => letter.toUpperCase()),
  'braces': (text) => text.replace(/[^/]*$/, (last) => `{${last},other}`),
  'braces and a tag': (text) => `${text.replace(/[^/]*$/, (last) => `{${last},other}`)}:latest`,
  'a star too many inside a segment': (text) => text.replace(/[^/]*$/, '**x').replace(/\*\*x$/, `**${/[^/]*$/.exec(text)?.[0] ?? ''}`),
};

describe('row 23: what a problem tells to write is a pattern, and the one that was meant', () => {
  test.each(Object.keys(MISTAKES))('row 23: %s', (mistake) => {
    fc.assert(fc.property(name, (meant) => {
      const wrong = MISTAKES[mistake]?.(meant) ?? '';
      const problem = problemOf(wrong);
      expect(problem, wrong).not.toBe('');
      const patterns = offered(problem);
      expect(patterns.length, problem).toBeGreaterThan(0);
      for (const pattern of patterns) expect(problemOf(pattern), `${wrong}: ${problem}`).toBe('');
      expect(patterns.some((pattern) => matches(pattern, meant)), `${wrong}: ${problem}`).toBe(true);
    }), { numRuns: 100 });
  });

  test('row 23: whatever is written, no problem offers what is refused', () => {
    const text = fc.stringMatching(/^[a-zA-Z0-9.*{},:@/_ -]{0,24}$/);
    fc.assert(fc.property(text, (wrong) => {
      const problem = problemOf(wrong);
      if (problem.includes('; write ')) for (const pattern of offered(problem)) expect(problemOf(pattern), `${wrong}: ${problem}`).toBe('');
    }), { numRuns: 5000 });
  });
});
