/** One signature packet of OpenPGP, version 4: read strictly, verified by exactly the algorithms that it names (RFC 4880, 5.2.3). */
import { createHash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Malformed } from '../der.ts';
import type { HashName } from '../signatures/curves.ts';
import { scalarBytes } from '../signatures/curves.ts';
import { modulusBytes } from '../signatures/rsa.ts';
import { ALGORITHM } from './key.ts';
import { padded, PacketReader } from './packets.ts';
import { readSubpackets, SUBPACKET } from './subpackets.ts';

/** A signature as parsed; nothing in it is verified. */
export interface PgpSignature {
  readonly type: number;
  readonly algorithm: number;
  /** `undefined` for hashes that are not allowed: MD5, SHA-1, RIPEMD-160, SHA-224 and whatever is unknown. */
  readonly hash: HashName | 'sha1' | undefined;
  /** Seconds since the epoch, by the signer's word. */
  readonly created: number;
  /** Of the signature itself, in seconds from its creation; 0: never. */
  readonly expires: number;
  /** Subpackets that are signed, by type. */
  readonly says: ReadonlyMap<number, Buffer>;
  /** Subpackets that nobody has signed, by type. */
  readonly aside: ReadonlyMap<number, Buffer>;
  /** Fingerprint, or where it names none the last 16 digits of it: which key to try. */
  readonly issuer: string | undefined;
  /** What is hashed behind what is signed. */
  readonly trailer: Buffer;
  readonly left: Buffer;
  readonly numbers: Buffer;
}

/** Types of signatures (RFC 4880, 5.2.1). */
export const TYPE = {
  binary: 0x00, directKey: 0x1f, subkeyBinding: 0x18, primaryBinding: 0x19,
  keyRevocation: 0x20, subkeyRevocation: 0x28, certificationRevocation: 0x30,
} as const;

const HASHES = new Map<number, HashName | 'sha1'>([[2, 'sha1'], [8, 'sha256'], [9, 'sha384'], [10, 'sha512']]);

/** Reads one; `understood`: subpackets that may be critical. Throws {@link Malformed}. */
export function readPgpSignature(body: Buffer, understood: ReadonlySet<number>): PgpSignature {
  const reader = new PacketReader(body);
  const version = reader.uint(1);
  if (version !== 4) throw new Malformed(`OpenPGP signatures of version ${version} are not supported, only those of version 4`);
  const [type, algorithm, hash] = [reader.uint(1), reader.uint(1), reader.uint(1)];
  const says = readSubpackets(reader.take(reader.uint(2)), understood);
  const head = body.subarray(0, reader.at);
  const aside = readSubpackets(reader.take(reader.uint(2)), understood);
  if (says === undefined || aside === undefined)
    throw new Malformed('the OpenPGP signature holds subpackets that are broken, twice, or critical and not understood');
  const created = says.get(SUBPACKET.creationTime);
  if (created?.length !== 4) throw new Malformed('the OpenPGP signature does not say when it was made');
  const trailer = Buffer.concat([head, Buffer.from([4, 0xff, 0, 0, 0, 0])]);
  trailer.writeUInt32BE(head.length, head.length + 2);
  return {
    type, algorithm, hash: HASHES.get(hash), created: created.readUInt32BE(0), expires: secondsOf(says, SUBPACKET.expirationTime),
    says, aside, issuer: issuerOf(says) ?? issuerOf(aside), trailer, left: reader.take(2), numbers: body.subarray(reader.at),
  };
}

/** A time of four bytes; 0 where it is absent. */
export function secondsOf(says: ReadonlyMap<number, Buffer>, type: number): number {
  const value = says.get(type);
  if (value !== undefined && value.length !== 4) throw new Malformed('a time in the OpenPGP signature is not of four bytes');
  return value?.readUInt32BE(0) ?? 0;
}

function issuerOf(says: ReadonlyMap<number, Buffer>): string | undefined {
  const fingerprint = says.get(SUBPACKET.issuerFingerprint);
  if (fingerprint !== undefined) return fingerprint[0] === 4 && fingerprint.length === 21 ? fingerprint.toString('hex', 1) : '';
  const id = says.get(SUBPACKET.issuer);
  return id?.length === 8 ? id.toString('hex') : undefined;
}

/** True when the signature names the key of this fingerprint, or names none. */
export function namesKey({ issuer }: PgpSignature, fingerprint: string): boolean {
  return issuer === undefined || (issuer !== '' && fingerprint.endsWith(issuer));
}

/** True for a hash that is shorter than the numbers of the key's curve: GnuPG takes no such signature for one (FIPS 186-5, 6.1.1). */
export function isTooShort(hash: HashName | 'sha1', key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && HASH_BYTES[hash] < Math.min(scalarBytes(key), HASH_BYTES.sha512);
}

const HASH_BYTES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

/**
 * True when the key made this signature over the parts, one after the other, with a hash that is allowed. SHA-1 is only for
 * revocations (`weak`): whoever withdraws a key is believed also in an old form. Throws {@link Malformed}.
 */
export function verifyPgpSignature(made: PgpSignature, key: KeyObject, parts: readonly Uint8Array[], weak = false): boolean {
  const { hash: name, algorithm, left, trailer } = made;
  if (name === undefined || (name === 'sha1' && !weak) || (!weak && isTooShort(name, key))) return false;
  const signed = Buffer.concat([...parts, trailer]);
  const digest = createHash(name).update(signed).digest();
  if (!digest.subarray(0, 2).equals(left)) return false;
  const reader = new PacketReader(made.numbers);
  switch (algorithm) {
    case ALGORITHM.rsa:
    case ALGORITHM.rsaSign: {
      const number = reader.integer();
      reader.end();
      return key.asymmetricKeyType === 'rsa' && verify(name, signed, key, padded(number, modulusBytes(key)));
    }
    case ALGORITHM.ecdsa: {
      const halves = [reader.integer(), reader.integer()];
      reader.end();
      if (key.asymmetricKeyType !== 'ec') return false;
      const signature = Buffer.concat(halves.map((half) => padded(half, scalarBytes(key))));
      return verify(name, signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
    }
    case ALGORITHM.eddsa: {
      const halves = [reader.integer(), reader.integer()];
      reader.end();
      return key.asymmetricKeyType === 'ed25519' && verify(null, digest, key, Buffer.concat(halves.map((half) => padded(half, 32))));
    }
    case ALGORITHM.ed25519: {
      const signature = reader.take(64);
      reader.end();
      return key.asymmetricKeyType === 'ed25519' && verify(null, digest, key, signature);
    }
    default:
      return false;
  }
}
