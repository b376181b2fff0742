/** A public key block of OpenPGP that somebody is to trust: the keys in it that may sign, as far as its owner's own signatures say so. */
import { Malformed } from '../der.ts';
import { readArmour } from './armour.ts';
import { readPgpKey } from './key.ts';
import type { PgpKey, PgpMaterial } from './key.ts';
import { PACKET, readPackets } from './packets.ts';
import type { Packet } from './packets.ts';
import { namesKey, readPgpSignature, secondsOf, TYPE, verifyPgpSignature } from './signature.ts';
import type { PgpSignature } from './signature.ts';
import { SUBPACKET } from './subpackets.ts';

/** A key that may sign documents. */
export interface PgpSigningKey extends PgpMaterial {
  readonly fingerprint: string;
  /** Seconds since the epoch: no signature of it is older. */
  readonly created: number;
  /** Epoch milliseconds; absent: it does not expire. */
  readonly notAfter?: number;
  /** Key id of the primary key: whose it is. */
  readonly primary: string;
}

export type PgpCertificateReading =
  | { readonly ok: true; readonly keys: readonly PgpSigningKey[] }
  | { readonly ok: false; readonly problem: string };

const LABEL = 'PGP PUBLIC KEY BLOCK';
/** Keys, names and signatures of one block: a key that is exported without strangers' signatures has some ten. */
const MOST_PACKETS = 200;
const MAY_SIGN = 0x02;
/** Subpackets of self-signatures that may be critical: times, flags, preferences, features, issuers, and the signature back. */
const UNDERSTOOD: ReadonlySet<number> = new Set([2, 3, 4, 7, 9, 11, 16, 21, 22, 23, 25, 27, 29, 30, 31, 32, 33, 34]);

/** True for text that is, or was meant to be, such a block. */
export function looksLikePgpKey(text: string): boolean {
  return text.trimStart().startsWith(`-----BEGIN ${LABEL}-----`);
}

/**
 * Reads one armoured public key. Of its keys those are given that may sign documents by a signature of the primary key that holds, with
 * SHA-256 or better, and are not revoked; subkeys have to agree by a signature back (RFC 4880, 5.2.1). When its owner let a key expire is
 * told and not judged. Signatures by others are not looked at; designated revokers are not asked. Never throws.
 */
export function readPgpCertificate(text: string): PgpCertificateReading {
  try {
    return read(readPackets(readArmour(text, LABEL), MOST_PACKETS).filter(({ tag }) => tag !== PACKET.marker && tag !== PACKET.trust));
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, problem: `not an OpenPGP public key: ${error.message}; export it with gpg --armor --export-options export-minimal --export ID` };
    throw error;
  }
}

/** A key, a name or a picture, and the signatures behind it. */
interface Section {
  readonly packet: Packet;
  readonly signatures: readonly Packet[];
}

function read(packets: readonly Packet[]): PgpCertificateReading {
  if (packets.some(({ tag }) => tag === PACKET.secretKey || tag === PACKET.secretSubkey))
    return { ok: false, problem: 'this is a private key: never put one into a policy; give its public half (gpg --armor --export)' };
  const [first, ...rest] = sectionsOf(packets);
  if (first?.packet.tag !== PACKET.publicKey) return { ok: false, problem: 'the OpenPGP block does not begin with a public key' };
  if (rest.some(({ packet }) => packet.tag === PACKET.publicKey)) return { ok: false, problem: 'the OpenPGP block holds several keys: give one in each identity' };
  const primary = readPgpKey(first.packet.body);
  const { material } = primary;
  if (material === undefined) return { ok: false, problem: `the OpenPGP key ${primary.fingerprint} cannot be used: ${primary.problem ?? ''}` };
  const owner: Owner = { ...primary, material };
  if (first.signatures.some((packet) => isRevoked(packet, TYPE.keyRevocation, owner, [])))
    return { ok: false, problem: `the OpenPGP key ${primary.fingerprint} is revoked by its owner` };
  const selves = [newest(first.signatures, owner, [], (type) => type === TYPE.directKey), ...rest.map((section) => ofName(section, owner))]
    .filter((made) => made !== undefined);
  if (selves.length === 0)
    return { ok: false, problem: `no name of the OpenPGP key ${primary.fingerprint} is signed by it with SHA-256 or better: renew it (gpg --edit-key ID, expire), and export it again` };
  const end = endOf(primary.created, selves);
  const keys = [
    ...(selves.some(maySign) ? [signingKey(owner, material, owner, end)] : []),
    ...rest.flatMap((section) => ofSubkey(section, owner, end)),
  ];
  return keys.length === 0 ? { ok: false, problem: `no key of the OpenPGP block ${primary.fingerprint} may sign` } : { ok: true, keys };
}

type Owner = PgpKey & { readonly material: PgpMaterial };

