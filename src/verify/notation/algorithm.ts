/** The algorithm of a Notary Project signature follows from its signer's key, and nothing in the envelope can choose it. */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { keyDetails, scalarBytes } from '../../pki/signatures/curves.ts';
import { hasLengthOf } from '../../pki/signatures/rsa.ts';
import { refuse } from '../problem.ts';

/** All that there are, by their names in JOSE. */
export type NotaryAlgorithm = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

/** By size of an RSA modulus, and by curve (signature-specification, "Algorithm Selection"). */
const OF_RSA = new Map<number, NotaryAlgorithm>([[2048, 'PS256'], [3072, 'PS384'], [4096, 'PS512']]);
const OF_CURVE = new Map<string, NotaryAlgorithm>([['prime256v1', 'ES256'], ['secp384r1', 'ES384'], ['secp521r1', 'ES512']]);

const HASH = { PS256: 'sha256', PS384: 'sha384', PS512: 'sha512', ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' } as const;
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

/** True for the name of an algorithm that signatures may have. */
export function isNotaryAlgorithm(name: unknown): name is NotaryAlgorithm {
  return typeof name === 'string' && Object.hasOwn(HASH, name);
}

/** The one algorithm of this key. Refuses with VERIFY_ALGORITHM: other sizes and types sign nothing here. */
export function algorithmOf(key: KeyObject): NotaryAlgorithm {
  const { modulusLength = 0, namedCurve = '' } = keyDetails(key);
  const own = key.asymmetricKeyType === 'rsa' ? OF_RSA.get(modulusLength) : OF_CURVE.get(namedCurve);
  return own ?? refuse('VERIFY_ALGORITHM', {
    found: `a certificate with a key of type ${key.asymmetricKeyType ?? 'unknown'} ${modulusLength || namedCurve || ''}`.trim(),
    expected: 'RSA of 2048, 3072 or 4096 bits, or ECDSA P-256, P-384 or P-521',
    fix: 'sign with a certificate whose key is one of these: others sign nothing in the Notary Project',
  });
}

/** True for a signature as long as all are that this key makes, so that none is written in two forms. */
export function isAsLong(algorithm: NotaryAlgorithm, key: KeyObject, signature: Uint8Array): boolean {
  return algorithm.startsWith('PS') ? hasLengthOf(key, signature) : signature.length === 2 * scalarBytes(key);
}

/** True when the key made this signature by its algorithm: PSS with a salt as long as the hash, ECDSA as r and s. */
export function verifyBy(algorithm: NotaryAlgorithm, message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const how = algorithm.startsWith('PS') ? { key, ...PSS } : { key, dsaEncoding: 'ieee-p1363' as const };
  return isAsLong(algorithm, key, signature) && verify(HASH[algorithm], message, how, signature);
}
