/** Keys for receipts as files hold them: private ones that sign, and public halves of those that have signed. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { ReceiptKeyFile } from '../domain/gate/receipt.ts';
import { keyIdOf, readSpki } from '../pki/key-rules.ts';
import { readPem } from '../pki/pem.ts';

/** A key by which receipts are verified, and signed where its private half is there. */
export interface ReceiptKey {
  /** `sha256:<hex of the SPKI DER>`: `keyid` in envelopes and `kid` in the key set. */
  readonly keyId: string;
  readonly algorithm: 'ed25519' | 'p256';
  readonly publicKey: KeyObject;
  readonly privateKey?: KeyObject;
}

const MOST_KEYS = 32;

/**
 * Reads key files in the order of their names, in which numbers count as numbers: the last is the newest. Each is one PEM block,
 * `PRIVATE KEY` (PKCS#8) or `PUBLIC KEY`, Ed25519 or ECDSA P-256. Throws with the file's name and what is wrong, never with a key.
 */
export function readReceiptKeys(files: readonly ReceiptKeyFile[]): readonly ReceiptKey[] {
  if (files.length > MOST_KEYS) throw new Error(`expected at most ${MOST_KEYS} keys for receipts, found ${files.length}`);
  const order = new Intl.Collator('en', { numeric: true });
  const sorted = files.toSorted((a, b) => order.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
  const keys = new Map<string, ReceiptKey>();
  for (const { name, text } of sorted) {
    const key = readKey(text);
    if (typeof key === 'string') throw new Error(`${name}: ${key}`);
    // A private key and its public half beside it are one key.
    const before = keys.get(key.keyId);
    if (before === undefined || before.privateKey === undefined) keys.set(key.keyId, key);
  }
  return [...keys.values()];
}

function readKey(text: string): ReceiptKey | string {
  const isPublic = text.trimStart().startsWith('-----BEGIN PUBLIC KEY-----');
  const block = readPem(text, isPublic ? 'PUBLIC KEY' : 'PRIVATE KEY');
  if (!block.ok) return `${block.problem}; make one with openssl genpkey -algorithm ed25519`;
  if (isPublic) return publicKeyOf(block.der);
  try {
    const privateKey = createPrivateKey({ key: block.der, format: 'der', type: 'pkcs8' });
    const read = publicKeyOf(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
    return typeof read === 'string' ? read : { ...read, privateKey };
  } catch {
    return 'expected a private key in PKCS#8 without a password, found none that can be read';
  }
}

function publicKeyOf(spki: Buffer): ReceiptKey | string {
  const read = readSpki(spki);
  if (!read.ok) return read.problem;
  const { key } = read;
  const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (key.asymmetricKeyType !== 'ed25519' && !isP256) return 'receipts are signed with Ed25519 or ECDSA P-256; this is another key';
  return { keyId: keyIdOf(spki), algorithm: isP256 ? 'p256' : 'ed25519', publicKey: key };
}

/** The public half as a JSON Web Key (RFC 7517) with our name for it. */
export function jwkOf({ publicKey, keyId, algorithm }: ReceiptKey): Readonly<Record<string, unknown>> {
  return { ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: algorithm === 'ed25519' ? 'EdDSA' : 'ES256' };
}
