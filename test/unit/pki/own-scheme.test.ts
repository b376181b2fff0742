// What a signature says of how it was made counts only where a certificate's key signs so: held beside what is tried where nothing is said.
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { isOwnScheme, verifyMessage } from '../../../src/pki/signatures/algorithms.ts';
import { SIGNATURE_ALGORITHMS, signatureScheme, verifyScheme } from '../../../src/pki/signatures/signature-algorithm.ts';
import { makeKey } from '../../world/keys.ts';
import type { KeyType, SigningKey } from '../../world/keys.ts';

const TYPES: readonly KeyType[] = ['p256', 'p384', 'p521', 'ed25519', 'rsa-2048', 'rsa-3072', 'rsa-pss'];
const message = Buffer.from('what was signed');

function signedBy({ privateKey }: SigningKey, hash: string | null, isPss: boolean): Buffer | undefined {
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  try {
    return sign(hash, message, { key: privateKey, ...(isPss ? padding : {}) });
  } catch {
    // A key of another type, or one that pads and hashes in a way of its own.
    return undefined;
  }
}

test.each(TYPES)('a key of type %s owns the schemes by which its signatures are found without their names, and no other', (type) => {
  const key = makeKey(type);
  const owned: string[] = [];
  for (const name of SIGNATURE_ALGORITHMS) {
    const scheme = signatureScheme(name);
    if (scheme === undefined) throw new Error('unknown');
    const made = signedBy(key, scheme.hash, scheme.pss === true);
    const isOwn = made !== undefined && verifyScheme(scheme, message, key.publicKey, made) && verifyMessage(message, key.publicKey, made);
    expect(isOwnScheme(scheme, key.publicKey), name).toBe(isOwn);
    if (isOwn) owned.push(name);
  }
  expect(owned.length).toBeGreaterThan(0);
});

test.each([
  ['as every signature says', 'sha256', 'sha256', 32, true], ['so, of the largest hash', 'sha512', 'sha512', 64, true],
  ['a mask with another hash', 'sha256', 'sha1', 32, false], ['a mask with a larger hash', 'sha256', 'sha512', 32, false],
  ['a mask with another hash than its own', 'sha384', 'sha256', 48, false],
  ['a shorter salt', 'sha256', 'sha256', 20, false], ['no salt', 'sha256', 'sha256', 0, false], ['a longer salt', 'sha256', 'sha256', 48, false],
  ['the salt of another hash', 'sha512', 'sha512', 32, false],
])('an RSASSA-PSS key that asks for %s signs by the scheme of its hash, or by none', (_, hashAlgorithm, mgf1HashAlgorithm, saltLength, isOwn) => {
  // node:crypto wants a number, whatever its types say.
  const salt = { saltLength } as object;
  const { publicKey, privateKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm, mgf1HashAlgorithm, ...salt });
  const scheme = signatureScheme(`1.2.840.113549.1.1.10 ${hashAlgorithm}`);
  if (scheme === undefined) throw new Error('unknown');
  expect(isOwnScheme(scheme, publicKey)).toBe(isOwn);
  const made = sign(hashAlgorithm, message, privateKey);
  expect(verifyMessage(message, publicKey, made), 'of formats that do not say how they were signed').toBe(true);
  if (isOwn) expect(verifyScheme(scheme, message, publicKey, made)).toBe(true);
});

test('an RSASSA-PSS key that asks for nothing signs by the first hash', () => {
  const { publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const owned = [...SIGNATURE_ALGORITHMS].filter((name) => {
    const scheme = signatureScheme(name);
    return scheme !== undefined && isOwnScheme(scheme, publicKey);
  });
  expect(owned).toEqual(['1.2.840.113549.1.1.10 sha256']);
});
