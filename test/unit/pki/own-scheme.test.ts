// What a signature says of how it was made counts only where a certificate's key signs so: held beside what is tried where nothing is said.
import { constants, sign } from 'node:crypto';
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
