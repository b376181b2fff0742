import { describe, expect, test } from 'vitest';
import { readTufKey } from '../../../src/tuf/key.ts';
import { makeKey, signWith } from '../../world/keys.ts';
import type { KeyType } from '../../world/keys.ts';
import { tufKey } from '../../world/tuf.ts';

const MESSAGE = Buffer.from('signed');
const read = (type: KeyType, change: { keytype?: string; scheme?: string } = {}) => {
  const key = makeKey(type);
  const { keytype, scheme, keyval } = { ...tufKey(key), ...change } as { keytype: string; scheme: string; keyval: { public: string } };
  return { key, read: readTufKey(keytype, scheme, keyval.public) };
};

describe('keys of TUF metadata', () => {
  test.each<KeyType>(['ed25519', 'p256', 'p384', 'rsa-2048'])('a %s key verifies what it signed, and nothing else', (type) => {
    const { key, read: tuf } = read(type);
    const signature = signWith(key, MESSAGE, type.startsWith('rsa') ? { encoding: 'pss' } : {});
    expect(tuf?.identity).toBe(key.keyId);
    expect(tuf?.verifies(MESSAGE, signature)).toBe(true);
    expect(tuf?.verifies(Buffer.from('other'), signature)).toBe(false);
    for (const bad of [Buffer.alloc(0), Buffer.alloc(64), signature.subarray(1)]) expect(tuf?.verifies(MESSAGE, bad)).toBe(false);
  });

  test('PKCS#1 v1.5 is not taken for PSS', () => {
    const { key, read: tuf } = read('rsa-2048');
    expect(tuf?.verifies(MESSAGE, signWith(key, MESSAGE))).toBe(false);
  });

  test.each<readonly [string, KeyType, { keytype?: string; scheme?: string }]>([
    ['a P-384 key under the scheme of P-256', 'p384', { scheme: 'ecdsa-sha2-nistp256' }],
    ['a P-256 key under the scheme of P-384', 'p256', { scheme: 'ecdsa-sha2-nistp384' }],
    ['an RSA key under an ECDSA scheme', 'rsa-2048', { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256' }],
    ['an ECDSA key under an RSA scheme', 'p256', { keytype: 'rsa', scheme: 'rsassa-pss-sha256' }],
    ['a type that does not go with its scheme', 'p256', { keytype: 'ed25519' }],
    ['an unknown scheme', 'p256', { scheme: 'ecdsa-sha1' }],
    ['an unknown type', 'p256', { keytype: 'sphincs' }],
    ['a curve that is not allowed', 'secp256k1', {}],
    ['an RSA key that is too short', 'rsa-1024', {}],
  ])('J10 %s signs nothing', (_name, type, change) => expect(read(type, change).read).toBeUndefined());

  test.each(['', 'zz', '00'.repeat(32), `04${'00'.repeat(64)}`, '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'])('the text %j is no key', (text) => {
    expect(readTufKey('ed25519', 'ed25519', text)).toBeUndefined();
    expect(readTufKey('ecdsa', 'ecdsa-sha2-nistp256', text)).toBeUndefined();
  });

  test('ECDSA keys in hexadecimal are read, as old repositories write them', () => {
    const key = makeKey('p256');
    expect(readTufKey('ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256', key.spki.subarray(-65).toString('hex'))?.identity).toBe(key.keyId);
  });
});
