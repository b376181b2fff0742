/** The signature itself: a key made it over this content, with a hash that is allowed, or it is refused. */
import { hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { TrustedKey } from '../../domain/evidence.ts';
import { checkSignature, isOwnScheme } from '../../pki/signatures/algorithms.ts';
import type { HashChoice } from '../../pki/signatures/curves.ts';
import { verifyScheme } from '../../pki/signatures/signature-algorithm.ts';
import type { SignatureScheme } from '../../pki/signatures/signature-algorithm.ts';
import { refuse } from '../problem.ts';
import type { SignedContent } from './signed.ts';

/** The key's signature, with the hash that its policy names; one with another hash is told as such. */
export function requireHash(content: SignedContent, key: KeyObject, { keyId, hashAlgorithm }: TrustedKey): void {
  if (hashAlgorithm === undefined) return requireSignatureOf(content, key, 'any');
  try {
    requireSignatureOf(content, key, hashAlgorithm);
  } catch (refused) {
    if (!verifies(content, key)) throw refused;
    refuse('VERIFY_HASH', { found: `a signature by key ${keyId} with another hash`, expected: `a signature with ${hashAlgorithm}` });
  }
}

function verifies({ message, messageDigest, signature }: SignedContent, key: KeyObject): boolean {
  const signed = message ?? messageDigest;
  return signed !== undefined && checkSignature(signed, key, signature, 'any') === 'valid';
}

/**
 * Refuses unless the key made this signature over the content, with one of these hashes; where the content says how it was signed, so
 * exactly, and only as a certificate's key signs. Throws also what node:crypto throws.
 */
export function requireSignatureOf(content: SignedContent, key: KeyObject, hashes: HashChoice): void {
  const { message, messageDigest, scheme } = content;
  if (
    message !== undefined &&
    messageDigest !== undefined &&
    hash(messageDigest.algorithm, message, 'hex') !== messageDigest.hex.toLowerCase()
  ) {
    refuse('VERIFY_SIGNATURE_INVALID', {
      found: `${messageDigest.algorithm}:${messageDigest.hex}`,
      cause: 'the evidence names another digest than its content has',
    });
  }
  const signed = message ?? messageDigest;
  if (signed === undefined) refuse('VERIFY_ALGORITHM', { found: 'there is neither a message nor a digest to verify' });
  if (scheme !== undefined) return requireScheme(content, scheme, key);
  const check = checkSignature(signed, key, content.signature, hashes);
  if (check === 'valid') return;
  if (check === 'invalid') refuse('VERIFY_SIGNATURE_INVALID', { cause: 'the signature does not verify with this key' });
  refuse('VERIFY_ALGORITHM', { found: check.unsupported });
}

function requireScheme({ message, signature }: SignedContent, scheme: SignatureScheme, key: KeyObject): void {
  if (message === undefined || !isOwnScheme(scheme, key))
    refuse('VERIFY_ALGORITHM', {
      found: `a signature with ${scheme.hash ?? 'a hash of its own'} by a key of type ${key.asymmetricKeyType ?? 'unknown'}`, expected: OWN_HASH,
    });
  if (!verifyScheme(scheme, message, key, signature)) refuse('VERIFY_SIGNATURE_INVALID', { cause: 'the signature does not verify with this key' });
}

const OWN_HASH = 'the hash that belongs to the key: SHA-256 for RSA and P-256, SHA-384 for P-384, SHA-512 for P-521';
