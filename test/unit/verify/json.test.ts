import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../../src/verify/json.ts';
import { LIMITS } from '../../../src/verify/limits.ts';
import { parsed } from '../../../src/verify/problem.ts';

const read = (text: string | Uint8Array) => parsed('VERIFY_MALFORMED', () => readJson(typeof text === 'string' ? Buffer.from(text) : text));

describe('strict JSON', () => {
  test.each([
    ['an object', '{"a":1,"b":[{"a":2}]}', { a: 1, b: [{ a: 2 }] }],
    ['the same key in two objects', '[{"a":1},{"a":1}]', [{ a: 1 }, { a: 1 }]],
    ['colons, quotes and braces inside strings', '{"a":":{\\":\\\\","b:":"[,]"}', { a: ':{":\\', 'b:': '[,]' }],
    ['constructor and prototype as keys', '{"constructor":1,"prototype":2}', { constructor: 1, prototype: 2 }],
    ['a bare value', '42', 42],
  ])('reads %s', (_, text, value) => expect(read(text)).toEqual({ ok: true, value }));

  test.each([
    ['D01 a key twice', '{"a":1,"a":1}'],
    ['D01 a key twice, deep inside', '[0,{"b":{"a":1,"c":[],"a":2}}]'],
    ['D01 a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['D01 a key twice with an object between', '{"a":{"b":1},"c":"x:y","a":2}'],
    ['D02 a key __proto__', '{"__proto__":{"polluted":1}}'],
    ['D02 an escaped key __proto__', '[{"\\u005f_proto__":1}]'],
    ['D05 a byte order mark', Buffer.from('\ufeff{}')],
    ['D05 invalid UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['D05 UTF-16', Buffer.from('{}', 'utf16le')],
    ['no JSON', '{"a":'],
    ['an unfinished string with an escape at the end', '"\\'],
    ['JSON with a comment', '{} // no'],
    ['two values', '{}{}'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => expect(read(text)).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } }));

  test('D16 a key with an escape is read right, whatever was read before', () => {
    // V8 13.6 takes the key for `\\u006` when it has seen an object with that key at the same place.
    expect(read('{"a":1,"\\\\u006":1}')).toMatchObject({ ok: true });
    expect(read('{"a":1,"\\u0069mage":2}')).toEqual({ ok: true, value: { a: 1, image: 2 } });
  });

  test('D02 a key __proto__ changes no prototype', () => {
    read('{"__proto__":{"polluted":1}}');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test.each([
    ['D06 nesting of 100 000 lists', '['.repeat(100_000)],
    ['D06 nesting just above the limit', '['.repeat(LIMITS.jsonDepth + 1) + ']'.repeat(LIMITS.jsonDepth + 1)],
    ['G05 masses of items', `[${'0,'.repeat(LIMITS.jsonItems)}0]`],
    ['G05 too many bytes', ' '.repeat(LIMITS.evidenceBytes + 1)],
  ])('%s is over a limit', (_, text) => expect(read(text)).toMatchObject({ ok: false, problem: { code: 'VERIFY_LIMIT' } }));

  test('nesting at the limit is read', () => {
    expect(read('['.repeat(LIMITS.jsonDepth) + ']'.repeat(LIMITS.jsonDepth)).ok).toBe(true);
  });

  test('property: random bytes never throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void read(bytes)));
  });
});
