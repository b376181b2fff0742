/** Keys and signatures of OpenPGP, version 4, as GnuPG makes them. */
import { createHash, sign } from 'node:crypto';
import { signWith } from '../keys.ts';
import type { SigningKey } from '../keys.ts';

/** One packet, new format. */
export function packet(tag: number, body: Uint8Array): Buffer {
  const length = Buffer.alloc(5, 0xff);
  length.writeUInt32BE(body.length, 1);
  return Buffer.concat([Buffer.from([0xc0 | tag]), length, body]);
}

function mpi(bytes: Uint8Array): Buffer {
  let from = 0;
  while (bytes[from] === 0) from += 1;
  const body = bytes.subarray(from);
  const bits = Buffer.alloc(2);
  bits.writeUInt16BE((body.length - 1) * 8 + (32 - Math.clz32(body[0] ?? 0)));
  return Buffer.concat([bits, body]);
}

/** A key as OpenPGP knows it. */
export interface PgpKey {
  readonly key: SigningKey;
  readonly created: number;
  readonly body: Buffer;
  readonly fingerprint: string;
}

const OIDS = { p256: '2a8648ce3d030107', p384: '2b81040022', p521: '2b81040023' } as const;
const POINTS = { p256: 65, p384: 97, p521: 133 } as const;

/** The packet of a public key that was made at `created` (seconds). */
export function pgpKey(key: SigningKey, created = 1_600_000_000, version = 4): PgpKey {
  const head = Buffer.from([version, 0, 0, 0, 0, algorithmOf(key)]);
  head.writeUInt32BE(created, 1);
  const body = Buffer.concat([head, material(key)]);
  return { key, created, body, fingerprint: createHash('sha1').update(hashed(body)).digest('hex') };
}

function algorithmOf({ type }: SigningKey): number {
  return type === 'ed25519' ? 22 : type in OIDS ? 19 : 1;
}

function material({ type, spki, publicKey }: SigningKey): Buffer {
  if (type === 'ed25519') return Buffer.concat([Buffer.from('092b06010401da470f01', 'hex'), mpi(Buffer.concat([Buffer.from([0x40]), spki.subarray(-32)]))]);
  if (type in OIDS) {
    const oid = Buffer.from(OIDS[type as keyof typeof OIDS], 'hex');
    return Buffer.concat([Buffer.from([oid.length]), oid, mpi(spki.subarray(-POINTS[type as keyof typeof POINTS]))]);
  }
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return Buffer.concat([mpi(Buffer.from(n, 'base64url')), mpi(Buffer.from(e, 'base64url'))]);
}

/** The packet as signatures about it hash it. */
export function hashed(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x99, body.length >> 8, body.length & 0xff]), body]);
}

/** A subpacket; `critical` as its flag. */
export function subpacket(type: number, content: Uint8Array, critical = false): Buffer {
  const length = content.length + 1;
  const head = length < 192 ? [length] : [0xff, 0, 0, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([...head, type | (critical ? 0x80 : 0)]), content]);
}

/** Four bytes, big-endian. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** How a signature packet differs from an honest one by the key. */
export interface PgpSigning {
  readonly by: PgpKey;
  /** What is signed, one after the other. */
  readonly parts: readonly Uint8Array[];
  readonly type?: number;
  readonly hash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** Seconds. */
  readonly at?: number;
  /** Further subpackets that are signed. */
  readonly says?: readonly Buffer[];
  /** Further subpackets that nobody signs. */
  readonly beside?: readonly Buffer[];
  /** Fingerprint that it names; `false`: none. */
  readonly issuer?: string | false;
  readonly signer?: SigningKey;
  readonly version?: number;
}

const HASHES = { sha1: 2, sha256: 8, sha384: 9, sha512: 10 } as const;

/** A signature packet. */
export function pgpSignature({ by, parts, type = 0, hash = 'sha512', at = 1_767_225_600, says = [], beside = [], issuer = by.fingerprint, signer = by.key, version = 4 }: PgpSigning): Buffer {
  return packet(2, pgpSignatureBody({ by, parts, type, hash, at, says, beside, issuer, signer, version }));
}

