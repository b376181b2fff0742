/** Asking a responder about one certificate (RFC 6960, 4.1): by its issuer's name and key, and its serial number. */
import { createHash } from 'node:crypto';
import type { Certificate } from '../certificate.ts';
import { encodeDer, readBitString, readDer, sequence, TAG } from '../der.ts';

/** The hashes by which certificates are named. SHA-1 names here and proves nothing: what is signed is the whole answer. */
export type NamingHash = 'sha1' | 'sha256';

/** A certificate as responders name it. */
export interface CertificateId {
  readonly nameHash: Uint8Array;
  readonly keyHash: Uint8Array;
  /** Content bytes of the INTEGER. */
  readonly serial: Uint8Array;
}

/** `{algorithm, NULL}` by hash, DER. */
const ALGORITHMS: Readonly<Record<NamingHash, string>> = {
  sha1: '300906052b0e03021a0500', sha256: '300d06096086480165030402010500',
};
const HASHES = new Map<string, NamingHash>([['1.3.14.3.2.26', 'sha1'], ['2.16.840.1.101.3.4.2.1', 'sha256']]);

/** The hash of an AlgorithmIdentifier's dotted name; `undefined`: none by which we name certificates. */
export function namingHash(oid: string): NamingHash | undefined {
  return HASHES.get(oid);
}

/** How a certificate of `issuer` is named. */
export function certificateId(serial: Uint8Array, issuer: Pick<Certificate, 'subject' | 'spki'>, hash: NamingHash): CertificateId {
  return { nameHash: digest(hash, issuer.subject), keyHash: keyHash(issuer, hash), serial };
}

/** The hash of a public key's bits, without the algorithm around it. */
export function keyHash({ spki }: Pick<Certificate, 'spki'>, hash: NamingHash): Uint8Array {
  const [, bits] = sequence(readDer(spki));
  return digest(hash, readBitString(bits));
}

/**
 * The request, DER. It asks for no nonce: answers are made ahead by most responders, and how old one may be is told by the answer
 * itself (RFC 5019, 4). SHA-1 unless said otherwise, since many know no other name.
 */
export function ocspRequest(serial: Uint8Array, issuer: Pick<Certificate, 'subject' | 'spki'>, hash: NamingHash = 'sha1'): Uint8Array {
  const { nameHash, keyHash: key } = certificateId(serial, issuer, hash);
  const id = encodeDer(TAG.sequence, [
    Buffer.from(ALGORITHMS[hash], 'hex'), encodeDer(TAG.octetString, [nameHash]), encodeDer(TAG.octetString, [key]),
    encodeDer(TAG.integer, [serial]),
  ]);
  return [0, 1, 2, 3].reduce((inside: Uint8Array) => encodeDer(TAG.sequence, [inside]), id);
}

function digest(hash: NamingHash, bytes: Uint8Array): Uint8Array {
  return createHash(hash).update(bytes).digest();
}
