/** COSE envelopes of the Notary Project (signature-envelope-cose): COSE_Sign1, verified over the protected header as it was received. */
import type { KeyObject } from 'node:crypto';
import type { CborMap, CborValue } from '../../pki/cbor.ts';
import { CborTag, readCbor } from '../../pki/cbor.ts';
import { Malformed } from '../../pki/der.ts';
import { LIMITS } from '../limits.ts';
import { clip, Refusal } from '../problem.ts';
import type { NotaryAlgorithm } from './algorithm.ts';
import { verifyBy } from './algorithm.ts';
import { ATTRIBUTE, readAttributes, timeOfSeconds } from './attributes.ts';
import type { WrittenAttributes } from './attributes.ts';
import type { NotaryEnvelope } from './envelope.ts';
import { requireType } from './jws.ts';

const SIGN1 = 18;
const EPOCH_TIME = 1;
/** Labels of headers (RFC 9052, 3.1; RFC 9360, 2). */
const LABEL = { algorithm: 1, critical: 2, contentType: 3, chain: 33 } as const;
const TIMESTAMP = 'io.cncf.notary.timestampSignature';
/** RFC 9053, 2.1; RFC 8230, 2. */
const ALGORITHMS = new Map<unknown, NotaryAlgorithm>([
  [-37, 'PS256'], [-38, 'PS384'], [-39, 'PS512'], [-7, 'ES256'], [-35, 'ES384'], [-36, 'ES512'],
]);
const OWN: ReadonlySet<string> = new Set([ATTRIBUTE.scheme, ATTRIBUTE.signingTime, ATTRIBUTE.authenticSigningTime, ATTRIBUTE.expiry]);

/** Parses a tagged COSE_Sign1. Throws a {@link Refusal}. */
export function readCose(bytes: Uint8Array): NotaryEnvelope {
  const [protectedBytes, unsigned, payload, signature] = parts(cbor(bytes, 'envelope'));
  const signed = mapOf(cbor(protectedBytes, 'protected header'), 'protected header');
  const algorithm = ALGORITHMS.get(signed.get(LABEL.algorithm));
  if (algorithm === undefined)
    throw new Refusal('signature algorithm is not allowed', {
      code: 'VERIFY_ALGORITHM', found: shown(signed.get(LABEL.algorithm)), expected: `one of ${[...ALGORITHMS.keys()].join(', ')}`,
    });
  const type = signed.get(LABEL.contentType);
  if (typeof type !== 'string') throw new Refusal('protected header has no content type that is text');
  requireType(type);
  // What RFC 9052, 3.1 forbids: a label in both headers means two things.
  for (const label of unsigned.keys())
    if (signed.has(label)) throw new Refusal('a label stands in both headers', { found: clip(String(label), 80) });
  for (const name of unsigned.keys())
    if (typeof name === 'string' && (OWN.has(name) || name === ATTRIBUTE.plugin || name === ATTRIBUTE.pluginVersion))
      throw new Refusal(`${name} has to be signed, and stands in the unprotected header`);
  const stamp = unsigned.get(TIMESTAMP);
  return {
    algorithm,
    attributes: readAttributes(written(signed)),
    payload,
    signature,
    chain: readChain(unsigned.get(LABEL.chain)),
    ...(stamp === undefined ? {} : { timestamp: blob(stamp, TIMESTAMP) }),
    isSignedBy: (key: KeyObject) => verifyBy(algorithm, toBeSigned(protectedBytes, payload), key, signature),
  };
}

function parts(value: CborValue): readonly [Uint8Array, CborMap, Uint8Array, Uint8Array] {
  const four = value instanceof CborTag && value.tag === SIGN1 ? value.value : undefined;
  if (!Array.isArray(four) || four.length !== 4) throw new Refusal('envelope is no tagged COSE_Sign1 of four parts');
  const [header, unsigned, payload, signature] = four as readonly CborValue[];
  const place = 'envelope';
  if (!(payload instanceof Uint8Array) || payload.length === 0) throw new Refusal(`${place} carries no payload`);
  return [blob(header, 'protected header'), mapOf(unsigned, 'unprotected header'), payload, blob(signature, 'signature')];
}

