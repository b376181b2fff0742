/** JWS envelopes of the Notary Project (signature-envelope-jws): flattened JSON, of which jose verifies the signature. */
import type { KeyObject } from 'node:crypto';
import { decodeBase64 } from '../../text/base64.ts';
import { list, member, members, scalarText, text } from '../fields.ts';
import type { Members } from '../fields.ts';
import { readWrapping } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { clip, Refusal } from '../problem.ts';
import { isAsLong, isNotaryAlgorithm } from './algorithm.ts';
import { ATTRIBUTE, readAttributes } from './attributes.ts';
import type { WrittenAttributes } from './attributes.ts';
import type { NotaryEnvelope } from './envelope.ts';
import { PAYLOAD_TYPE } from './envelope.ts';

const TOP = ['payload', 'protected', 'header', 'signature'] as const;
const UNSIGNED = ['x5c', 'io.cncf.notary.timestampSignature', 'io.cncf.notary.signingAgent'] as const;
const OWN: ReadonlySet<string> = new Set([
  'alg', 'cty', 'crit', ATTRIBUTE.scheme, ATTRIBUTE.signingTime, ATTRIBUTE.authenticSigningTime, ATTRIBUTE.expiry,
]);
const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

const SPELT: ReadonlyMap<string, string> = new Map(
  [...OWN, ...UNSIGNED, ATTRIBUTE.plugin, ATTRIBUTE.pluginVersion].map((name) => [name.toLowerCase(), name]),
);
const AGENT = UNSIGNED[2].toLowerCase();

/** Parses an envelope: no key twice, in no spelling, and base64 in its one form. Throws a {@link Refusal}. */
export function readJws(bytes: Uint8Array): NotaryEnvelope {
  const envelope = members(readWrapping(bytes), 'envelope');
  const unknown = Object.keys(envelope).find((key) => !TOP.some((name) => name === key));
  if (unknown !== undefined)
    throw new Refusal('envelope has a member that is not known', { found: clip(unknown, 80), expected: TOP.join(', ') });
  const payload = base64url(envelope, 'payload');
  const signature = base64url(envelope, 'signature');
  const signed = members(readWrapping(base64url(envelope, 'protected')), 'protected');
  const header = members(member(envelope, 'header'), 'header');
  requireApart(signed, header);
  const algorithm = member(signed, 'alg');
  if (!isNotaryAlgorithm(algorithm))
    throw new Refusal('signature algorithm is not allowed', {
      code: 'VERIFY_ALGORITHM', found: typeof algorithm === 'string' ? clip(algorithm, 40) : 'no alg', expected: 'PS256, PS384, PS512, ES256, ES384 or ES512',
    });
  requireType(text(signed, 'cty', 'protected'));
  const critical = list(signed, 'crit', 'protected', LIMITS.wrappingItems).map((name) => {
    if (typeof name !== 'string') throw new Refusal('crit names something that is no text');
    return name;
  });
  const agent = Object.keys(header).find((name) => name.toLowerCase() === AGENT);
  if (agent !== undefined && member(header, agent) !== undefined) text(header, agent, 'header', Infinity);
  const stamp = member(header, 'io.cncf.notary.timestampSignature');
  const compact = {
    payload: text(envelope, 'payload', 'envelope', Infinity),
    protected: text(envelope, 'protected', 'envelope', Infinity),
    signature: text(envelope, 'signature', 'envelope'),
  };
  return {
    algorithm,
    attributes: readAttributes(written(signed, critical)),
    payload,
    signature,
    chain: readChain(header),
    ...(stamp === undefined ? {} : { timestamp: standard(stamp, 'header.io.cncf.notary.timestampSignature') }),
    isSignedBy: async (key) => isAsLong(algorithm, key, signature) && await verifyJws(compact, algorithm, critical, key),
  };
}

/** Refuses a payload of another type: it would say something that nobody has understood. */
export function requireType(type: string): void {
  if (type !== PAYLOAD_TYPE) throw new Refusal('', { code: 'VERIFY_PAYLOAD_TYPE', found: clip(type), expected: PAYLOAD_TYPE });
}

/** Loaded with the first envelope: whoever has none pays nothing for it. */
const loaded: { jose?: typeof import('jose') } = {};

