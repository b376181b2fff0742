import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../../src/fetch/oci/challenge.ts';

function read(header: string): [string, Record<string, string>][] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe('parseChallenges', () => {
  it.each<[string, [string, Record<string, string>][]]>([
    ['Basic', [['basic', {}]]],
    ['Basic realm="x"', [['basic', { realm: 'x' }]]],
    ['Bearer realm="https://a.example/token",service="s",scope="repository:a/b:pull,push"', [['bearer', { realm: 'https://a.example/token', service: 's', scope: 'repository:a/b:pull,push' }]]],
    ['bearer realm="a" , service=b', [['bearer', { realm: 'a', service: 'b' }]]],
    ['Basic realm="x", Bearer realm="y"', [['basic', { realm: 'x' }], ['bearer', { realm: 'y' }]]],
    ['Bearer realm="a\\"b"', [['bearer', { realm: 'a"b' }]]],
    ['Negotiate, Basic realm="x"', [['negotiate', {}], ['basic', { realm: 'x' }]]],
  ])('reads %s', (header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it.each(['', 'Bearer realm="a",realm="b"', 'Bearer realm="unclosed', 'Bearer realm=a b c=', '=', `Bearer realm="${'x'.repeat(9000)}"`, 'Bearer realm="a";service="b"'])('refuses %j as a whole', (header) => {
    expect(parseChallenges(header)).toEqual([]);
  });

  it('joins repeated headers', () => {
    expect(parseChallenges(['Basic realm="x"', 'Bearer realm="y"'])).toHaveLength(2);
    expect(parseChallenges(undefined)).toEqual([]);
  });

  it('ends on every input', () => {
    fc.assert(fc.property(fc.string(), (text) => parseChallenges(text).length <= 8));
    fc.assert(fc.property(fc.array(fc.constantFrom('Bearer ', 'realm', '=', '"', ',', ' ', 'a', '\\')), (parts) => parseChallenges(parts.join('')).length <= 8));
  });
});
