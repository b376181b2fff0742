// What Go makes of values, told by Go itself (test/fixtures/definitions/go-json.json).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { goDuration } from '../../../../src/verify/definition/duration.ts';
import { encodeStruct } from '../../../../src/verify/definition/encode.ts';
import { goQuantity } from '../../../../src/verify/definition/quantity.ts';
import { CORE } from '../../../../src/verify/definition/tables/core.ts';
import { TEKTON_V1 } from '../../../../src/verify/definition/tables/tekton-v1.ts';
import { VOLUMES } from '../../../../src/verify/definition/tables/volumes.ts';
import { readStructs } from '../../../../src/verify/definition/types.ts';
import { Refusal } from '../../../../src/verify/problem.ts';

const ORACLE = JSON.parse(readFileSync(new URL('../../../fixtures/definitions/go-json.json', import.meta.url), 'utf8')) as {
  readonly quantities: readonly [string, string][];
  readonly durations: readonly [string, string][];
  readonly structs: readonly [string, string, string][];
};
const STRUCTS = readStructs(TEKTON_V1, CORE, VOLUMES);

function orRefused(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) return '!';
    throw error;
  }
}

test.each(ORACLE.quantities)('the quantity %s is %s', (text, expected) => {
  expect(orRefused(() => goQuantity(text, 'q'))).toBe(expected);
});

test.each(['', 'x', '1Zi', '1.2.3', '--1', '1e', '1e4000', '0.0000000001', '9223372036854775808', '1'.repeat(50)])('what Go would refuse or round is no quantity: %s', (text) => {
  expect(orRefused(() => goQuantity(text, 'q'))).toBe('!');
});

test.each(ORACLE.durations)('the duration %s is %s', (text, expected) => {
  expect(orRefused(() => goDuration(text, 'd'))).toBe(expected);
});

test.each(ORACLE.structs)('a %s of %s', (name, input, expected) => {
  expect(encodeStruct(JSON.parse(input), name, STRUCTS, '').replaceAll(/\u0001,?/g, '').replaceAll(/,\}/g, '}')).toBe(expected);
});

describe('strictly', () => {
  test.each<[string, string, unknown]>([
    ['a field that no struct has', 'EnvVar', { name: 'A', valeu: 'x' }],
    ['a field in another case, which Go would take', 'EnvVar', { Name: 'A' }],
    ['a field of another struct', 'VolumeMount', { name: 'a', mountPath: '/', devicePath: '/' }],
    ['a number where text belongs', 'EnvVar', { name: 'A', value: 1 }],
    ['text where a number belongs', 'ContainerPort', { containerPort: '80' }],
    ['a fraction where a whole number belongs', 'ContainerPort', { containerPort: 1.5 }],
    ['a list where an object belongs', 'SecurityContext', { capabilities: ['ALL'] }],
    ['an object where a list belongs', 'SecurityContext', { capabilities: { drop: { 0: 'ALL' } } }],
    ['null in a list', 'SecurityContext', { capabilities: { drop: [null] } }],
    ['half of a character', 'EnvVar', { name: 'A', value: '\ud800' }],
    ['a parameter without value', 'Param', { name: 'a' }],
    ['a parameter of numbers', 'Param', { name: 'a', value: [1] }],
    ['a parameter of maps', 'Param', { name: 'a', value: { a: { b: 'c' } } }],
    ['a member of the prototype', 'EnvVar', JSON.parse('{"name":"A","constructor":"x"}')],
  ])('%s is refused', (_, name, value) => {
    expect(orRefused(() => encodeStruct(value, name, STRUCTS, ''))).toBe('!');
  });

  test('values of parameters are texts, lists and maps of texts; Go makes texts of numbers and truth values', () => {
    const values = ['a', ['a', 'b'], { b: '1', a: '<2>' }, 5, true, [], {}].map((value) => encodeStruct({ name: 'p', value }, 'Param', STRUCTS, ''));
    expect(values.map((text) => text.slice('{"name":"p","value":'.length, -1))).toEqual(['"a"', '["a","b"]', String.raw`{"a":"\u003c2\u003e","b":"1"}`, '"5"', '"true"', '[]', '{}']);
  });
});

test('a table that names a struct which none has is not read', () => {
  expect(() => readStructs('A: b:B')).toThrow('no table has B');
  expect(() => readStructs('A: <B>')).toThrow('no table has B');
});
