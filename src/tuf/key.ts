/** Keys in TUF metadata: the schemes that may sign, and one identity for each key whatever it is called. */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { keyIdOf, readSpki } from '../pki/key-rules.ts';
import { readPem } from '../pki/pem.ts';
import { hasLengthOf } from '../pki/signatures/rsa.ts';

/** A key of a role, ready to verify. */
export interface TufKey {
  /** `sha256:<hex>` over the SubjectPublicKeyInfo: one key under several key ids has one identity (J02). */
  readonly identity: string;
  /** True when the signature over the message verifies. Never throws. */
  verifies(message: Uint8Array, signature: Uint8Array): boolean;
}

interface Scheme {
  /** `keytype` values under which the scheme may stand. */
  readonly types: readonly string[];
  readonly hash: string | null;
  fits(key: KeyObject): boolean;
  /** DER before a key written in hexadecimal. */
  readonly hexPrefix?: string;
  readonly hexLength?: number;
}

const isCurve =
  (curve: string) =>
  (key: KeyObject): boolean =>
    key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve;
const isRsa = (key: KeyObject): boolean => key.asymmetricKeyType === 'rsa';

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  [
    'ed25519',
    {
      types: ['ed25519'],
      hash: null,
      fits: (key: KeyObject) => key.asymmetricKeyType === 'ed25519',
      hexPrefix: '302a300506032b6570032100',
      hexLength: 64,
    },
  ],
  [
    'ecdsa-sha2-nistp256',
    {
      types: ['ecdsa', 'ecdsa-sha2-nistp256'],
      hash: 'sha256',
      fits: isCurve('prime256v1'),
      hexPrefix: '3059301306072a8648ce3d020106082a8648ce3d030107034200',
      hexLength: 130,
    },
  ],
  [
    'ecdsa-sha2-nistp384',
    {
      types: ['ecdsa', 'ecdsa-sha2-nistp384'],
      hash: 'sha384',
      fits: isCurve('secp384r1'),
      hexPrefix: '3076301006072a8648ce3d020106052b81040022036200',
      hexLength: 194,
    },
  ],
  ['rsassa-pss-sha256', { types: ['rsa'], hash: 'sha256', fits: isRsa }],
  ['rsassa-pss-sha384', { types: ['rsa'], hash: 'sha384', fits: isRsa }],
  ['rsassa-pss-sha512', { types: ['rsa'], hash: 'sha512', fits: isRsa }],
]);

/**
 * Reads a key of metadata (specification 4.2): PEM, or hexadecimal for Ed25519 and ECDSA.
 *
 * `undefined` for a type, scheme or encoding that is not known and for weak keys: such a key is not an error,
 * since repositories add new algorithms beside old ones, but nothing is ever signed by it.
 */
export function readTufKey(type: string, schemeName: string, text: string): TufKey | undefined {
  const scheme = SCHEMES.get(schemeName);
  if (scheme === undefined || !scheme.types.includes(type)) return undefined;
  const der = spkiOf(text, scheme);
  const reading = der === undefined ? undefined : readSpki(der);
  if (der === undefined || reading?.ok !== true || !scheme.fits(reading.key)) return undefined;
  const { key } = reading;
  const how =
    key.asymmetricKeyType === 'rsa' ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO } : key;
  const isPossible = (signature: Uint8Array): boolean => key.asymmetricKeyType !== 'rsa' || hasLengthOf(key, signature);
  return {
    identity: keyIdOf(der),
    verifies: (message, signature) => isPossible(signature) && verifies(scheme.hash, message, how, signature),
  };
}

function spkiOf(text: string, { hexPrefix, hexLength }: Scheme): Buffer | undefined {
  if (hexPrefix !== undefined && text.length === hexLength && /^[0-9a-f]+$/i.test(text)) return Buffer.from(hexPrefix + text, 'hex');
  const pem = readPem(text, 'PUBLIC KEY');
  return pem.ok ? pem.der : undefined;
}

function verifies(hash: string | null, message: Uint8Array, key: Parameters<typeof verify>[2], signature: Uint8Array): boolean {
  try {
    return verify(hash, message, key, signature);
  } catch {
    // OpenSSL throws for signatures of impossible shape; they verify nothing.
    return false;
  }
}
