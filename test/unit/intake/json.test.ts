import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseJson } from '../../../src/intake/index.ts';

const LIMITS = { maxDepth: 512, maxParts: 1_000_000_000 };

function parse(text: string, maxDepth = LIMITS.maxDepth): ReturnType<typeof parseJson> {
  return parseJson(Buffer.from(text), { ...LIMITS, maxDepth });
}

function codeOf(result: ReturnType<typeof parseJson>): string {
  return result.ok ? 'ok' : result.code;
}

describe('what is one JSON document in UTF-8', () => {
  it.each(['{}', '[]', 'null', '1', '"x"', ' {"a":[1,{"b":null}]}\n', '{"a":"}{:,\\"\\\\"}', '{"größe":"日本"}', '{"a":{"x":1},"b":{"x":1}}'])('reads %s', (text) => {
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it.each(['', ' ', '{', '{]', '{"a":1,}', '{} {}', 'undefined', '{a:1}', "{'a':1}", '{"a":01}', '"\u0001"', '{"a":1}\u0000', 'NaN'])('refuses %j', (text) => {
    expect(codeOf(parse(text))).toBe('INPUT_JSON_INVALID');
  });

  it('refuses a byte order mark', () => {
    expect(codeOf(parse('\ufeff{}'))).toBe('INPUT_JSON_INVALID');
  });

  it.each([
    ['bad continuation', [0x22, 0xc3, 0x28, 0x22]],
    ['overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
    ['cut short', [0x22, 0xe2, 0x82]],
  ])('refuses bytes that are not UTF-8: %s', (_name, bytes) => {
    expect(codeOf(parseJson(Uint8Array.from(bytes), LIMITS))).toBe('INPUT_JSON_INVALID');
  });

  it('counts depth exactly, and not inside strings', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(parse(nested(512)))).toBe('ok');
    expect(codeOf(parse(nested(513)))).toBe('INPUT_TOO_DEEP');
    expect(codeOf(parse(`[${nested(512)},[]]`))).toBe('INPUT_TOO_DEEP');
    expect(codeOf(parse(nested(1_000_000)))).toBe('INPUT_TOO_DEEP');
    expect(codeOf(parse('{"a":'.repeat(600)))).toBe('INPUT_TOO_DEEP');
    expect(codeOf(parse(JSON.stringify(nested(600))))).toBe('ok');
  });

  it.each([
    ['keys', '{"a":1,"b":2,"c":3}', 6],
    ['items', '[1,2,3]', 3],
    ['brackets', '[[],{},[{}]]', 7],
    ['nothing inside strings', '["{[:,]}"]', 1],
  ])('counts parts exactly: %s', (_name, text, parts) => {
    expect(codeOf(parseJson(Buffer.from(text), { ...LIMITS, maxParts: parts }))).toBe('ok');
    expect(codeOf(parseJson(Buffer.from(text), { ...LIMITS, maxParts: parts - 1 }))).toBe('INPUT_TOO_MANY_PARTS');
  });
});

describe('keys', () => {
  it.each([
    ['at the top', '{"a":1,"a":1}', 'the document', 'a'],
    ['with a difference in escapes only', '{"image":1,"im\\u0061ge":2}', 'the document', 'image'],
    ['deep inside', '{"request":{"object":{"spec":{"containers":[{"image":"a"},{"image":"b","name":"x","image":"c"}]}}}}', 'request.object.spec.containers[1]', 'image'],
    ['behind strings full of punctuation', '{"x":"a:b{\\"c\\":[","y":{"k" : 1 , "k":2}}', 'y', 'k'],
    ['under a key that needs quotes', '{"a b":{"k":1,"k":2}}', '["a b"]', 'k'],
    ['three times', '{"k":1,"k":2,"k":3}', 'the document', 'k'],
    ['twice empty', '{"":1,"":2}', 'the document', ''],
    ['with an object in between', '{"k":{"k":1},"k":2}', 'the document', 'k'],
    ['numbers', '{"1":1,"1":2}', 'the document', '1'],
  ])('refuses the same key %s', (_name, text, path, key) => {
    const result = parse(text);
    expect(result).toMatchObject({ ok: false, code: 'INPUT_KEY_DUPLICATE' });
    expect(result.ok ? '' : result.message).toContain(`"${key}" twice in ${path}`);
  });

  it.each(['{"a":1,"A":1}', '{"1":1,"01":2}', '[{"a":1},{"a":1}]', '{"a":{"a":{"a":1}}}', '{"é":1,"e\\u0301":2}'])('reads different keys: %s', (text) => {
    expect(codeOf(parse(text))).toBe('ok');
  });

  it.each(['{"__proto__":1}', '{"a":[{"__proto__":{"x":1}}]}', '{"\\u005f_proto__":{}}', '{"__proto__":null}'])('L10 refuses a key __proto__: %s', (text) => {
    expect(codeOf(parse(text))).toBe('INPUT_KEY_FORBIDDEN');
  });

  it('L10 reads constructor, prototype and other names of Object.prototype as ordinary keys', () => {
    const text = '{"labels":{"constructor":"a","prototype":"b","toString":"c","hasOwnProperty":"d"},"x":"__proto__"}';
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('shows a hostile key escaped and cut', () => {
    const key = `\u202e\\u001b[31m${'k'.repeat(5000)}`;
    const result = parse(`{"${key}":1,"${key}":2}`);
    expect(result.ok ? '' : result.message).toMatch(/^[\x20-\x7e…]{1,300}$/);
  });
});

test('every refusal is a reason of its own, and nothing is thrown', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => ['ok', 'INPUT_JSON_INVALID', 'INPUT_KEY_DUPLICATE'].includes(codeOf(parseJson(bytes, LIMITS)))));
});
