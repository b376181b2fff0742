/** Keys and signatures of SSH, as ssh-keygen makes them. */
import { createHash } from 'node:crypto';
import { signWith } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import { armoured } from './object.ts';

/** A string as SSH writes it. */
export function sshString(content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive integer as SSH writes it. */
export function mpint(bytes: Uint8Array): Buffer {
  let from = 0;
  while (bytes[from] === 0) from += 1;
  const body = bytes.subarray(from);
  return sshString((body[0] ?? 0) < 0x80 ? body : Buffer.concat([Buffer.from([0]), body]));
}

const NAMES = { p256: 'nistp256', p384: 'nistp384', p521: 'nistp521' } as const;
const HALF = { p256: 32, p384: 48, p521: 66 } as const;

function isCurve(type: SigningKey['type']): type is keyof typeof NAMES {
  return type in NAMES;
}

/** The public key in wire form. */
export function sshKeyBlob({ type, spki, publicKey }: SigningKey): Buffer {
  if (type === 'ed25519') return Buffer.concat([sshString('ssh-ed25519'), sshString(spki.subarray(-32))]);
  if (isCurve(type)) {
    const point = spki.subarray(-(2 * HALF[type] + 1));
    return Buffer.concat([`ecdsa-sha2-${NAMES[type]}`, NAMES[type], point].map(sshString));
  }
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return Buffer.concat([sshString('ssh-rsa'), mpint(Buffer.from(e, 'base64url')), mpint(Buffer.from(n, 'base64url'))]);
}

/** Its line, as `id_….pub` holds it. */
export function sshLine(key: SigningKey, comment = 'alice@acme.test'): string {
  const blob = sshKeyBlob(key);
  return `${blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))} ${blob.toString('base64')} ${comment}`;
}

/** How a signature differs from an honest one over the payload. */
export interface SshSigning {
  readonly key: SigningKey;
  readonly payload: Uint8Array;
  readonly namespace?: string;
  readonly hash?: 'sha256' | 'sha512' | 'sha1';
  readonly algorithm?: string;
  /** Written instead of the signer's key. */
  readonly named?: Uint8Array;
  readonly reserved?: string;
  readonly magic?: string;
  readonly version?: number;
  /** Changes the inner signature. */
  readonly inner?: (bytes: Buffer) => Buffer;
  readonly more?: Uint8Array;
  /** Namespace that is signed, where another is written. */
  readonly signedNamespace?: string;
}

/** An SSHSIG in its armour. */
export function sshSignature(signing: SshSigning): string {
  return armoured('SSH SIGNATURE', sshSignatureBlob(signing));
}

/** The same without armour. */
export function sshSignatureBlob({ key, payload, ...rest }: SshSigning): Buffer {
  const { namespace = 'git', hash = 'sha512', named = sshKeyBlob(key), reserved = '' } = rest;
  const { magic = 'SSHSIG', version = 1, more = Buffer.alloc(0) } = rest;
  const digest = createHash(hash).update(payload).digest();
  const signed = Buffer.concat([Buffer.from('SSHSIG'), ...[rest.signedNamespace ?? namespace, reserved, hash, digest].map(sshString)]);
  const raw = innerSignature(key, signed, rest.algorithm);
  const inner = rest.inner?.(raw) ?? raw;
  const head = Buffer.alloc(4);
  head.writeUInt32BE(version);
  return Buffer.concat([Buffer.from(magic), head, ...[named, namespace, reserved, hash, inner].map(sshString), more]);
}

function innerSignature(key: SigningKey, signed: Buffer, algorithm?: string): Buffer {
  if (key.type === 'ed25519') return Buffer.concat([sshString(algorithm ?? 'ssh-ed25519'), sshString(signWith(key, signed))]);
  if (isCurve(key.type)) {
    const [half, both] = [HALF[key.type], signWith(key, signed, { encoding: 'p1363' })];
    const numbers = Buffer.concat([mpint(both.subarray(0, half)), mpint(both.subarray(half))]);
    return Buffer.concat([sshString(algorithm ?? `ecdsa-sha2-${NAMES[key.type]}`), sshString(numbers)]);
  }
  const name = algorithm ?? 'rsa-sha2-512';
  return Buffer.concat([sshString(name), sshString(signWith(key, signed, { hash: name === 'rsa-sha2-256' ? 'sha256' : 'sha512' }))]);
}
