import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEnveloped } from '../../../../src/pki/recipients/pkcs7.ts';
import { PKCS7 } from '../../../support/enveloped.ts';
import { ctx, ctxPrimitive, int, NULL, octets, oid, seq, setOf, tlv, utf8 } from '../../../world/der.ts';
import { distinguishedName } from '../../../world/x509.ts';

const RSA = seq(oid('1.2.840.113549.1.1.1'), NULL);
const NAME = distinguishedName([['O', 'Acme'], ['CN', 'node-a']]);
const ENVELOPED = '1.2.840.113549.1.7.3';

interface Parts {
  readonly name?: Buffer;
  readonly serial?: Buffer;
  readonly recipients?: readonly Buffer[];
  readonly type?: string;
  readonly before?: readonly Buffer[];
  readonly after?: readonly Buffer[];
}

const recipient = ({ name = NAME, serial = int(Buffer.from('16c4', 'hex')) }: Parts = {}): Buffer => seq(int(0), seq(name, serial), RSA, octets(Buffer.from('key')));

function message(parts: Parts = {}): Buffer {
  const { recipients = [recipient(parts)], type = ENVELOPED, before = [], after = [] } = parts;
  return seq(oid(type), ctx(0, seq(int(0), ...before, setOf(...recipients), seq(oid('1.2.840.113549.1.7.1')))), ...after);
}

describe('recipients of a CMS message', () => {
  test('of openssl are the two it was made for', () => {
    expect(readEnveloped(Buffer.from(PKCS7, 'base64'))).toEqual([
      { issuer: 'CN=node-b', serial: 'ff01' },
      { issuer: 'C=DE,O=Acme,CN=node-a', serial: '16c4' },
    ]);
  });

  test('are named by issuer and serial number', () => expect(readEnveloped(message())).toEqual([{ issuer: 'O=Acme,CN=node-a', serial: '16c4' }]));

  test('with information about the originator are the same', () => {
    expect(readEnveloped(message({ before: [ctx(0)] }))).toEqual(readEnveloped(message()));
  });

  test('keep every attribute of a relative name, and those that have no short name', () => {
    const pair = (type: string, value: string): Buffer => seq(oid(type), utf8(value));
    const two = seq(setOf(pair('2.5.4.3', 'node-a'), pair('2.5.4.11', 'edge')));
    expect(readEnveloped(message({ name: two }))).toMatchObject([{ issuer: 'OU=edge+CN=node-a' }]);
    expect(readEnveloped(message({ name: seq(setOf(pair('1.2.840.113549.1.9.1', 'a@b'))) }))).toMatchObject([{ issuer: '2a864886f70d010901=a@b' }]);
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['bytes behind the message', Buffer.concat([message(), Buffer.from([0])])],
    ['a value behind its content', message({ after: [NULL] })],
    ['another content type', message({ type: '1.2.840.113549.1.7.2' })],
    ['no recipients', message({ recipients: [] })],
    ['65 recipients', message({ recipients: Array.from({ length: 65 }, () => recipient()) })],
    ['a recipient named by key identifier', message({ recipients: [seq(int(2), ctxPrimitive(0, Buffer.from('id')), RSA, octets(Buffer.from('key')))] })],
    ['a recipient by key agreement beside a good one', message({ recipients: [recipient(), ctx(1, int(3))] })],
    ['a name that is no text', message({ name: seq(setOf(seq(oid('2.5.4.3'), tlv(0x0c, Buffer.from([0xff]))))) })],
    ['an attribute without a value', message({ name: seq(setOf(seq(oid('2.5.4.3')))) })],
    ['a padded serial number', message({ serial: Buffer.from('02030016c4', 'hex') })],
    ['a serial number that is no number', message({ serial: octets(Buffer.from('16c4', 'hex')) })],
  ])('cannot be told of %s', (_, bytes) => expect(readEnveloped(bytes)).toBeUndefined());

  test('64 recipients can be told', () => expect(readEnveloped(message({ recipients: Array.from({ length: 64 }, () => recipient()) }))).toHaveLength(64));

  test('cannot be told of BER: indefinite lengths, and lengths longer than they need be', () => {
    const bytes = message();
    const content = bytes.subarray(2);
    expect(bytes[1]).toBe(content.length);
    expect(readEnveloped(Buffer.concat([Buffer.from([0x30, 0x80]), content, Buffer.from([0, 0])]))).toBeUndefined();
    expect(readEnveloped(Buffer.concat([Buffer.from([0x30, 0x81, content.length]), content]))).toBeUndefined();
    expect(readEnveloped(Buffer.concat([Buffer.from([0x30, content.length]), content]))).toHaveLength(1);
  });

  test('cut or altered bytes never throw', () => {
    const bytes = Buffer.from(PKCS7, 'base64');
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, mask, cut) => {
      const altered = cut ? bytes.subarray(0, at) : Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ mask : byte)));
      expect([undefined, 1, 2]).toContain(readEnveloped(altered)?.length);
    }), { numRuns: 500 });
  });
});
