import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyAddress, permits } from '../../../src/net/address.ts';

describe('classifyAddress', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['1.1.1.1', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['100.128.0.0', 'public'],
    ['223.255.255.255', 'public'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['198.18.0.1', 'private'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['0.0.0.0', 'forbidden'],
    ['0.1.2.3', 'forbidden'],
    ['169.254.169.254', 'forbidden'],
    ['100.100.100.200', 'forbidden'],
    ['168.63.129.16', 'forbidden'],
    ['192.0.0.192', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['2606:4700::1111', 'public'],
    ['::1', 'loopback'],
    ['::', 'forbidden'],
    ['::7f00:1', 'forbidden'],
    ['fe80::1', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['febf::1', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fd00:ec2::254', 'forbidden'],
    ['fd00:ec2::23', 'forbidden'],
    ['fd00:ec3::23', 'private'],
    ['::ffff:0:169.254.169.254', 'forbidden'],
    ['::ffff:0:7f00:1', 'loopback'],
    ['::ffff:169.254.169.254', 'forbidden'],
    ['::ffff:a9fe:a9fe', 'forbidden'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:10.0.0.1', 'private'],
    ['::ffff:8.8.8.8', 'public'],
    ['64:ff9b::a9fe:a9fe', 'forbidden'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:a9fe:a9fe::1', 'forbidden'],
    ['2001:0:1::1', 'forbidden'],
    ['2001:db8::1', 'private'],
    ['example.com', 'forbidden'],
    ['', 'forbidden'],
  ])('F08 %s is %s', (address, expected) => {
    expect(classifyAddress(address)).toBe(expected);
  });

  it('gives an IPv4 address and its mapped form the same class', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => classifyAddress(`::ffff:${address}`) === classifyAddress(address)));
  });

  it('never throws and forbids what is no address', () => {
    fc.assert(fc.property(fc.string(), (text) => ['public', 'private', 'loopback', 'forbidden'].includes(classifyAddress(text))));
  });
});

describe('permits', () => {
  it('lets nobody reach a forbidden address, and loopback only who is named', () => {
    const table = (['named', 'literal', 'other'] as const).map((reach) => (['public', 'private', 'loopback', 'forbidden'] as const).map((kind) => permits(reach, kind)));
    expect(table).toEqual([
      [true, true, true, false],
      [true, true, false, false],
      [true, false, false, false],
    ]);
  });
});