/** Sig_structure (RFC 9052, 4.4) of no external data: `["Signature1", protected, h'', payload]`. */
function toBeSigned(protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array {
  const context = Buffer.from('Signature1');
  return Buffer.concat([
    Uint8Array.of(0x84, 0x60 + context.length), context, ...byteString(protectedBytes), Uint8Array.of(0x40), ...byteString(payload),
  ]);
}

function byteString(bytes: Uint8Array): readonly Uint8Array[] {
  const { length } = bytes;
  if (length < 24) return [Uint8Array.of(0x40 + length), bytes];
  if (length < 256) return [Uint8Array.of(0x58, length), bytes];
  if (length < 65_536) return [Uint8Array.of(0x59, length >> 8, length & 0xff), bytes];
  return [Uint8Array.of(0x5a, (length >>> 24) & 0xff, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff), bytes];
}

function written(signed: CborMap): WrittenAttributes {
  const time = (name: string): number | undefined => {
    const value = signed.get(name);
    if (value === undefined) return undefined;
    if (!(value instanceof CborTag) || value.tag !== EPOCH_TIME || typeof value.value !== 'number')
      throw new Refusal(`${name} is no time`, { found: shown(value), expected: 'whole seconds since 1970, tagged 1' });
    return timeOfSeconds(value.value, name);
  };
  const others = [...signed].filter(([label]) => !isOwn(label));
  const strange = others.find(([label]) => typeof label !== 'string');
  if (strange !== undefined)
    throw new Refusal('protected header has a label that is not known', { found: String(strange[0]), expected: 'names as texts' });
  return {
    critical: readCritical(signed.get(LABEL.critical)),
    scheme: signed.get(ATTRIBUTE.scheme),
    signingTime: time(ATTRIBUTE.signingTime),
    authenticSigningTime: time(ATTRIBUTE.authenticSigningTime),
    expiry: time(ATTRIBUTE.expiry),
    others: new Map(others.map(([label, value]) => [String(label), value])),
  };
}

function isOwn(label: number | string): boolean {
  return typeof label === 'string' ? OWN.has(label) : [LABEL.algorithm, LABEL.critical, LABEL.contentType].some((own) => own === label);
}

function readCritical(value: CborValue | undefined): readonly string[] {
  const names = Array.isArray(value) ? (value as readonly CborValue[]) : [];
  if (names.length === 0) throw new Refusal('protected header names no critical headers');
  return names.map((name) => {
    if (typeof name !== 'string') throw new Refusal('a critical header is not named by its text', { found: shown(name) });
    return name;
  });
}

function readChain(value: CborValue | undefined): readonly Uint8Array[] {
  const chain = Array.isArray(value) ? (value as readonly CborValue[]) : [];
  if (chain.length === 0)
    throw new Refusal('the envelope has no certificate chain', { found: shown(value), expected: 'x5chain (33): the signer\'s certificate first, its root last' });
  if (chain.length > LIMITS.chainCertificates)
    throw new Refusal('x5chain has too many certificates', { code: 'VERIFY_LIMIT', found: `${chain.length}`, expected: `at most ${LIMITS.chainCertificates}` });
  return chain.map((one, index) => blob(one, `x5chain[${index}]`));
}

function blob(value: CborValue | undefined, place: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length === 0) throw new Refusal(`${place} is no byte string, or empty`);
  if (value.length > LIMITS.blobBytes)
    throw new Refusal(`${place} is too large`, { code: 'VERIFY_LIMIT', found: `${value.length} bytes`, expected: `at most ${LIMITS.blobBytes}` });
  return value;
}

function mapOf(value: CborValue | undefined, place: string): CborMap {
  if (value instanceof Map) return value as CborMap;
  throw new Refusal(`${place} is no map`, { found: shown(value) });
}

function cbor(bytes: Uint8Array, place: string): CborValue {
  try {
    return readCbor(bytes);
  } catch (thrown) {
    if (thrown instanceof Malformed) throw new Refusal(`${place}: ${thrown.message}`);
    throw thrown;
  }
}

function shown(value: CborValue | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? 'a value of another type' : clip(String(value), 80);
}
