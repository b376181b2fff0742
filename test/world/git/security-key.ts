/** Keys of SSH on security keys, and what these sign (PROTOCOL.u2f of OpenSSH). */
import { createHash } from 'node:crypto';
import { signWith } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import { armoured } from './object.ts';
import { mpint, sshKeyBlob, sshString } from './ssh.ts';

/** What a security key signs, and how. */
export interface Touch {
  readonly key: SigningKey;
  readonly payload: Uint8Array;
  /** Default: `ssh:`. */
  readonly application?: string;
  /** Signed instead of the application that the key names. */
  readonly signedApplication?: string;
  /** Default: touched (1). */
  readonly flags?: number;
  readonly counter?: number;
  readonly namespace?: string;
  /** Written instead of what was signed. */
  readonly said?: Buffer;
  readonly algorithm?: string;
  /** Makes a signature as of an ordinary key. */
  readonly isPlain?: boolean;
}

function typeOf({ type }: SigningKey): string {
  return type === 'ed25519' ? 'sk-ssh-ed25519@openssh.com' : 'sk-ecdsa-sha2-nistp256@openssh.com';
}

/** The public key in wire form. */
export function securityKeyBlob(key: SigningKey, application = 'ssh:'): Buffer {
  const plain = sshKeyBlob(key);
  return Buffer.concat([sshString(typeOf(key)), plain.subarray(4 + plain.readUInt32BE(0)), sshString(application)]);
}

/** Its line. */
export function securityKeyLine(key: SigningKey, application = 'ssh:'): string {
  return `${typeOf(key)} ${securityKeyBlob(key, application).toString('base64')} alice@acme.test`;
}

/** An SSHSIG in its armour. */
export function securityKeySignature({ key, payload, application = 'ssh:', signedApplication = application, flags = 1, counter = 7, namespace = 'git', said, algorithm = typeOf(key), isPlain = false }: Touch): string {
  const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();
  const message = Buffer.concat([Buffer.from('SSHSIG'), ...[namespace, '', 'sha512', createHash('sha512').update(payload).digest()].map(sshString)]);
  const tail = Buffer.alloc(5);
  tail[0] = flags;
  tail.writeUInt32BE(counter, 1);
  const signed = isPlain ? message : Buffer.concat([sha256(signedApplication), tail, sha256(message)]);
  const both = signWith(key, signed, { encoding: 'p1363' });
  const raw = key.type === 'ed25519' ? signWith(key, signed) : Buffer.concat([mpint(both.subarray(0, 32)), mpint(both.subarray(32))]);
  const inner = Buffer.concat([sshString(algorithm), sshString(raw), said ?? tail]);
  const head = Buffer.from([0, 0, 0, 1]);
  return armoured('SSH SIGNATURE', Buffer.concat([Buffer.from('SSHSIG'), head, ...[securityKeyBlob(key, application), namespace, '', 'sha512', inner].map(sshString)]));
}
