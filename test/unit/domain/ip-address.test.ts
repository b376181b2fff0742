import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyAddress } from '../../../src/net/address.ts';
import { parseImageReference } from '../../../src/domain/artifact/image-reference.ts';
import { plainAddress, readV6 } from '../../../src/domain/ip-address.ts';

describe('M6: one spelling for each address', () => {
  it.each([
    ['::ffff:10.0.0.7', '10.0.0.7'], ['::FFFF:10.0.0.7', '10.0.0.7'], ['::ffff:a00:7', '10.0.0.7'], ['0:0:0:0:0:ffff:0a00:0007', '10.0.0.7'],
    ['10.0.0.7', '10.0.0.7'], ['::1', '::1'], ['0:0:0:0:0:0:0:1', '::1'], ['2001:DB8:0:0:1::', '2001:db8:0:0:1::'], ['2001:db8:0:0:1:0:0:0', '2001:db8:0:0:1::'],
    ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'], ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'], ['::', '::'], ['::ffff', '::ffff'],
    // An IPv4 address in another wrapping is no mapped one, and what is no address is left alone.
    ['::10.0.0.7', '::a00:7'], ['64:ff9b::10.0.0.7', '64:ff9b::a00:7'], ['::ffff:10.0.0', '::ffff:10.0.0'], ['::ffff:10.0.0.256', '::ffff:10.0.0.256'], ['localhost', 'localhost'], [':::', ':::'], ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('%s is %s', (text, plain) => expect(plainAddress(text)).toBe(plain));

  it('reads what node reads, and gives back what means the same', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((number) => number.toString(16));
    const text = fc.oneof(
      fc.array(fc.oneof(group, fc.constantFrom('0', '')), { minLength: 1, maxLength: 9 }).map((groups) => groups.join(':')),
      fc.tuple(fc.array(group, { maxLength: 6 }), fc.ipV4()).map(([groups, quad]) => `${groups.join(':')}::${quad}`),
      fc.ipV6(),
    );
    fc.assert(fc.property(text, (address) => {
      const groups = readV6(address);
      expect(groups !== undefined).toBe(isIPv6(address));
      if (groups === undefined) return;
      const plain = plainAddress(address);
      expect(plainAddress(plain)).toBe(plain);
      if (isIPv6(plain)) expect(readV6(plain)).toEqual(groups);
      expect(classifyAddress(plain)).toBe(classifyAddress(address));
    }), { numRuns: 3000 });
  });

  it.each([
    ['[::ffff:a00:7]:5000/app', '10.0.0.7:5000/app'], ['[::FFFF:A00:7]:443/app', '10.0.0.7/app'], ['[0:0:0:0:0:0:0:1]:5000/app', '[::1]:5000/app'], ['[::1]:5001/app', '[::1]:5001/app'],
  ])('A9: a registry by its address has one name: %s is %s', (text, name) => {
    expect(parseImageReference(text)).toMatchObject({ ok: true, reference: { name } });
  });
});
