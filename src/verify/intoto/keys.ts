/** The keys of in-toto, each with the one algorithm it is for; a signature never chooses how it is verified. */
import { constants, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { ProvenParty } from '../../domain/policy/layout.ts';
import type { Validity } from '../../domain/policy/requirement.ts';
import { keyIdOf, readSpki } from '../../pki/key-rules.ts';
import { readPem } from '../../pki/pem.ts';
import { hasLengthOf } from '../../pki/signatures/rsa.ts';
import type { Members } from '../fields.ts';
import { member, members, text } from '../fields.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import type { MetadataSignature } from './metadata.ts';
import { verifyOpenPgp } from '../../pki/pgp/layout-signature.ts';

/** A signature that holds: when it may be used. `false` when it does not hold. */
export type KeyVerdict = { readonly validity: Validity } | false;

/** One public key with its one algorithm. The key decides how a signature is verified, the signature never does. */
export interface MetadataKey {
  /** The id under which signatures name it. */
  readonly keyid: string;
  /** `sha256:<hex>` of its SubjectPublicKeyInfo. */
  readonly fingerprint: string;
  verify(message: Uint8Array, signature: MetadataSignature): KeyVerdict;
}

/** A functionary's or owner's key: several of one OpenPGP key are one person. */
export interface PartyKey {
  readonly keyid: string;
  /** Fingerprint of the key, of OpenPGP keys that of the primary key. */
  readonly identity: string;
  /** The key itself and its subkeys, by key id. */
  readonly keys: ReadonlyMap<string, MetadataKey>;
  /** True for a key whose id in signatures is not known: it is tried whatever they say. */
  readonly anyId: boolean;
}

/**
 * Who a party is once this key of his has signed. The keys of one OpenPGP key stand and fall together; those among which
 * somebody may choose (`anyId`) do not, since one of them may have followed another.
 */
export function partyOf({ identity, keys, anyId }: PartyKey, signing: MetadataKey): ProvenParty {
  const all = anyId ? [signing.fingerprint] : [...keys.values()].map(({ fingerprint }) => fingerprint);
  return { person: { key: signing.fingerprint, name: identity }, keys: all, certificates: [] };
}

type Check = (message: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean;

interface Scheme {
  /** Node's name of the key's type. */
  readonly type: string;
  readonly curve?: string;
  readonly check: Check;
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
const pss = (hash: string): Check => (message, key, signature) =>
  hasLengthOf(key, signature) && verify(hash, message, { key, ...PSS }, signature);
const hashed = (hash: string | null): Check => (message, key, signature) => verify(hash, message, key, signature);

/** Algorithms by scheme (securesystemslib `KEY_FOR_TYPE_AND_SCHEME`); none hashes with less than SHA-256. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['rsassa-pss-sha256', { type: 'rsa', check: pss('sha256') }],
  ['rsassa-pss-sha384', { type: 'rsa', check: pss('sha384') }],
  ['rsassa-pss-sha512', { type: 'rsa', check: pss('sha512') }],
  ['rsa-pkcs1v15-sha256', { type: 'rsa', check: hashed('sha256') }],
  ['rsa-pkcs1v15-sha384', { type: 'rsa', check: hashed('sha384') }],
  ['rsa-pkcs1v15-sha512', { type: 'rsa', check: hashed('sha512') }],
  ['ecdsa-sha2-nistp256', { type: 'ec', curve: 'prime256v1', check: hashed('sha256') }],
  ['ecdsa-sha2-nistp384', { type: 'ec', curve: 'secp384r1', check: hashed('sha384') }],
  ['ecdsa-sha2-nistp521', { type: 'ec', curve: 'secp521r1', check: hashed('sha512') }],
  ['ed25519', { type: 'ed25519', check: hashed(null) }],
]);

/**
 * Reads a key of a layout: an in-toto key object, RSA, ECDSA, Ed25519 (securesystemslib) or OpenPGP with its subkeys.
 * The id is taken as listed, not recomputed: implementations disagree on what it hashes. Sizes and curves are those
 * allowed everywhere (`pki/key-rules.ts`).
 */
export function readPartyKey(keyid: string, key: Members): Parsed<PartyKey> {
  return parsed('VERIFY_ALGORITHM', () => {
    if (member(key, 'method') !== undefined) return readOpenPgp(keyid, key);
    const scheme = text(key, 'scheme', 'key', 64);
    const keytype = text(key, 'keytype', 'key', 64);
    const object = readPublic(keytype, text(members(member(key, 'keyval'), 'key.keyval'), 'public', 'key.keyval', 65_536));
    return single(schemeKey(keyid, { scheme, keytype, object }));
  });
}

/** Makes an owner of keys in PEM that the trust room has allowed, any one of which is his; signatures may name them by any id. */
export function trustedParty(name: string, keys: readonly { readonly keyId: string; readonly pem: string }[]): PartyKey {
  return {
    keyid: name,
    identity: name,
    keys: new Map(keys.map(({ keyId, pem }) => [keyId, anyScheme(keyId, createPublicKey(pem))])),
    anyId: true,
  };
}

/** Makes a key of a certificate's key. */
export function certificateKey(object: KeyObject): MetadataKey {
  return anyScheme(fingerprintOf(object), object);
}

function anyScheme(keyid: string, object: KeyObject): MetadataKey {
  const checks = [...SCHEMES.values()].filter(({ type, curve }) => fits(object, type, curve)).map(({ check }) => check);
  return metadataKey(keyid, object, (message, key, signature) => checks.some((check) => check(message, key, signature)));
}

function schemeKey(
  keyid: string,
  { scheme, keytype, object }: { readonly scheme: string; readonly keytype: string; readonly object: KeyObject },
): MetadataKey {
  const known = SCHEMES.get(scheme);
  const expectedType = scheme.startsWith('ecdsa') ? 'ecdsa' : scheme.startsWith('rsa') ? 'rsa' : scheme;
  // Old files write the scheme where the key type belongs (securesystemslib, "legacy keytype strings").
  const typeAgrees = keytype === expectedType || (expectedType === 'ecdsa' && keytype === scheme);
  if (known === undefined || !typeAgrees || !fits(object, known.type, known.curve)) {
    throw new Refusal('key type, scheme and key do not fit together', {
      found: `${clip(keytype, 40)}, ${clip(scheme, 40)}, ${object.asymmetricKeyType ?? 'unknown'}`,
      expected: [...SCHEMES.keys()].join(', '),
    });
  }
  return metadataKey(keyid, object, known.check);
}

function fits(object: KeyObject, type: string, curve: string | undefined): boolean {
  return object.asymmetricKeyType === type && (curve === undefined || object.asymmetricKeyDetails?.namedCurve === curve);
}

function metadataKey(keyid: string, object: KeyObject, check: Check): MetadataKey {
  return {
    keyid,
    fingerprint: fingerprintOf(object),
    verify: (message, { signature, otherHeaders }) =>
      otherHeaders === undefined && check(message, object, signature) ? { validity: {} } : false,
  };
}

function single(key: MetadataKey): PartyKey {
  return { keyid: key.keyid, identity: key.fingerprint, keys: new Map([[key.keyid, key]]), anyId: false };
}

function readPublic(keytype: string, value: string): KeyObject {
  if (keytype === 'ed25519' && /^[0-9a-fA-F]{64}$/.test(value)) return ed25519(value);
  const block = readPem(value, 'PUBLIC KEY');
  if (!block.ok) throw new Refusal(`key.keyval.public: ${block.problem}`);
  return allowed(block.der);
}

function ed25519(hex: string): KeyObject {
  return allowed(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(hex, 'hex')]));
}

function allowed(spki: Uint8Array): KeyObject {
  const reading = readSpki(spki);
  if (!reading.ok) throw new Refusal(reading.problem);
  return reading.key;
}

function fingerprintOf(object: KeyObject): string {
  return keyIdOf(object.export({ type: 'spki', format: 'der' }));
}

/** The primary key with its subkeys: trust in the primary key extends to them, and together they are one person. */
function readOpenPgp(keyid: string, key: Members): PartyKey {
  const primary = openPgpKey(keyid, key);
  const keys = new Map([[keyid, primary]]);
  const subkeys = member(key, 'subkeys');
  for (const [id, value] of subkeys === undefined ? [] : Object.entries(members(subkeys, 'key.subkeys'))) {
    if (keys.has(id)) throw new Refusal('OpenPGP key has the same key twice', { found: clip(id, 80) });
    const subkey = parsed('VERIFY_ALGORITHM', () => openPgpKey(id, members(value, 'key.subkeys')));
    // Encryption subkeys and algorithms that are not allowed are listed beside the signing keys; they verify nothing.
    if (subkey.ok) keys.set(id, subkey.value);
  }
  return { keyid, identity: primary.fingerprint, keys, anyId: false };
}

const OPEN_PGP_METHODS = new Map([['rsa', 'pgp+rsa-pkcsv1.5'], ['eddsa', 'pgp+eddsa-ed25519']]);

function openPgpKey(keyid: string, key: Members): MetadataKey {
  if (text(key, 'keyid', 'key') !== keyid)
    throw new Refusal('OpenPGP key is listed under the id of another key', { found: clip(keyid, 80) });
  const type = text(key, 'type', 'key', 16);
  const method = text(key, 'method', 'key', 64);
  if (OPEN_PGP_METHODS.get(type) !== method)
    throw new Refusal('OpenPGP key is of an unsupported kind', {
      found: `${clip(type, 40)}, ${clip(method, 40)}`,
      expected: [...OPEN_PGP_METHODS.values()].join(' or '),
    });
  const numbers = members(member(members(member(key, 'keyval'), 'key.keyval'), 'public'), 'key.keyval.public');
  const object = type === 'rsa' ? rsa(numbers) : ed25519(hexText(numbers, 'q'));
  const notAfter = endOf(key);
  return {
    keyid,
    fingerprint: fingerprintOf(object),
    verify: (message, signature) => {
      if (signature.otherHeaders === undefined) return false;
      return verifyOpenPgp(
        { message, signature: signature.signature, headers: signature.otherHeaders, keyid: signature.keyid },
        object,
        notAfter,
      );
    },
  };
}

/** When the key ends, in epoch milliseconds; a period of 0 means that it does not. */
function endOf(key: Members): number | undefined {
  const [created, period] = [member(key, 'creation_time') ?? 0, member(key, 'validity_period') ?? 0];
  if (!Number.isSafeInteger(created) || !Number.isSafeInteger(period))
    throw new Refusal('OpenPGP key has times that are not whole seconds');
  return created === 0 || period === 0 ? undefined : (Number(created) + Number(period)) * 1000;
}

function rsa(numbers: Members): KeyObject {
  const [n, e] = [hexText(numbers, 'n'), hexText(numbers, 'e')].map((hex) =>
    Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url'),
  );
  try {
    return allowed(createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: n ?? '', e: e ?? '' } }).export({ type: 'spki', format: 'der' }));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('OpenPGP key is not an RSA key');
  }
}

function hexText(of: Members, key: string): string {
  const value = text(of, key, 'key.keyval.public', 4096);
  if (!/^[0-9a-fA-F]+$/.test(value)) throw new Refusal(`key.keyval.public.${key} is not hexadecimal`);
  return value;
}
