import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile, errors, fakeRoot, KEYS, policy, signer, trustRoot } from './support.ts';
import { cpuNow } from '../../support/cpu.ts';

/** Documents with every field in use; the tests below put hostile values in every place of them. */
const DOCUMENTS: unknown[] = [
  signer('alice', { identities: [{ key: { data: KEYS[0], notBefore: '2026-01-01T00:00:00Z', trustRoot: 'own' } }, { keyless: { issuer: 'https://i.example', subjectGlob: 'a*', claims: { x: { glob: 'y' } }, maxCertificateLifetime: '1h' } }], mayCertify: [{ image: '**' }],
    validity: { notBefore: '2026-01-01T00:00:00Z', notAfter: '2027-01-01T00:00:00Z' }, revocations: [{ digest: `sha256:${'ab'.repeat(32)}`, reason: 'r', compromisedAt: '2026-01-01T00:00:00Z' }] }),
  JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'RevocationList', metadata: { name: 'incidents' }, spec: { revocations: [
    { key: `sha256:${'ab'.repeat(32)}`, reason: 'r' }, { certificate: { serial: '01', trustRoot: 'own' }, reason: 'r' }, { certificate: { fingerprint: `sha256:${'ab'.repeat(32)}` }, reason: 'r' },
    { identity: { issuer: 'https://i.example', subjectGlob: 'a*' }, reason: 'r' }, { logIndex: { logId: 'ab'.repeat(32), index: 1 }, reason: 'r' },
  ] } }),
  policy({ usedAs: ['container'], namespaces: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }, require: [{ name: 'x', anyOf: [{ signature: { by: ['alice'], maxAge: '1h' } }] }] }),
  trustRoot('own', { trustedRoot: fakeRoot(), require: { timestamps: 0 } }),
].map((text) => JSON.parse(text) as unknown);

type Tree = Record<string, unknown> | unknown[];

function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => places(child, [...path, Array.isArray(value) ? Number(key) : key]))];
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return by;
  const copy = structuredClone(value) as Tree;
  Object.assign(copy, { [first]: replaced((value as Record<string | number, unknown>)[first], rest, by) });
  return copy;
}

const ALL = DOCUMENTS.flatMap((document, index) => places(document).map((path) => ({ index, path })));

test('the documents themselves compile', () => {
  expect(errors(compile(...DOCUMENTS.map((document) => JSON.stringify(document))))).toEqual([]);
});

const VALUES: readonly unknown[] = [null, true, 0, -1, 1.5, 1e308, '', ' ', '\u0000', 'constructor', '__proto__', '\ud800', [], {}, [[]], [null], { a: 1 }, { toString: 1 }];

test.each(VALUES.map((value) => ({ value })))('$value in any place is judged without an exception', ({ value }) => {
  for (const { index, path } of ALL) {
    const texts = DOCUMENTS.map((document, position) => JSON.stringify(position === index ? replaced(document, path, value) : document));
    const result = compile(...texts);
    expect(result.set === undefined).toBe(errors(result).length > 0);
    for (const problem of result.problems) expect(problem.message).not.toMatch(/undefined|\[object|Invalid input|Too small|Too big/);
  }
});

test('a text of 20,000 characters in any place is quoted in part', () => {
  for (const { index, path } of ALL) {
    const texts = DOCUMENTS.map((document, position) => JSON.stringify(position === index ? replaced(document, path, 'a'.repeat(20_000)) : document));
    for (const problem of compile(...texts).problems) {
      expect(problem.message.length).toBeLessThan(700);
      expect(problem.message).not.toMatch(/Too big/);
    }
  }
});

test('any text and any JSON is judged without an exception', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json()), (text) => {
    const result = compile(text);
    expect(result.set === undefined).toBe(errors(result).length > 0);
  }), { numRuns: 500 });
});

test('removing any part of a document is judged without an exception', () => {
  for (const { index, path } of ALL) {
    if (path.length === 0) continue;
    const parent = path.slice(0, -1);
    const document = DOCUMENTS[index];
    const container = parent.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], document);
    const smaller = Array.isArray(container) ? container.filter((_, position) => position !== path.at(-1)) : Object.fromEntries(Object.entries(container as object).filter(([key]) => key !== path.at(-1)));
    const texts = DOCUMENTS.map((other, position) => JSON.stringify(position === index ? replaced(document, parent, smaller) : other));
    expect(() => compile(...texts)).not.toThrow();
  }
});

test('thousands of problems are listed up to a limit, quickly', () => {
  const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`field${index}`, 1]));
  const started = cpuNow();
  const result = compile(signer('alice', fields));
  // Twenty unknown fields of one object are told, and how many there are besides.
  expect(result.problems.length).toBe(21);
  expect(result.problems.map(({ message }) => message).join()).toContain('19980 more unknown fields');
  const patterns = compile(signer('alice', { mayCertify: Array.from({ length: 500 }, () => ({ image: 'A B' })) }));
  expect(patterns.problems.length).toBe(201);
  expect(cpuNow() - started).toBeLessThan(5000);
});