async function verifyJws(
  compact: { readonly payload: string; readonly protected: string; readonly signature: string },
  algorithm: string, critical: readonly string[], key: KeyObject,
): Promise<boolean> {
  const { flattenedVerify, errors } = (loaded.jose ??= await import('jose'));
  const crit = Object.fromEntries(critical.map((name) => [name, true]));
  try {
    await flattenedVerify(compact, key, { algorithms: [algorithm], crit });
    return true;
  } catch (thrown) {
    if (thrown instanceof errors.JWSSignatureVerificationFailed) return false;
    if (thrown instanceof errors.JOSEError) throw new Refusal('the envelope is no JWS', { found: clip(thrown.message) });
    throw thrown;
  }
}

/**
 * Readers exist that take names for the same whatever their case. So nothing may be there in two spellings, signed and unsigned together,
 * and what is known in its own spelling only; the name of the tool that signed says nothing, however it is spelt.
 */
function requireApart(signed: Members, header: Members): void {
  const seen = new Set<string>();
  for (const [place, names] of [['protected', Object.keys(signed)], ['header', Object.keys(header)]] as const)
    for (const name of names) {
      const folded = name.toLowerCase();
      if (!/^[\x21-\x7e]{1,256}$/.test(name)) throw new Refusal(`${place} has a name that is not printable ASCII`);
      if (seen.has(folded)) throw new Refusal('a header stands there twice', { found: clip(name, 80) });
      seen.add(folded);
      const known = SPELT.get(folded);
      if (known !== undefined && known !== name && !(place === 'header' && folded === AGENT))
        throw new Refusal('a header is misspelt', { found: clip(name, 80), expected: known });
      if (place === 'header' && (OWN.has(name) || name === ATTRIBUTE.plugin || name === ATTRIBUTE.pluginVersion))
        throw new Refusal(`${name} has to be signed, and stands in the unsigned header`);
    }
}

function written(signed: Members, critical: readonly string[]): WrittenAttributes {
  const time = (name: string): number | undefined => {
    const value = member(signed, name);
    return value === undefined ? undefined : readTime(value, name);
  };
  return {
    critical,
    scheme: member(signed, ATTRIBUTE.scheme),
    signingTime: time(ATTRIBUTE.signingTime),
    authenticSigningTime: time(ATTRIBUTE.authenticSigningTime),
    expiry: time(ATTRIBUTE.expiry),
    others: new Map(Object.entries(signed).filter(([name]) => !OWN.has(name))),
  };
}

/** RFC 3339 with an offset; what is below a second is left out. */
function readTime(value: unknown, name: string): number {
  const at = timeOf(typeof value === 'string' ? TIME.exec(value) : null);
  if (at === undefined || at < 0)
    throw new Refusal(`${name} is no time`, { found: scalarText(value), expected: 'RFC 3339, such as 2026-01-01T00:00:00Z' });
  return at;
}

/** A date that does not exist is moved to the next month by some readers: it has to read back as it was written. */
function timeOf(parts: RegExpExecArray | null): number | undefined {
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (local.getUTCFullYear() !== year || local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const ahead = Number(parts[8] ?? 0) * 60 + Number(parts[9] ?? 0);
  return local.getTime() - (parts[7] === '-' ? -ahead : ahead) * 60_000;
}

function readChain(header: Members): readonly Uint8Array[] {
  const chain = list(header, 'x5c', 'header', LIMITS.chainCertificates).map((one, index) => standard(one, `header.x5c[${index}]`));
  if (chain.length === 0)
    throw new Refusal('the envelope has no certificate chain', { found: 'no x5c', expected: 'the signer\'s certificate first, its root last' });
  return chain;
}

function standard(value: unknown, place: string): Uint8Array {
  const bytes = decodeBase64(value, 'standard');
  if (bytes === undefined || bytes.length === 0) throw new Refusal(`${place} is not base64`);
  if (bytes.length > LIMITS.blobBytes)
    throw new Refusal(`${place} is too large`, { code: 'VERIFY_LIMIT', found: `${bytes.length} bytes`, expected: `at most ${LIMITS.blobBytes}` });
  return bytes;
}

function base64url(of: Members, name: string): Uint8Array {
  const bytes = decodeBase64(member(of, name), 'url');
  if (bytes === undefined || bytes.length === 0) throw new Refusal(`envelope.${name} is not base64url without padding, or empty`);
  return bytes;
}