function sectionsOf(packets: readonly Packet[]): readonly Section[] {
  const sections: { packet: Packet; signatures: Packet[] }[] = [];
  for (const packet of packets) {
    if (packet.tag !== PACKET.signature) sections.push({ packet, signatures: [] });
    else sections.at(-1)?.signatures.push(packet);
  }
  return sections;
}

/** The newest certification of a name or picture by the owner; none where it withdrew that since. */
function ofName({ packet, signatures }: Section, owner: Owner): PgpSignature | undefined {
  if (packet.tag !== PACKET.userId && packet.tag !== PACKET.userAttribute) return undefined;
  const head = Buffer.from([packet.tag === PACKET.userId ? 0xb4 : 0xd1, 0, 0, 0, 0]);
  head.writeUInt32BE(packet.body.length, 1);
  const about = [head, packet.body];
  if (signatures.some((one) => isRevoked(one, TYPE.certificationRevocation, owner, about))) return undefined;
  return newest(signatures, owner, about, (type) => type >= 0x10 && type <= 0x13);
}

function ofSubkey({ packet, signatures }: Section, owner: Owner, end: number | undefined): readonly PgpSigningKey[] {
  if (packet.tag !== PACKET.publicSubkey) return [];
  const subkey = readable(packet.body);
  const material = subkey?.material;
  if (subkey === undefined || material === undefined) return [];
  if (signatures.some((one) => isRevoked(one, TYPE.subkeyRevocation, owner, [subkey.hashed]))) return [];
  const binding = newest(signatures, owner, [subkey.hashed], (type) => type === TYPE.subkeyBinding);
  if (binding === undefined || !maySign(binding) || !agrees(binding, owner, subkey, material)) return [];
  const ends = [end, endOf(subkey.created, [binding])].filter((one) => one !== undefined);
  return [signingKey(subkey, material, owner, ends.length === 0 ? undefined : Math.min(...ends))];
}

/** A subkey that signs has to say itself whose it is: otherwise anybody could claim the signatures of another's. */
function agrees(binding: PgpSignature, owner: Owner, subkey: PgpKey, { key }: PgpMaterial): boolean {
  // GnuPG leaves it unsigned: it is a signature itself, and proves itself.
  const embedded = binding.says.get(SUBPACKET.embeddedSignature) ?? binding.aside.get(SUBPACKET.embeddedSignature);
  const back = embedded === undefined ? undefined : parsed(embedded);
  return back?.type === TYPE.primaryBinding && back.created >= subkey.created && holds(back, key, [owner.hashed, subkey.hashed]);
}

function signingKey({ fingerprint, created }: PgpKey, material: PgpMaterial, owner: Owner, end: number | undefined): PgpSigningKey {
  return { ...material, fingerprint, created, primary: owner.material.keyId, ...(end === undefined ? {} : { notAfter: end }) };
}

function maySign({ says }: PgpSignature): boolean {
  return ((says.get(SUBPACKET.keyFlags)?.[0] ?? 0) & MAY_SIGN) !== 0;
}

/** Of several words the shortest: a key that anything says has ended has ended. */
function endOf(created: number, selves: readonly PgpSignature[]): number | undefined {
  const ends = selves.flatMap(({ says }) => {
    const period = secondsOf(says, SUBPACKET.keyExpiration);
    return period === 0 ? [] : [(created + period) * 1000];
  });
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** The newest signature by the owner that holds, and is not older than he is; one that ends by itself says nothing lasting and is left out. */
function newest(
  signatures: readonly Packet[], owner: Owner, about: readonly Uint8Array[], isOf: (type: number) => boolean,
): PgpSignature | undefined {
  return signatures.flatMap(({ body }) => parsed(body) ?? [])
    .filter((made) => isOf(made.type) && made.expires === 0 && made.created >= owner.created && namesKey(made, owner.fingerprint))
    .toSorted((one, other) => other.created - one.created)
    .find((made) => holds(made, owner.material.key, [owner.hashed, ...about]));
}

/** A revocation that cannot be read counts as well, and so does one whose hash is not known: in doubt the key is withdrawn. */
function isRevoked({ body }: Packet, type: number, owner: Owner, about: readonly Uint8Array[]): boolean {
  const made = parsed(body);
  if (made === undefined) return body[body[0] === 3 ? 2 : 1] === type;
  if (made.type !== type || !namesKey(made, owner.fingerprint)) return false;
  return made.hash === undefined || holds(made, owner.material.key, [owner.hashed, ...about], true);
}

function holds(made: PgpSignature, key: PgpMaterial['key'], parts: readonly Uint8Array[], weak = false): boolean {
  try {
    return verifyPgpSignature(made, key, parts, weak);
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

/** A subkey of a form that is not read signs nothing here, and the others stand: GnuPG writes such ones for encryption (version 5). */
function readable(body: Buffer): PgpKey | undefined {
  try {
    return readPgpKey(body);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** Signatures by others, in whatever form, are passed over. */
function parsed(body: Buffer): PgpSignature | undefined {
  try {
    return readPgpSignature(body, UNDERSTOOD);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