/** What is in it. */
export function pgpSignatureBody({ by, parts, type = 0, hash = 'sha512', at = 1_767_225_600, says = [], beside = [], issuer = by.fingerprint, signer = by.key, version = 4 }: PgpSigning): Buffer {
  const named = issuer === false ? [] : [subpacket(33, Buffer.concat([Buffer.from([4]), Buffer.from(issuer, 'hex')]))];
  const area = Buffer.concat([...named, subpacket(2, u32(at)), ...says]);
  const head = Buffer.concat([Buffer.from([version, type, algorithmOf(signer), HASHES[hash], area.length >> 8, area.length & 0xff]), area]);
  const message = Buffer.concat([...parts, head, Buffer.from([4, 0xff]), u32(head.length)]);
  const digest = createHash(hash).update(message).digest();
  const aside = Buffer.concat([...(issuer === false ? [] : [subpacket(16, Buffer.from(issuer.slice(-16), 'hex'))]), ...beside]);
  return Buffer.concat([head, Buffer.from([aside.length >> 8, aside.length & 0xff]), aside, digest.subarray(0, 2), numbers(signer, message, digest, hash)]);
}

function numbers(key: SigningKey, message: Buffer, digest: Buffer, hash: string): Buffer {
  if (key.type === 'ed25519') {
    const both = signWith(key, digest);
    return Buffer.concat([mpi(both.subarray(0, 32)), mpi(both.subarray(32))]);
  }
  if (!(key.type in OIDS)) return mpi(sign(hash, message, key.privateKey));
  const both = sign(hash, message, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return Buffer.concat([mpi(both.subarray(0, both.length / 2)), mpi(both.subarray(both.length / 2))]);
}

/** Text in OpenPGP's armour, with its checksum. */
export function pgpArmour(label: string, bytes: Uint8Array, sum = checksum(bytes)): string {
  const lines = Buffer.from(bytes).toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n\n${lines.join('\n')}\n=${sum}\n-----END ${label}-----\n`;
}

function checksum(bytes: Uint8Array): string {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
    }
  }
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]).toString('base64');
}

const FLAGS = (value: number): Buffer => subpacket(27, Buffer.from([value]));
/** Subpackets of self-signatures. */
export const SAYS = { maySign: FLAGS(2), mayCertify: FLAGS(1), both: FLAGS(3), expiresAfter: (seconds: number) => subpacket(9, u32(seconds)) } as const;

/** What a block of a key says. */
export interface BlockParts {
  readonly primary: PgpKey;
  readonly name?: string;
  /** Of the certification of the name. */
  readonly self?: Partial<PgpSigning>;
  /** Packets right behind the primary key, such as its revocation. */
  readonly before?: readonly Buffer[];
  readonly subkeys?: readonly { readonly key: PgpKey; readonly binding?: Partial<PgpSigning>; readonly back?: Partial<PgpSigning> | false; readonly isBackSigned?: boolean; readonly after?: readonly Buffer[] }[];
}

/** An armoured public key: a name that the primary key certifies, and subkeys that it binds. */
export function pgpBlock({ primary, name = 'Alice Example <alice@acme.test>', self = {}, before = [], subkeys = [] }: BlockParts): string {
  return pgpArmour('PGP PUBLIC KEY BLOCK', Buffer.concat(blockPackets({ primary, name, self, before, subkeys })));
}

/** The packets of it. */
export function blockPackets({ primary, name = 'Alice Example <alice@acme.test>', self = {}, before = [], subkeys = [] }: BlockParts): readonly Buffer[] {
  const id = Buffer.from(name);
  const own = hashed(primary.body);
  const certified = pgpSignature({ by: primary, type: 0x13, parts: [own, Buffer.from([0xb4]), u32(id.length), id], says: [SAYS.both], at: primary.created, ...self });
  return [
    packet(6, primary.body), ...before, packet(13, id), certified,
    ...subkeys.flatMap(({ key, binding = {}, back = {}, isBackSigned = true, after = [] }) => {
      const parts = [own, hashed(key.body)];
      const embedded = back === false ? [] : [subpacket(32, pgpSignatureBody({ by: key, type: 0x19, parts, at: key.created, ...back }))];
      return [packet(14, key.body), pgpSignature({ by: primary, type: 0x18, parts, says: [SAYS.maySign, ...(isBackSigned ? embedded : [])], beside: isBackSigned ? [] : embedded, at: key.created, ...binding }), ...after];
    }),
  ];
}
