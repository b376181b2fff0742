/** Public keys as people hand them in: PEM in, one text and one id for each key out, or a hint at what is wrong. */
import { createHash } from 'node:crypto';
import { decodeBase64 } from '../text/base64.ts';
import { keyIdOf, readSpki } from './key-rules.ts';
import { pemBlock, readPem } from './pem.ts';
import { looksLikeSshKey, readSshLine } from './ssh/public-key.ts';

/** A public key as everything names and stores it: the id and the text both follow from its DER. */
export interface PublicKey {
  /** `sha256:<hex>` of its SubjectPublicKeyInfo. */
  readonly keyId: string;
  /** One PEM block `PUBLIC KEY`, written from the DER. */
  readonly pem: string;
}

/** A key of an allowed algorithm, or the reason why it is none. */
export type PublicKeyReading =
  | { readonly ok: true; readonly key: PublicKey }
  | { readonly ok: false; readonly problem: string };

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/PRIVATE KEY/, 'this is a private key: never put one into a policy; give its public half (openssl pkey -pubout)'],
  [/BEGIN RSA PUBLIC KEY/, 'this is a PKCS#1 key: convert it with openssl rsa -RSAPublicKey_in -pubout'],
  [/BEGIN CERTIFICATE/, 'this is a certificate: take its key with openssl x509 -pubkey -noout, or name its issuer and subject'],
  [/BEGIN OPENSSH PRIVATE/, 'this is a private key: never put one into a policy; give its public half (the file that ends in .pub)'],
  [/BEGIN PGP/, 'this is OpenPGP: give the block PGP PUBLIC KEY BLOCK where a Signer names a key, and a PEM public key elsewhere'],
];

/**
 * Reads a public key that somebody is to trust: exactly one PEM block `PUBLIC KEY` (RFC 7468, 13) of an allowed algorithm.
 *
 * ML-DSA-65 (FIPS 204) is allowed only where `algorithm` names it, and then nothing else is: few tools make such
 * signatures yet, so nobody shall meet one by accident. The returned PEM is rewritten from the key's DER, so equal keys have equal
 * text and equal ids. A verifier key of signed notes (`NAME+HASH+KEY`, golang.org/x/mod/sumdb/note), as checksum databases are known by, is
 * taken too; only Ed25519 is one. So is a line of SSH (`ssh-ed25519 AAAA… comment`): the same key has the same id in all forms.
 * Never throws.
 */
export function readPublicKey(pem: string, algorithm?: 'ml-dsa-65'): PublicKeyReading {
  if (algorithm === undefined && NOTE_KEY.test(pem.trim())) return readNoteKey(pem.trim());
  if (algorithm === undefined && looksLikeSshKey(pem)) {
    const read = readSshLine(pem);
    return read.ok ? { ok: true, key: { keyId: read.key.keyId, pem: pemOf(Buffer.from(read.key.spki)) } } : read;
  }
  const block = readPem(pem, 'PUBLIC KEY');
  if (!block.ok) return { ok: false, problem: hintFor(pem) ?? block.problem };
  const reading = readSpki(block.der, algorithm);
  if (!reading.ok) return reading;
  return { ok: true, key: { keyId: keyIdOf(block.der), pem: pemOf(block.der) } };
}

function hintFor(pem: string): string | undefined {
  const head = pem.slice(0, 200);
  return HINTS.find(([pattern]) => pattern.test(head))?.[1];
}

/** A SubjectPublicKeyInfo in its one PEM. */
export function pemOf(spki: Buffer): string {
  return pemBlock('PUBLIC KEY', spki);
}

const NOTE_KEY = /^[^\s+]{1,256}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{1,200}$/;
/** What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410, 4). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** The hash in it must be that of its name and key: a name that was changed is another verifier. */
function readNoteKey(text: string): PublicKeyReading {
  const [name = '', hash = ''] = text.split('+', 2);
  const key = decodeBase64(text.slice(name.length + hash.length + 2), 'standard');
  if (key?.length !== 33 || key[0] !== 1) return { ok: false, problem: 'this verifier key of notes is not of Ed25519 (type 1)' };
  if (createHash('sha256').update(`${name}\n`).update(key).digest('hex').slice(0, 8) !== hash)
    return { ok: false, problem: 'the hash in this verifier key of notes is not that of its name and key' };
  const der = Buffer.concat([ED25519_SPKI, key.subarray(1)]);
  const reading = readSpki(der);
  return reading.ok ? { ok: true, key: { keyId: keyIdOf(der), pem: pemOf(der) } } : reading;
}
