/** Public keys of SSH, made the keys that everything else knows: one SubjectPublicKeyInfo, and so one key id. */
import type { KeyObject } from 'node:crypto';
import { decodeBase64 } from '../../text/base64.ts';
import { encodeDer, Malformed, TAG } from '../der.ts';
import { keyIdOf, readSpki } from '../key-rules.ts';
import { SshReader } from './wire.ts';

/** A key by its type in SSH's words, as it names itself: whether it is one that may sign has not been looked at. */
export interface NamedSshKey {
  readonly type: string;
  /** Present for a key on a security key: for what application it signs (PROTOCOL.u2f of OpenSSH). */
  readonly application?: string;
  /** As `~/.ssh/id_….pub` has it, without a comment. */
  readonly line: string;
  readonly spki: Uint8Array;
  /** `sha256:<hex>` of the SPKI, as everywhere. */
  readonly keyId: string;
}

/** A key that may sign. */
export interface SshKey extends NamedSshKey {
  readonly key: KeyObject;
}

/** The key that is named, or why it is of no type that signs here. */
export type SshKeyNaming = { readonly ok: true; readonly key: NamedSshKey } | { readonly ok: false; readonly problem: string };

/** The key, or why it is none that signs here. */
export type SshKeyReading = { readonly ok: true; readonly key: SshKey } | { readonly ok: false; readonly problem: string };

const ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
/** What stands before the point in the SubjectPublicKeyInfo of each curve, and the length of the point. */
const CURVES = new Map([
  ['nistp256', { head: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'), length: 65 }],
  ['nistp384', { head: Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex'), length: 97 }],
  ['nistp521', { head: Buffer.from('30819b301006072a8648ce3d020106052b8104002303818600', 'hex'), length: 133 }],
]);
const RSA_ENCRYPTION = Buffer.from('300d06092a864886f70d0101010500', 'hex');

/** Types of keys on security keys, and of what type what stands in front of their application is. */
const SECURITY_KEYS = new Map([
  ['sk-ssh-ed25519@openssh.com', 'ssh-ed25519'], ['sk-ecdsa-sha2-nistp256@openssh.com', 'ecdsa-sha2-nistp256'],
]);

/** Why types that people do have are none that sign here. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/-cert-v01@/, 'SSH certificates are not supported: trust the key itself, or a certificate of an X.509 authority'],
  [/^ssh-dss$/, 'DSA keys are not allowed'],
];

const SECURITY_KEY = 'keys on security keys (sk-…) sign commits and tags alone: only an identity of a Signer can be one';

/** Reads a public key in SSH's wire form. Throws {@link Malformed} for what is none; a key that may not sign here is told as such. */
export function readSshKey(blob: Uint8Array, isWanted = isPlain): SshKeyReading {
  const named = nameSshKey(blob);
  if (!named.ok) return named;
  if (!isWanted(named.key)) return { ok: false, problem: SECURITY_KEY };
  const read = readSpki(named.key.spki);
  return read.ok ? { ok: true, key: { ...named.key, key: read.key } } : read;
}

/** As many as a thread keeps, and how long each may be. */
const MOST_KEPT = 256;
const LONGEST_KEPT = 2048;

/** By their very bytes, each as a character: whoever signs much comes again and again. */
const NAMED = new Map<string, SshKeyNaming>();

/** The same without a look at the key itself: enough to find it among those that somebody trusts. Throws {@link Malformed}. */
export function nameSshKey(blob: Uint8Array): SshKeyNaming {
  if (blob.length > LONGEST_KEPT) return readNaming(blob);
  const id = Buffer.from(blob.buffer, blob.byteOffset, blob.length).toString('latin1');
  const known = NAMED.get(id);
  if (known !== undefined) return known;
  const naming = readNaming(blob);
  if (NAMED.size >= MOST_KEPT) NAMED.clear();
  NAMED.set(id, naming);
  return naming;
}

function readNaming(blob: Uint8Array): SshKeyNaming {
  const reader = new SshReader(blob);
  const type = reader.name();
  const plain = SECURITY_KEYS.get(type);
  const spki = spkiOf(plain ?? type, reader);
  if (spki === undefined)
    return { ok: false, problem: OTHERS.find(([of]) => of.test(type))?.[1] ?? `keys of type ${type} are not allowed` };
  const application = plain === undefined ? {} : { application: applicationOf(reader) };
  reader.end();
  return { ok: true, key: { type, ...application, line: `${type} ${Buffer.from(blob).toString('base64')}`, spki, keyId: keyIdOf(spki) } };
}

function isPlain({ application }: NamedSshKey): boolean {
  return application === undefined;
}

function applicationOf(reader: SshReader): string {
  const application = reader.name();
  if (application === '') throw new Malformed('the security key names no application');
  return application;
}

function spkiOf(type: string, reader: SshReader): Uint8Array | undefined {
  if (type === 'ssh-ed25519') {
    const point = reader.string();
    if (point.length !== 32) throw new Malformed('Ed25519 key is not of 32 bytes');
    return Buffer.concat([ED25519, point]);
  }
  if (type === 'ssh-rsa') {
    const [exponent, modulus] = [reader.positive(), reader.positive()];
    const key = encodeDer(TAG.sequence, [integer(modulus), integer(exponent)]);
    return encodeDer(TAG.sequence, [RSA_ENCRYPTION, encodeDer(TAG.bitString, [Uint8Array.of(0), key])]);
  }
  const curve = /^ecdsa-sha2-(nistp(?:256|384|521))$/.exec(type)?.[1];
  const form = CURVES.get(curve ?? '');
  if (form === undefined) return undefined;
  if (reader.name() !== curve) throw new Malformed('the curve of the SSH key is not that of its type');
  const point = reader.string();
  if (point.length !== form.length || point[0] !== 4) throw new Malformed('point of the SSH key is not in its uncompressed form');
  return Buffer.concat([form.head, point]);
}

function integer(bytes: Uint8Array): Uint8Array {
  return encodeDer(TAG.integer, (bytes[0] ?? 0) < 0x80 ? [bytes] : [Uint8Array.of(0), bytes]);
}

const LINE = /^((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]{1,60})[ \t]+([A-Za-z0-9+/]{20,8192}={0,2})(?:[ \t]+[^\r\n]{0,512})?$/;

/** True for text that looks like a public key as `~/.ssh/id_….pub` holds one. */
export function looksLikeSshKey(text: string): boolean {
  return /^(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]{1,60}[ \t]/.test(text.trim());
}

/** Reads such a line of a key on a security key; `undefined` for text of another type. Never throws. */
export function readSecurityKeyLine(text: string): SecurityKeyReading | undefined {
  if (!/^sk-[a-z0-9@.-]{1,60}[ \t]/.test(text.trim())) return undefined;
  const read = readSshLine(text, ({ application }) => application !== undefined);
  return read.ok ? { ok: true, key: { ...read.key, application: read.key.application ?? '' } } : read;
}

type SecurityKeyReading =
  | { readonly ok: true; readonly key: SshKey & { readonly application: string } }
  | Extract<SshKeyReading, { readonly ok: false }>;

/** Reads one line `TYPE BASE64 [comment]`, white space around it permitted. Never throws. */
export function readSshLine(text: string, isWanted = isPlain): SshKeyReading {
  const [, type, encoded] = LINE.exec(text.trim()) ?? [];
  const blob = encoded === undefined ? undefined : decodeBase64(encoded, 'standard');
  if (blob === undefined) return { ok: false, problem: 'expected one SSH public key, TYPE BASE64 COMMENT, as ~/.ssh/id_ed25519.pub holds it' };
  try {
    const read = readSshKey(blob, isWanted);
    if (read.ok && read.key.type !== type) return { ok: false, problem: `the SSH key is of type ${read.key.type}, and its line says ${String(type)}` };
    return read;
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, problem: `not an SSH public key: ${error.message}` };
    throw error;
  }
}
