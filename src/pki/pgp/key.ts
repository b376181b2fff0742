/** One public key packet of OpenPGP (RFC 4880, 5.5.2), made the key that everything else knows. */
import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { encodeDer, Malformed, TAG } from '../der.ts';
import { keyIdOf, readSpki } from '../key-rules.ts';
import { PacketReader } from './packets.ts';

/** A version 4 public key; `material` is absent where its algorithm signs nothing here. */
export interface PgpKey {
  /** Hexadecimal, 40 digits. */
  readonly fingerprint: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly algorithm: number;
  readonly material?: PgpMaterial;
  /** Why there is none. */
  readonly problem?: string;
  /** What signatures about this key hash: the packet with the one header that version 4 fixes (RFC 4880, 5.2.4). */
  readonly hashed: Buffer;
}

export interface PgpMaterial {
  readonly key: KeyObject;
  readonly spki: Uint8Array;
  readonly keyId: string;
}

/** Public key algorithms that sign. */
export const ALGORITHM = { rsa: 1, rsaSign: 3, ecdsa: 19, eddsa: 22, ed25519: 27 } as const;

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_OID = '2b06010401da470f01';
/** Curves by their object identifiers as OpenPGP writes them: what stands before the point in the SPKI, and the length of the point. */
const CURVES = new Map([
  ['2a8648ce3d030107', { head: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'), length: 65 }],
  ['2b81040022', { head: Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex'), length: 97 }],
  ['2b81040023', { head: Buffer.from('30819b301006072a8648ce3d020106052b8104002303818600', 'hex'), length: 133 }],
]);
const RSA_ENCRYPTION = Buffer.from('300d06092a864886f70d0101010500', 'hex');

/** Reads one. Throws {@link Malformed}; an algorithm that does not sign here leaves the key without material. */
export function readPgpKey(body: Buffer): PgpKey {
  const reader = new PacketReader(body);
  const version = reader.uint(1);
  if (version !== 4) throw new Malformed(`OpenPGP keys of version ${version} are not supported, only those of version 4`);
  const created = reader.uint(4);
  const algorithm = reader.uint(1);
  const spki = spkiOf(algorithm, reader);
  const hashed = Buffer.concat([Buffer.from([0x99, body.length >> 8, body.length & 0xff]), body]);
  // SHA-1 is what fingerprints of version 4 are made by; nothing is trusted by them, they only say which key to try.
  const fingerprint = createHash('sha1').update(hashed).digest('hex');
  const common = { fingerprint, created, algorithm, hashed };
  if (spki === undefined) return { ...common, problem: `its algorithm (${algorithm}) is not supported` };
  reader.end();
  const read = readSpki(spki);
  return read.ok ? { ...common, material: { key: read.key, spki, keyId: keyIdOf(spki) } } : { ...common, problem: read.problem };
}

function spkiOf(algorithm: number, reader: PacketReader): Uint8Array | undefined {
  switch (algorithm) {
    case ALGORITHM.rsa:
    case ALGORITHM.rsaSign: {
      const [modulus, exponent] = [reader.integer(), reader.integer()];
      const key = encodeDer(TAG.sequence, [integer(modulus), integer(exponent)]);
      return encodeDer(TAG.sequence, [RSA_ENCRYPTION, encodeDer(TAG.bitString, [Uint8Array.of(0), key])]);
    }
    case ALGORITHM.ecdsa: {
      const curve = CURVES.get(reader.take(reader.uint(1)).toString('hex'));
      if (curve === undefined) return undefined;
      const point = reader.integer();
      if (point.length !== curve.length || point[0] !== 4) throw new Malformed('point of the OpenPGP key is not in its uncompressed form');
      return Buffer.concat([curve.head, point]);
    }
    case ALGORITHM.eddsa: {
      if (reader.take(reader.uint(1)).toString('hex') !== ED25519_OID) return undefined;
      const point = reader.integer();
      if (point.length !== 33 || point[0] !== 0x40) throw new Malformed('point of the OpenPGP key is not that of an Ed25519 key');
      return Buffer.concat([ED25519_SPKI, point.subarray(1)]);
    }
    case ALGORITHM.ed25519:
      return Buffer.concat([ED25519_SPKI, reader.take(32)]);
    default:
      return undefined;
  }
}

function integer(bytes: Uint8Array): Uint8Array {
  return encodeDer(TAG.integer, (bytes[0] ?? 0) < 0x80 ? [bytes] : [Uint8Array.of(0), bytes]);
}
