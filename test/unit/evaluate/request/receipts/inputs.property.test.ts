// Whatever parameters hold: reading them never throws, no spelling of a hint hides an artifact, and no receipt of elsewhere is taken.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { taskInputs } from '../../../../../src/evaluate/request/receipts/inputs.ts';
import { namedValues } from '../../../../../src/evaluate/request/receipts/values.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const hint = fc.constantFrom('DIGEST', 'URL', 'URI', 'RECEIPT', 'ARTIFACT_INPUTS', 'CHAINS-GIT_URL', 'CHAINS-GIT_COMMIT', 'IMAGES', 'SOURCE_ARTIFACT', '');
const name = fc.tuple(fc.string({ maxLength: 6 }), fc.constantFrom('_', '-', ''), hint).map((parts) => parts.join(''));
const text = fc.oneof(fc.string(), fc.constantFrom(DIGEST, `oci:x@${DIGEST}`, 'oci:', `oci:${'='.repeat(50)}`, '{"uri":"x"}', 'c'.repeat(40), '@', '\n,'));
const value = fc.oneof(text, fc.array(text, { maxLength: 4 }), fc.dictionary(fc.constantFrom('uri', 'digest', 'receipt', '__proto__', 'x'), text), fc.anything());
const params = fc.array(fc.record({ name: fc.oneof(name, fc.constantFrom('__proto__', 'constructor')), value }), { maxLength: 8 });

test('reading never throws, and gives for each artifact a digest or a problem', () => {
  fc.assert(fc.property(params, fc.constantFrom('parameters' as const, 'results' as const), (list, of) => {
    for (const input of taskInputs(namedValues(list, 'spec.params'), of)) expect(input.digest !== undefined || input.problem !== undefined).toBe(true);
  }), { numRuns: 500 });
  for (const hostile of [undefined, null, 'x', {}, [null], [{}], [{ name: 1, value: 'x' }]]) expect(taskInputs(namedValues(hostile, ''))).toEqual([]);
});

const cases = (word: string) => fc.array(fc.boolean(), { minLength: word.length, maxLength: word.length })
  .map((upper) => [...word].map((char, index) => (upper[index] === true ? char.toUpperCase() : char.toLowerCase())).join(''));

test('a digest is found in every case of its name, beside whatever else, and only by its own receipt', () => {
  fc.assert(fc.property(cases('base'), fc.constantFrom('_', '-'), cases('digest'), params, (prefix, mark, end, others) => {
    const own = { name: `${prefix}${mark}${end}`, value: DIGEST };
    const found = taskInputs(namedValues([...others, own], 'spec.params')).filter((input) => input.name === own.name && input.digest === DIGEST);
    const problems = taskInputs(namedValues([...others, own], 'spec.params')).filter((input) => input.name === own.name && input.problem !== undefined);
    expect(found.length + problems.length).toBeGreaterThan(0);
    expect(taskInputs(namedValues([{ name: 'OTHER_RECEIPT', value: 'r' }, own], 'spec.params'))[0]?.receipts).toEqual([]);
  }), { numRuns: 300 });
});

test('thousands of artifacts are read in time that grows with their number', () => {
  const list = Array.from({ length: 20_000 }, () => `oci:ghcr.io/acme/base@${DIGEST}`);
  const inputs = taskInputs(namedValues([{ name: 'FILES', value: list }, { name: 'FILES_RECEIPT', value: list }], 'spec.params'));
  expect(inputs.length).toBe(501);
  expect(inputs.at(-1)?.problem).toContain('more than 500');
});
