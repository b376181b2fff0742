import { describe, expect, test } from 'vitest';
import { parseStatement } from '../../../../src/verify/statement/statement.ts';
import { cpuNow } from '../../../support/cpu.ts';

const SUBJECT = { name: 'reg/app', digest: { sha256: 'a'.repeat(64) } };
const GOOD = { _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://slsa.dev/provenance/v1', subject: [SUBJECT], predicate: { n: 1 } };
const parse = (value: unknown) => parseStatement(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const code = (value: unknown): string => {
  const result = parse(value);
  return result.ok ? 'ok' : result.problem.code;
};

describe('statement', () => {
  test('is parsed into the shape of the domain', () => {
    expect(parse(GOOD)).toEqual({ ok: true, value: { type: GOOD._type, predicateType: GOOD.predicateType, subjects: [SUBJECT], predicate: { n: 1 } } });
  });

  test.each([
    ['version 0.1', { ...GOOD, _type: 'https://in-toto.io/Statement/v0.1' }],
    ['a predicate that is null', { ...GOOD, predicate: null }],
    ['a subject without name', { ...GOOD, subject: [{ digest: SUBJECT.digest }] }],
    ['a subject with annotations', { ...GOOD, subject: [{ ...SUBJECT, annotations: { a: 1 } }] }],
    ['further members', { ...GOOD, more: true }],
  ])('%s is accepted', (_, value) => expect(code(value)).toBe('ok'));

  test.each([
    ['A03 no predicate type', { _type: 'https://in-toto.io/Statement/v0.1' }],
    ['A03 an empty payload', ''],
    ['A03 a list', '[]'],
    ['A03 null', 'null'],
    ['A03 a string', '"x"'],
    ['A03 a number', '42'],
    ['an empty predicate type', { ...GOOD, predicateType: '' }],
    ['a predicate type that is a list', { ...GOOD, predicateType: [GOOD.predicateType] }],
    ['an unknown statement type', { ...GOOD, _type: 'https://in-toto.io/Statement/v2' }],
    ['a statement type with a space behind', { ...GOOD, _type: 'https://in-toto.io/Statement/v1 ' }],
    ['no statement type', { ...GOOD, _type: undefined }],
    ['no subject', { ...GOOD, subject: [] }],
    ['subjects as an object', { ...GOOD, subject: SUBJECT }],
    ['a subject without digest', { ...GOOD, subject: [SUBJECT, { name: 'x' }] }],
    ['a subject with an empty digest set', { ...GOOD, subject: [{ digest: {} }] }],
    ['a digest that is a number', { ...GOOD, subject: [{ digest: { sha256: 1 } }] }],
    ['D01 two predicate types', JSON.stringify(GOOD).replace('{', '{"predicateType":"https://spdx.dev/Document",')],
    ['D01 two subjects members', JSON.stringify(GOOD).replace('{', '{"subject":[],')],
    ['A12 a digest set with the key __proto__', '{"_type":"https://in-toto.io/Statement/v1","predicateType":"p","subject":[{"digest":{"__proto__":"a"}}]}'],
  ])('%s is not a statement', (_, value) => expect(code(value)).toBe('VERIFY_STATEMENT'));

  test('G05 subjects and digests are limited', () => {
    const subjects = (count: number): unknown => ({ ...GOOD, subject: Array.from({ length: count }, () => SUBJECT) });
    const digests = (count: number): unknown => ({ ...GOOD, subject: [{ digest: Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, 'x'])) }] });
    expect(code(subjects(1024))).toBe('ok');
    expect(code(subjects(1025))).toBe('VERIFY_LIMIT');
    expect(code(digests(32))).toBe('ok');
    expect(code(digests(33))).toBe('VERIFY_LIMIT');
  });

  test('G05 a million subjects are refused without looking at each', () => {
    const bytes = Buffer.from(`{"_type":"${GOOD._type}","predicateType":"p","subject":[${'{},'.repeat(900_000)}{}]}`);
    const start = cpuNow();
    const result = parseStatement(bytes);
    expect(result).toMatchObject({ ok: false, problem: { code: 'VERIFY_LIMIT' } });
    expect(cpuNow() - start).toBeLessThan(2000);
  });
});
