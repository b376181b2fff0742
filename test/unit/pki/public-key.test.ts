import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPublicKey } from '../../../src/trust/index.ts';
import { makeKey } from '../../world/keys.ts';
import type { KeyType } from '../../world/keys.ts';
import { pem } from '../../world/encode.ts';
import { cpuNow } from '../../support/cpu.ts';

const key = makeKey('p256');
const problemOf = (text: string): string => {
  const reading = readPublicKey(text);
  return reading.ok ? 'ok' : reading.problem;
};

describe('keys a policy may trust', () => {
  test.each<KeyType>(['p256', 'p384', 'p521', 'ed25519', 'rsa-2048', 'rsa-3072', 'rsa-4096', 'rsa-pss'])('%s', (type) => {
    const one = makeKey(type);
    expect(readPublicKey(one.publicKeyPem)).toEqual({ ok: true, key: { keyId: one.keyId, pem: one.publicKeyPem } });
  });

  test('ML-DSA-65, where it is named, and nothing else then', () => {
    const one = makeKey('ml-dsa-65');
    expect(readPublicKey(one.publicKeyPem, 'ml-dsa-65')).toEqual({ ok: true, key: { keyId: one.keyId, pem: one.publicKeyPem } });
    expect(problemOf(one.publicKeyPem)).toMatch(/only with algorithm: ml-dsa-65/);
    expect(readPublicKey(key.publicKeyPem, 'ml-dsa-65')).toEqual({ ok: false, problem: 'is not an ML-DSA-65 key, as its algorithm says' });
  });

  test.each<[string, string]>([
    ['without a final line break', key.publicKeyPem.trim()], ['with CRLF', key.publicKeyPem.replaceAll('\n', '\r\n')],
    ['indented, as in YAML', key.publicKeyPem.replaceAll('\n', '\n  ')], ['in one line', key.publicKeyPem.replace(/(?<!-)\n(?!-)/g, '')],
  ])('%s the same key has the same id and text', (_, text) => {
    expect(readPublicKey(text)).toEqual({ ok: true, key: { keyId: key.keyId, pem: key.publicKeyPem } });
  });
});

describe('keys a policy may not trust', () => {
  const compressed = Buffer.concat([Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'), Buffer.of(2 + ((key.spki.at(-1) ?? 0) & 1)), key.spki.subarray(27, 59)]);
  test.each<[string, string, RegExp]>([
    ['D12 RSA of 1024 bits', makeKey('rsa-1024').publicKeyPem, /1024 bits/],
    ['D12 secp256k1', makeKey('secp256k1').publicKeyPem, /secp256k1/],
    ['B5: RSA exponent of 72 bits', rsaWithExponent(...Array.from({ length: 9 }, () => 0xff)), /64 bits/],
    ['D12 RSA exponent 1', rsaWithExponent(1), /exponent|not a public key/],
    ['X25519', generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(), /x25519/],
    ['DSA', generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).publicKey.export({ type: 'spki', format: 'pem' }).toString(), /DSA/],
    ['a curve given by parameters', generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' }).publicKey.export({ type: 'spki', format: 'pem' }).toString(), /given by parameters/],
    ['ML-DSA-87', generateKeyPairSync('ml-dsa-87').publicKey.export({ type: 'spki', format: 'pem' }).toString(), /ML-DSA-87/],
    ['a compressed point', pem('PUBLIC KEY', compressed), /uncompressed/],
    ['bytes after the key', pem('PUBLIC KEY', Buffer.concat([key.spki, Buffer.of(0)])), /./],
    ['a private key', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), /private key/],
    ['PKCS#1', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(), /PKCS#1/],
    ['a certificate', pem('CERTIFICATE', Buffer.from('x')), /certificate/],
    ['two keys', key.publicKeyPem + makeKey().publicKeyPem, /exactly one/],
    ['text before the key', `key:\n${key.publicKeyPem}`, /found none/],
    ['nothing', '', /found none/],
    ['an end missing', key.publicKeyPem.replace(/-----END.*/, ''), /no line/],
    ['base64 with other characters', key.publicKeyPem.replace('MF', 'M_'), /base64/],
    ['no key inside', pem('PUBLIC KEY', Buffer.from('hello')), /not a public key/],
  ])('%s', (_, text, problem) => {
    expect(problemOf(text)).toMatch(problem);
  });

  test('D10 Ed25519 points of small order, in every encoding', () => {
    const order8 = [
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    ];
    for (const hex of order8) expect(ed25519.Point.fromHex(hex).isSmallOrder()).toBe(true);
    const one = '01'.padEnd(64, '0');
    const zero = ''.padEnd(64, '0');
    const minusOne = `ec${'f'.repeat(60)}7f`;
    for (const hex of [...order8, one, zero, minusOne, `ed${'f'.repeat(60)}7f`, `ee${'f'.repeat(60)}7f`]) {
      for (const sign of [0, 0x80]) {
        const point = Buffer.from(hex, 'hex');
        point[31] = (point[31] ?? 0) | sign;
        const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), point]);
        expect(problemOf(pem('PUBLIC KEY', spki))).toMatch(/weak key|not a public key/);
      }
    }
  });

  test('D19 a megabyte of opening lines is refused at once', () => {
    const start = cpuNow();
    expect(problemOf('-----BEGIN PUBLIC KEY-----\n'.repeat(40_000))).toMatch(/longer than/);
    expect(cpuNow() - start).toBeLessThan(1000);
  });

  test('no text throws', () => {
    fc.assert(fc.property(fc.string(), fc.uint8Array({ maxLength: 200 }), (text, bytes) => {
      expect(readPublicKey(text).ok).toBe(false);
      expect(readPublicKey(pem('PUBLIC KEY', Buffer.from(bytes))).ok).toBe(false);
    }));
  });
});

function rsaWithExponent(...exponent: readonly number[]): string {
  const jwk = makeKey('rsa-2048').publicKey.export({ format: 'jwk' });
  try {
    return createPublicKey({ key: { ...jwk, e: Buffer.of(...exponent).toString('base64url') }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return pem('PUBLIC KEY', Buffer.from('refused by the library already'));
  }
}
