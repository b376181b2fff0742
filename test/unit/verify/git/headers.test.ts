import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readHeaders } from '../../../../src/verify/git/headers.ts';

const read = (text: string): readonly (readonly [string, string])[] => readHeaders(Buffer.from(text, 'latin1')).headers.map(({ name, value }) => [name, value]);

test('lines that begin with a space continue the header, and lose that one space alone', () => {
  expect(read('a 1\n  two\n \n   x\nb 2\n\nbody\n\nmore')).toEqual([['a', '1\n two\n\n  x'], ['b', '2']]);
});

test.each<[string, string]>([
  ['a header without a value', 'a\n\n'], ['a value without a name', ' x\n\n'], ['a space in front', ' a 1\n\n'], ['no empty line', 'a 1\nb 2\n'],
  ['a last line that does not end', 'a 1\nb 2'], ['nothing', ''], ['a name with signs of its own', 'a! 1\n\n'], ['a name whose value stands in the next line', 'a\nb 1\n\n'],
])('%s is refused', (_, text) => expect(() => read(text)).toThrow());

test('property: what is written is read, at its place, and the message begins behind the empty line', () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'Z', ' ', '=', '\t', '\xff', '-'), maxLength: 6 });
  const header = fc.record({ name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,5}$/), lines: fc.array(line, { minLength: 1, maxLength: 4 }) });
  fc.assert(fc.property(fc.array(header, { minLength: 1, maxLength: 6 }), line, (headers, message) => {
    const written = headers.map(({ name, lines }) => `${name} ${lines.join('\n ')}\n`);
    const bytes = Buffer.from(`${written.join('')}\n${message}`, 'latin1');
    const { headers: found, end } = readHeaders(bytes);
    expect(found.map(({ name, value }) => ({ name, lines: value.split('\n') }))).toEqual(headers);
    expect(found.map(({ start, end: stop }) => bytes.toString('latin1', start, stop))).toEqual(written);
    expect(bytes.toString('latin1', end)).toBe(message);
  }));
});
