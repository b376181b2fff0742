/** Log entries that hold a signature over a hash. */
import type { LogSubject } from './binding.ts';
import { at, contentHash, isBase64Of, isPemOf, isVerifierOf, requireHash, requireSignature, requireVerifier } from './binding.ts';
import { hashNameV1, hashNameV2 } from './hash.ts';
import { decodeBase64 } from '../../../text/base64.ts';

/** Binds a Rekor v1 `hashedrekord` 0.0.1 entry: signature, key or certificate, and hash of the signed bytes. */
export function bindHashedRekordV1(spec: unknown, { content, verifier }: LogSubject): void {
  requireSignature(isBase64Of(at(spec, 'signature', 'content'), content.signature));
  requireVerifier(isPemOf(at(spec, 'signature', 'publicKey', 'content'), verifier));
  const algorithm = hashNameV1(at(spec, 'data', 'hash', 'algorithm'));
  const value = at(spec, 'data', 'hash', 'value');
  requireHash('artifact', algorithm && typeof value === 'string' ? value : undefined, algorithm && contentHash(content, algorithm));
}

/**
 * Binds a Rekor v2 `hashedrekord` 0.0.2 entry (rekor-v2-spec, 6.1.4). For a DSSE envelope the signed bytes are
 * its pre-authentication encoding, so payload and payload type are bound together.
 */
export function bindHashedRekordV2(spec: unknown, { content, verifier }: LogSubject): void {
  const record = at(spec, 'hashedRekordV002');
  requireSignature(isBase64Of(at(record, 'signature', 'content'), content.signature));
  requireVerifier(isVerifierOf(at(record, 'signature', 'verifier'), verifier));
  const algorithm = hashNameV2(at(record, 'data', 'algorithm'));
  requireHash(
    'artifact',
    algorithm && decodeBase64(at(record, 'data', 'digest'), 'standard')?.toString('hex'),
    algorithm && contentHash(content, algorithm),
  );
}
