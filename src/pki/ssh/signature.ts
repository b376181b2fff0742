/** Signatures of `ssh-keygen -Y sign` (SSHSIG): read strictly, and verified by exactly the algorithm that they name. */
import { hash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Malformed } from '../der.ts';
import type { HashName } from '../signatures/curves.ts';
import { scalarBytes } from '../signatures/curves.ts';
import { hasLengthOf } from '../signatures/rsa.ts';
import { nameSshKey } from './public-key.ts';
import type { NamedSshKey } from './public-key.ts';
import { SshReader, sshStrings } from './wire.ts';

/** An SSHSIG as parsed; nothing in it is verified. */
export interface SshSignature {
  /** Who signed by its own word; a key of a type that signs nothing here is told in words. */
  readonly signer: { readonly key: NamedSshKey } | { readonly unsupported: string };
  readonly namespace: string;
  readonly messageHash: 'sha256' | 'sha512';
  readonly algorithm: string;
  readonly signature: Buffer;
  /** Of a security key: what it says of how it signed, and how often it has. */
  readonly said?: Buffer;
}

const MAGIC = 'SSHSIG';
const HEAD = Buffer.from(MAGIC, 'latin1');
const VERSION = 1;
/** A byte of flags and a counter of four (PROTOCOL.u2f of OpenSSH). */
const SAID = 5;
const TOUCHED = 0x01;

/** Parses one (PROTOCOL.sshsig of OpenSSH). Throws {@link Malformed}. */
export function readSshSignature(blob: Uint8Array): SshSignature {
  const reader = new SshReader(blob);
  if (!HEAD.equals(reader.take(HEAD.length))) throw new Malformed('not an SSHSIG');
  if (reader.uint32() !== VERSION) throw new Malformed('SSHSIG is not of version 1');
  const key = nameSshKey(reader.string());
  const namespace = reader.name();
  if (reader.string().length > 0) throw new Malformed('the reserved field of the SSHSIG is not empty');
  const messageHash = reader.name();
  if (messageHash !== 'sha256' && messageHash !== 'sha512') throw new Malformed('the message of the SSHSIG is not hashed with sha256 or sha512');
  const inner = new SshReader(reader.string());
  reader.end();
  const algorithm = inner.name();
  const signature = inner.string();
  const said = key.ok && key.key.application !== undefined ? { said: inner.take(SAID) } : {};
  if (key.ok) inner.end();
  return { signer: key.ok ? { key: key.key } : { unsupported: key.problem }, namespace, messageHash, algorithm, signature, ...said };
}

/** The bytes that an SSHSIG signs of a message. */
function sshSignedBytes(message: Uint8Array, { namespace, messageHash }: Pick<SshSignature, 'namespace' | 'messageHash'>): Buffer {
  return sshStrings(HEAD, [namespace, '', messageHash, hash(messageHash, message, 'buffer')]);
}

/** What an algorithm of SSH means: the key's type in SSH's words, and its hash. SHA-1 (`ssh-rsa`) is not here. */
const ALGORITHMS = new Map<string, { readonly type: string; readonly hash: HashName | null }>([
  ['ssh-ed25519', { type: 'ssh-ed25519', hash: null }],
  ['ecdsa-sha2-nistp256', { type: 'ecdsa-sha2-nistp256', hash: 'sha256' }],
  ['ecdsa-sha2-nistp384', { type: 'ecdsa-sha2-nistp384', hash: 'sha384' }],
  ['ecdsa-sha2-nistp521', { type: 'ecdsa-sha2-nistp521', hash: 'sha512' }],
  ['rsa-sha2-256', { type: 'ssh-rsa', hash: 'sha256' }],
  ['rsa-sha2-512', { type: 'ssh-rsa', hash: 'sha512' }],
  ['sk-ssh-ed25519@openssh.com', { type: 'sk-ssh-ed25519@openssh.com', hash: null }],
  ['sk-ecdsa-sha2-nistp256@openssh.com', { type: 'sk-ecdsa-sha2-nistp256@openssh.com', hash: 'sha256' }],
]);

/** The hash with which the signature itself is made; `undefined` when its algorithm is not allowed for the key. */
export function sshHash({ algorithm }: SshSignature, { type }: Pick<NamedSshKey, 'type'>): HashName | null | undefined {
  const known = ALGORITHMS.get(algorithm);
  return known?.type === type ? known.hash : undefined;
}

/**
 * True when the key made this signature over the message, by the algorithm that it names. `key` is that which the signature names, by
 * its id, held to what keys may be. Throws {@link Malformed}.
 */
export function verifySshSignature(signed: SshSignature, key: KeyObject, message: Uint8Array): boolean {
  const name = 'key' in signed.signer ? sshHash(signed, signed.signer.key) : undefined;
  if (name === undefined) return false;
  const bytes = signedBytes(signed, message);
  const isEc = key.asymmetricKeyType === 'ec';
  if (key.asymmetricKeyType === 'rsa' && !hasLengthOf(key, signed.signature)) return false;
  const signature = isEc ? readHalves(signed.signature, scalarBytes(key)) : signed.signature;
  try {
    return verify(name, bytes, isEc ? { key, dsaEncoding: 'ieee-p1363' } : key, signature);
  } catch {
    // A key of another type than the algorithm is for: OpenSSL throws what is no signature of it.
    return false;
  }
}

/** True unless a security key says that it signed without anybody at it. */
export function isTouched({ said }: Pick<SshSignature, 'said'>): boolean {
  return said === undefined || ((said[0] ?? 0) & TOUCHED) !== 0;
}

/** A security key signs the hash of its application, what it says, and the hash of what it is given. */
function signedBytes(signed: SshSignature, message: Uint8Array): Buffer {
  const bytes = sshSignedBytes(message, signed);
  const application = 'key' in signed.signer ? signed.signer.key.application : undefined;
  if (application === undefined || signed.said === undefined) return bytes;
  return Buffer.concat([hash('sha256', application, 'buffer'), signed.said, hash('sha256', bytes, 'buffer')]);
}

/** r and s of an ECDSA signature (RFC 5656, 3.1.2), each as long as the curve's scalars. */
function readHalves(blob: Uint8Array, length: number): Buffer {
  const reader = new SshReader(blob);
  const halves = [reader.positive(), reader.positive()];
  reader.end();
  if (halves.some((half) => half.length > length)) throw new Malformed('ECDSA signature of SSH is too long');
  return Buffer.concat(halves.map((half) => Buffer.concat([Buffer.alloc(length - half.length), half])));
}
