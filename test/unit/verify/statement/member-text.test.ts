import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memberText } from '../../../../src/verify/statement/member-text.ts';

test.each<[string, string | undefined]>([
  ['{"predicate":9007199254740993}', '9007199254740993'],
  ['{ "a" : {"predicate": 1}, "predicate" : [1, {"x": "}"}] }', '[1, {"x": "}"}]'],
  ['{"predicat\\u0065":1e400,"b":2}', '1e400'],
  ['{"a":"\\\\","predicate":"\\"}"}', '"\\"}"'],
  ['{"a":1}', undefined],
  ['{}', undefined],
  ['{"a":{"predicate":1}}', undefined],
])('A13 the predicate of %s', (text, expected) => {
  expect(memberText(text, 'predicate')).toBe(expected);
});

test('every member of every object is found as it was written', () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), fc.constantFrom(undefined, 1, '\t'), (object, space) => {
    const text = JSON.stringify(object, undefined, space);
    for (const [key, value] of Object.entries(object)) {
      if (key === '__proto__') continue;
      expect(JSON.parse(memberText(text, key) ?? 'undefined'), text).toEqual(JSON.parse(JSON.stringify(value)));
    }
  }), { numRuns: 300 });
});
