import { describe, expect, test } from 'vitest';
import { readDocumentSteps } from '../../../../src/policy/read/documents.ts';
import type { PolicyText, ReadFile } from '../../../../src/policy/read/documents.ts';
import { finished } from '../../../../src/policy/steps.ts';
import { cpuNow } from '../../../support/cpu.ts';

const readDocuments = (file: PolicyText): ReadFile => finished(readDocumentSteps(file));
const read = (text: string): ReadFile => readDocuments({ path: 'p.yaml', text });

describe('reading', () => {
  test('several documents and JSON', () => {
    expect(read('a: 1\n---\nb: 2\n').documents.map((document) => document.value)).toEqual([{ a: 1 }, { b: 2 }]);
    expect(read('{"a": {"b": [1, 2]}}').documents.map((document) => document.value)).toEqual([{ a: { b: [1, 2] } }]);
  });

  test('places of values and of keys', () => {
    const [document] = read('a:\n  b:\n    - x: 1\n      y: [2, 3]\n').documents;
    expect(document?.position(['a', 'b', 0, 'y', 1])).toEqual({ file: 'p.yaml', line: 4, column: 14 });
    expect(document?.position(['a', 'b', 0, 'x'], 'key')).toMatchObject({ line: 3, column: 7 });
    expect(document?.position(['a', 'b', 0, 'missing', 7])).toMatchObject({ line: 3, column: 7 });
    expect(document?.position([])).toMatchObject({ line: 1, column: 1 });
    expect(document?.position(['a', 'b', 9])).toMatchObject({ line: 2, column: 3 });
  });

  test('aliases give the value they name', () => {
    expect(read('a: &x {b: 1}\nc: *x\n').documents[0]?.value).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });
});

describe('refusing', () => {
  test.each([
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n', 3, 1],
    ['a duplicate key in JSON', '{"a": 1,\n "a": 2}', 2, 2],
    ['a nested duplicate key', 'x:\n  a: 1\n  a: 2\n', 3, 3],
    ['a key that is a map', '? {a: 1}\n: 2\n', 1, 3],
    ['a key that is a number', '1: 2\n', 1, 1],
    ['L10 a key __proto__', 'a:\n  __proto__: 1\n', 2, 3],
    ['a syntax error', 'a: [1\n', 2, 1],
    ['a tab as indentation', 'a:\n\tb: 1\n', 2, 1],
    ['an unknown tag', 'a: !!binary aGVsbG8=\n', 1, 4],
    ['an application tag', 'a: !js/function x\n', 1, 4],
    ['an unknown anchor', 'a: *x\n', 1, 4],
    ['an anchor that contains itself', 'a: &x [1, *x]\n', 1, 11],
    ['another version of YAML', '%YAML 1.1\n---\na: yes\n', 1, 1],
  ])('%s', (_what, text, line, column) => {
    const { documents, problems } = read(text);
    expect(documents).toEqual([]);
    expect(problems[0]).toMatchObject({ severity: 'error', file: 'p.yaml', line, column });
  });

  test('an alias bomb, quickly', () => {
    const levels = Array.from({ length: 20 }, (_, level) => `l${level}: &l${level} [${level === 0 ? 'x' : Array(10).fill(`*l${level - 1}`).join(', ')}]`);
    const started = cpuNow();
    expect(read(levels.join('\n')).problems).toHaveLength(1);
    expect(cpuNow() - started).toBeLessThan(1000);
  });

  test.each([['['.repeat(50_000)], ['{a: '.repeat(5000)], [Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')]])('deep nesting, without an exception', (text) => {
    expect(read(text).problems.length).toBeGreaterThan(0);
    for (const { message } of read(text).problems) expect(message).not.toMatch(/stack|Invalid regular expression/i);
  });

  test('a map of many keys, quickly', () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `k${index}: ${index}`).join('\n');
    const started = cpuNow();
    expect(read(text).documents).toHaveLength(1);
    expect(cpuNow() - started).toBeLessThan(3000);
  });

  test('a file that could not be read is told at its path', () => {
    expect(readDocuments({ path: 'p.yaml', text: '', problem: 'no' })).toMatchObject({ documents: [], problems: [{ file: 'p.yaml', line: 1, column: 1, message: 'no' }] });
  });

  test('one bad document does not hide the others', () => {
    const { documents, problems } = read('a: 1\n---\nb: 1\nb: 2\n---\nc: 3\n');
    expect(documents.map((document) => document.value)).toEqual([{ a: 1 }, { c: 3 }]);
    expect(problems).toMatchObject([{ line: 4, path: 'b' }]);
  });

  test('words of YAML 1.1 stay texts', () => {
    expect(read('a: yes\nb: off\nc: 2026-01-01\n').documents[0]?.value).toEqual({ a: 'yes', b: 'off', c: '2026-01-01' });
  });
});
