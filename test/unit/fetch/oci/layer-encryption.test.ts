import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEncryption } from '../../../../src/fetch/oci/layer-encryption.ts';
import { PKCS7 } from '../../../support/enveloped.ts';

const KEYS = 'org.opencontainers.image.enc.keys.';
const OPTIONS = 'org.opencontainers.image.enc.pubopts';
const base64 = (value: unknown): string => Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString('base64');
const jwe = base64({ recipients: [{ header: { kid: 'node-a' } }] });
const HMAC = base64(new Uint8Array(32).fill(255));

describe('options of encrypted layers', () => {
  const options = (written: string): unknown => readEncryption({ [OPTIONS]: written }).options;

  test.each<[string, string, unknown]>([
    ['are cipher and hmac', base64({ cipher: 'AES', hmac: HMAC }), { cipher: 'AES', hmacBytes: 32 }],
    ['may lack both', base64({}), { hmacBytes: 0 }],
    ['may be of other types', base64({ cipher: 1, hmac: { length: 32 } }), { hmacBytes: 0 }],
    ['with an hmac in another alphabet have none', base64({ cipher: 'AES', hmac: HMAC.replaceAll('/', '_') }), { cipher: 'AES', hmacBytes: 0 }],
    ['that are a list are none', base64([]), undefined],
    ['that are no base64 are none', '***', undefined],
    ['without padding are none', Buffer.from('{}').toString('base64').replace('=', ''), undefined],
    ['that are no JSON are none', base64(Buffer.from('{')), undefined],
  ])('%s', (_, written, expected) => expect(options(written)).toEqual(expected));

  test('absent, or somebody else\'s property, are none', () => {
    expect(readEncryption({}).options).toBeUndefined();
    expect(readEncryption(Object.create({ [OPTIONS]: base64({}) }) as Record<string, string>).options).toBeUndefined();
  });
});

describe('wrapped keys', () => {
  const keys = (scheme: string, written: string): unknown => readEncryption({ [`${KEYS}${scheme}`]: written }).keys;

  test('of two schemes are read together; one that cannot be read makes all unreadable', () => {
    expect(readEncryption({ [`${KEYS}jwe`]: jwe, [`${KEYS}pkcs7`]: PKCS7 }).keys).toMatchObject({ readable: true, recipients: [{ id: 'node-a' }, { id: 'CN=node-b ff01' }, { id: 'C=DE,O=Acme,CN=node-a 16c4' }] });
    expect(readEncryption({ [`${KEYS}jwe`]: jwe, [`${KEYS}pkcs7`]: jwe }).keys).toEqual({ readable: false, problem: 'a wrapped key of scheme pkcs7 that cannot be read' });
  });

  test.each([
    ['not base64', '***'], ['empty', ''], ['one of them empty', `${jwe},`], ['without padding', jwe.replaceAll('=', '')], ['with stray bits', `${jwe.slice(0, -4)}fR==`],
    ['longer than a million characters', 'AAAA'.repeat(250_001)],
  ])('%s cannot be read', (_, written) => {
    expect(keys('jwe', written)).toMatchObject({ readable: false });
    expect(keys('jwe', jwe)).toMatchObject({ readable: true });
  });

  test('64 of them are read, 65 are too many', () => {
    expect(keys('jwe', Array.from({ length: 64 }, () => jwe).join(','))).toMatchObject({ readable: true });
    expect(keys('jwe', Array.from({ length: 65 }, () => jwe).join(','))).toEqual({ readable: false, problem: 'more than 64 wrapped keys' });
  });

  test('none are nobody\'s', () => expect(readEncryption({}).keys).toEqual({ readable: true, recipients: [] }));

  test('hostile key material never throws, and is somebody\'s or unreadable', () => {
    const blob = fc.oneof(
      fc.uint8Array({ maxLength: 80 }).map((bytes) => base64(bytes)),
      fc.json().map((text) => base64(Buffer.from(text))),
      fc.string(),
      fc.nat(PKCS7.length).map((length) => PKCS7.slice(0, length - (length % 4))),
    );
    fc.assert(fc.property(fc.constantFrom('jwe', 'pkcs7', 'pgp', 'pkcs11', 'provider.x', ''), blob, (scheme, text) => {
      const read = readEncryption({ [`${KEYS}${scheme}`]: text, [OPTIONS]: text }).keys;
      expect(!read.readable || read.recipients.length > 0).toBe(true);
    }), { numRuns: 500 });
  });
});
