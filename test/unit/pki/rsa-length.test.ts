// A signature of RSASSA-PSS that begins with a zero counts as it was made, and not without that zero: it would be there in two forms.
import { constants, sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readTufKey } from '../../../src/tuf/key.ts';
import { verifyMessage } from '../../../src/pki/signatures/algorithms.ts';
import { verifyDigest } from '../../../src/pki/signatures/digest-mode.ts';
import { signatureScheme, verifyScheme } from '../../../src/pki/signatures/signature-algorithm.ts';
import { verifyBy } from '../../../src/verify/notation/algorithm.ts';
import { sha256Hex } from '../../world/encode.ts';
import { makeKey } from '../../world/keys.ts';
import type { KeyType } from '../../world/keys.ts';

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

/** A message whose signature begins with a zero: one in 256 does. */
function zeroFirst(type: KeyType, how: object) {
  const key = makeKey(type);
  for (let turn = 0; ; turn += 1) {
    const message = Buffer.from(`message ${turn}`);
    const signature = sign('sha256', message, { key: key.privateKey, ...how });
    if (signature[0] === 0) return { key, message, signature, short: signature.subarray(1), long: Buffer.concat([Buffer.of(0), signature]) };
  }
}

describe('RSASSA-PSS', () => {
  const { key, message, signature, short, long } = zeroFirst('rsa-2048', PSS);
  const tuf = readTufKey('rsa', 'rsassa-pss-sha256', key.publicKeyPem);
  const readers: readonly (readonly [string, (one: Buffer) => boolean | undefined])[] = [
    ['by the key alone', (one) => verifyMessage(message, key.publicKey, one)],
    ['by the scheme that is named', (one) => verifyScheme(signatureScheme('1.2.840.113549.1.1.10 sha256'), message, key.publicKey, one)],
    ['in envelopes of the Notary Project', (one) => verifyBy('PS256', message, key.publicKey, one)],
    ['in repositories of TUF', (one) => tuf?.verifies(message, one)],
  ];

  test.each(readers)('%s counts in one form', (_, verifies) => {
    expect([signature, short, long].map(verifies)).toEqual([true, false, false]);
  });

  test('would be taken in two forms otherwise', () => expect(verify('sha256', message, { key: key.publicKey, ...PSS }, short)).toBe(true));

  test('by a key that signs so alone counts in one form', () => {
    const own = zeroFirst('rsa-pss', PSS);
    expect([own.signature, own.short, own.long].map((one) => verifyMessage(own.message, own.key.publicKey, one))).toEqual([true, false, false]);
  });
});

test('RSASSA-PKCS1-v1_5 counts in one form, over a message and over its digest', () => {
  const { key, message, signature, short, long } = zeroFirst('rsa-2048', {});
  const forms = [signature, short, long];
  expect(forms.map((one) => verifyMessage(message, key.publicKey, one))).toEqual([true, false, false]);
  expect(forms.map((one) => verifyDigest({ algorithm: 'sha256', hex: sha256Hex(message) }, key.publicKey, one))).toEqual(['valid', 'invalid', 'invalid']);
});
