/** A hint orders the keys and is believed in nothing. */
import { decodeBase64 } from '../../text/base64.ts';
import type { TrustedKey } from '../../domain/evidence.ts';

/**
 * Key id that a hint names: `sha256:<hex>`, the hex alone, or base64 of the SHA-256 of the SPKI (cosign, the
 * Sigstore bundle's `publicKey.hint`, DSSE's `keyid`); `undefined` for hints of any other make.
 *
 * A hint is not authenticated: it decides which key is tried first and what a message says, nothing else.
 */
export function keyIdOfHint(hint: string): string | undefined {
  const bare = hint.startsWith('sha256:') ? hint.slice(7) : hint;
  if (/^[0-9a-f]{64}$/.test(bare)) return `sha256:${bare}`;
  if (bare.length !== 43 && bare.length !== 44) return undefined;
  const hash = decodeBase64(bare);
  return hash?.length === 32 ? `sha256:${Buffer.from(hash).toString('hex')}` : undefined;
}

/** True when the hint names this key, as hints name keys or as the policy that pins it does. */
export function isNamedBy({ keyId, barePayloadKeyId }: TrustedKey, hint: string): boolean {
  return keyId === keyIdOfHint(hint) || (barePayloadKeyId !== undefined && barePayloadKeyId === hint);
}

/** The keys in the order in which they are worth trying: those the hint names before all others. */
export function hintedFirst(keys: readonly TrustedKey[], hint: string): readonly TrustedKey[] {
  const named = keys.filter((key) => isNamedBy(key, hint));
  return named.length === 0 ? keys : [...named, ...keys.filter((key) => !named.includes(key))];
}
