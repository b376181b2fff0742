import { createHash, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { verifyOpenPgp } from '../../../src/pki/pgp/layout-signature.ts';
import { makeKey } from '../../world/keys.ts';
import type { SigningKey } from '../../world/keys.ts';

const FINGERPRINT = 'ab'.repeat(20);
const message = Buffer.from('{"_type":"link"}');
const CREATED = 1_700_000_000;

const subpacket = (type: number, content: Buffer): Buffer => Buffer.concat([Buffer.from([content.length + 1, type]), content]);
const seconds = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const created = subpacket(2, seconds(CREATED));
const issuer = subpacket(33, Buffer.from(`04${FINGERPRINT}`, 'hex'));

function headers(subpackets: readonly Buffer[], first: readonly number[]): Buffer {
  const content = Buffer.concat(subpackets);
  return Buffer.concat([Buffer.from([...first, content.length >> 8, content.length & 0xff]), content]);
}

function make(key: SigningKey, header: Buffer): { signature: Buffer; headers: Buffer; message: Buffer; keyid: string } {
  const trailer = Buffer.concat([Buffer.from([4, 0xff]), seconds(header.length)]);
  const data = Buffer.concat([message, header, trailer]);
  const signature = key.type === 'ed25519' ? sign(null, createHash('sha256').update(data).digest(), key.privateKey) : sign('sha256', data, key.privateKey);
  return { signature, headers: header, message, keyid: FINGERPRINT };
}

const KEYS: [string, SigningKey, number][] = [['RSA', makeKey('rsa-2048'), 1], ['Ed25519', makeKey('ed25519'), 22]];

describe.each(KEYS)('OpenPGP signatures by %s', (_, key, algorithm) => {
  const verdict = (subpackets: readonly Buffer[], first: readonly number[] = [4, 0, algorithm, 8]) => verifyOpenPgp(make(key, headers(subpackets, first)), key.publicKey, undefined);

  test('over a document hold', () => expect(verdict([created, issuer])).toEqual({ validity: {} }));
  test('without the issuer hold', () => expect(verdict([created])).toEqual({ validity: {} }));
  test('end when they say so, or when the key ends', () => {
    expect(verdict([created, issuer, subpacket(3, seconds(60))])).toEqual({ validity: { notAfter: (CREATED + 60) * 1000 } });
    expect(verifyOpenPgp(make(key, headers([created], [4, 0, algorithm, 8])), key.publicKey, 5)).toEqual({ validity: { notAfter: 5 } });
  });
  test('a critical subpacket that is known does no harm', () => expect(verdict([Buffer.from([5, 0x82, ...seconds(CREATED)])])).toEqual({ validity: {} }));

  test.each<[string, Buffer[], number[]?]>([
    ['certify a key', [created, issuer], [4, 0x10, algorithm, 8]],
    ['bind a subkey', [created, issuer], [4, 0x18, algorithm, 8]],
    ['are over text', [created, issuer], [4, 1, algorithm, 8]],
    ['are of version 3', [created, issuer], [3, 0, algorithm, 8]],
    ['name another algorithm', [created, issuer], [4, 0, 17, 8]],
    ['name SHA-1', [created, issuer], [4, 0, algorithm, 2]],
    ['have no creation time', [issuer]],
    ['have two creation times', [created, created]],
    ['name another issuer', [created, subpacket(33, Buffer.from(`04${'cd'.repeat(20)}`, 'hex'))]],
    ['have a critical subpacket that is unknown', [created, Buffer.from([2, 0x80 | 99, 0])]],
    ['have a subpacket that is cut short', [created, Buffer.from([9, 20, 0])]],
    ['have a subpacket of no length', [created, Buffer.from([0])]],
  ])('that %s do not count', (_name, subpackets, first) => expect(verdict(subpackets, first)).toBe(false));

  test('do not hold when message, headers or signature change', () => {
    const good = make(key, headers([created, issuer], [4, 0, algorithm, 8]));
    expect(verifyOpenPgp({ ...good, message: Buffer.from('{}') }, key.publicKey, undefined)).toBe(false);
    expect(verifyOpenPgp({ ...good, headers: headers([subpacket(2, seconds(1)), issuer], [4, 0, algorithm, 8]) }, key.publicKey, undefined)).toBe(false);
    expect(verifyOpenPgp({ ...good, headers: Buffer.concat([good.headers, Buffer.from([0])]) }, key.publicKey, undefined)).toBe(false);
    expect(verifyOpenPgp({ ...good, headers: Buffer.alloc(0) }, key.publicKey, undefined)).toBe(false);
    expect(verifyOpenPgp({ ...good, signature: Buffer.alloc(0) }, key.publicKey, undefined)).toBe(false);
  });
});

test('RSA signatures whose leading zeros were dropped hold', () => {
  const key = makeKey('rsa-2048');
  for (let time = CREATED; time < CREATED + 3000; time += 1) {
    const made = make(key, headers([subpacket(2, seconds(time))], [4, 0, 1, 8]));
    if (made.signature[0] !== 0) continue;
    expect(verifyOpenPgp({ ...made, signature: made.signature.subarray(1) }, key.publicKey, undefined)).toEqual({ validity: {} });
    return;
  }
});
