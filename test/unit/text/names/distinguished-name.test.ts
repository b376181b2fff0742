import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distinguishedNameText, readDistinguishedName } from '../../../../src/text/names/distinguished-name.ts';

const read = (text: string): string => {
  const name = readDistinguishedName(text);
  return name.ok ? name.value.map(({ type, value }) => `${type}[${value}]`).join(' ') : 'refused';
};

describe('a distinguished name as it is written', () => {
  test.each([
    ['C=DE, O=Acme, CN=release', 'C[DE] O[Acme] CN[release]'],
    ['CN=release,O=Acme,C=DE', 'CN[release] O[Acme] C[DE]'],
    ['C = DE, O = "Acme, Inc.", CN = a=b', 'C[DE] O[Acme, Inc.] CN[a=b]'],
    ['O=Acme\\, Inc.', 'O[Acme, Inc.]'],
    ['O=Acme\\2C Inc.', 'O[Acme, Inc.]'],
    ['O=M\\C3\\BCller', 'O[Müller]'],
    ['CN=\\ a \\ ', 'CN[ a  ]'],
    ['CN=a\\\\', 'CN[a\\]'],
    ['CN=a\\\\  ,O=b', 'CN[a\\] O[b]'],
    ['CN=a+OU=b, e=x@acme.example, s=Hesse', 'CN[a] OU[b] emailAddress[x@acme.example] ST[Hesse]'],
    ['1.2.3.4=x, 2.5.4.3=y', '1.2.3.4[x] CN[y]'],
    ['CN=O\\=Acme\\,CN\\=root', 'CN[O=Acme,CN=root]'],
    ['CN=*', 'CN[*]'],
    ['CN=\u00a0a\u3000, O=b', 'CN[\u00a0a\u3000] O[b]'],
    ['CN=a ,\n  O=b\n', 'CN[a] O[b]'],
  ])('%s', (text, attributes) => {
    expect(read(text)).toBe(attributes);
  });

  test.each([
    '', 'release', 'CN=', 'CN=,O=Acme', 'XX=a', 'CN=a,', 'CN=a\\', 'CN=a\\x', 'CN=a\\*', 'CN=\\2a', 'CN=\\C3', 'CN=#1603612e62', 'CN="a', 'CN=a"b"', 'CN="a"b', 'CN=a;O=b',
    Array.from({ length: 33 }, () => 'CN=a').join(','), `CN=${'a'.repeat(5000)}`,
  ])('%s is refused', (text) => {
    expect(read(text)).toBe('refused');
  });

  test('what is written of a name is read as that name, and as no other', () => {
    const attribute = fc.record({
      type: fc.constantFrom('CN', 'O', 'OU', 'emailAddress', '1.2.840.1'),
      value: fc.string({ unit: fc.constantFrom(...'aA ,+="<>;#\\äß*/.\u00a0\u3000\u2003'), minLength: 1, maxLength: 12 }),
    });
    fc.assert(fc.property(fc.array(attribute, { minLength: 1, maxLength: 6 }), (name) => {
      expect(readDistinguishedName(distinguishedNameText(name))).toEqual({ ok: true, value: name });
    }), { numRuns: 500 });
  });

  test('no text makes it throw', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'CN=O,+"\\ ;#2aCé'), maxLength: 40 }), (text) => {
      const name = readDistinguishedName(text);
      if (name.ok) expect(readDistinguishedName(distinguishedNameText(name.value))).toEqual(name);
    }), { numRuns: 500 });
  });
});
