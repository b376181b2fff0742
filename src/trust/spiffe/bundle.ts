/** The X.509 authorities in a SPIFFE bundle, read strictly: one that is wrong in a part is no bundle. */
import type { KeyObject } from 'node:crypto';
import type { ReadBundle } from '../../domain/policy/trust-root.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { Malformed } from '../../pki/der.ts';
import { authorityIdProblem } from '../../pki/svid.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { readBundleTimes } from '../../text/names/spiffe-bundle.ts';
import { anchorProblem, readAnchors } from '../anchors.ts';

const MOST_KEYS = 200;
const MOST_ANCHORS = 64;
/** Public members by type of key; keys of other types are not known, and left out. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] };
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Reads the authorities for X.509-SVIDs of one trust domain (Trust Domain and Bundle, 4; X509-SVID, 6). Keys of unknown type or use
 * are left out; no key at all is a bundle too: everything is revoked. Each key has one certificate, of an authority, whose key it is, and
 * no name. Times of certificates are not looked at. Never throws.
 */
export function readX509Bundle(document: unknown, trustDomain: string): ReadBundle {
  const problems: string[] = [];
  const none = (problem: string): ReadBundle => ({ anchors: [], problems: [problem] });
  if (isObject(own(document, 'trust_domains'))) return none('expected the bundle of one trust domain, found a map of several (trust_domains)');
  const keys = ownList(document, 'keys');
  if (keys === undefined) return none('expected a SPIFFE bundle: a JSON Web Key Set, with a list of keys');
  if (keys.length > MOST_KEYS) return none(`has ${keys.length} keys, at most ${MOST_KEYS} are allowed`);
  const anchors = keys.flatMap((key, index) => {
    const read = isObject(key) ? readKey(key, trustDomain) : { problem: 'expected an object' };
    if ('problem' in read) problems.push(`keys[${index}]: ${read.problem}`);
    return 'anchor' in read && read.anchor !== undefined ? [read.anchor] : [];
  });
  if (anchors.length > MOST_ANCHORS) problems.push(`has ${anchors.length} X.509 authorities, at most ${MOST_ANCHORS} are allowed`);
  try {
    return { anchors: problems.length === 0 ? [...new Set(anchors)] : [], problems, ...readBundleTimes(document) };
  } catch (thrown) {
    return { anchors: [], problems: [...problems, thrown instanceof Error ? thrown.message : String(thrown)] };
  }
}

/**
 * The bundle that PEM certificates are, as agents of SPIFFE write them to disk. Throws an Error for a text that is not only certificates
 * of authorities: one that is cut short is none.
 */
export function bundleOfPem(pem: string): { readonly keys: readonly JsonObject[] } {
  const { anchors, problems } = readAnchors(pem);
  if (problems.length > 0) throw new Error(problems.slice(0, 3).join('; '));
  return {
    keys: anchors.map((anchor, index) => {
      const jwk = jwkOf(parseCertificate(Buffer.from(anchor, 'base64')).key);
      const kty = ownText(jwk, 'kty') ?? '';
      if (!Object.hasOwn(MEMBERS, kty)) throw new Error(`certificate ${index + 1}: its key has no form in a bundle`);
      return { use: 'x509-svid', ...jwk, x5c: [anchor] };
    }),
  };
}

/** A key of the bundle: its anchor as base64 DER, none for what is meant for something else, or why it is wrong. */
function readKey(key: JsonObject, trustDomain: string): { readonly anchor: string | undefined } | { readonly problem: string } {
  if (PRIVATE.some((name) => Object.hasOwn(key, name))) return { problem: 'expected a public key, found a private one' };
  const kty = ownText(key, 'kty') ?? '';
  const members = Object.hasOwn(MEMBERS, kty) ? MEMBERS[kty] : undefined;
  if (members === undefined || ownText(key, 'use') !== 'x509-svid') return { anchor: undefined };
  if (Object.hasOwn(key, 'kid')) return { problem: 'expected no kid: keys for X.509-SVIDs have none' };
  const chain = ownList(key, 'x5c') ?? [];
  const [only] = chain;
  if (typeof only !== 'string' || chain.length !== 1) return { problem: `expected x5c with exactly one certificate, found ${chain.length}` };
  const der = decodeBase64(only, 'standard');
  if (der === undefined || der.length === 0) return { problem: 'expected the certificate in x5c as standard base64' };
  const problem = anchorProblem(der) ?? domainProblem(der, trustDomain);
  if (problem !== undefined) return { problem };
  return isKeyOf(key, members, der) ? { anchor: der.toString('base64') } : { problem: 'its certificate has another key than the entry itself' };
}

function domainProblem(der: Uint8Array, trustDomain: string): string | undefined {
  try {
    return authorityIdProblem(parseCertificate(der), trustDomain);
  } catch (thrown) {
    if (thrown instanceof Malformed) return thrown.message;
    throw thrown;
  }
}

/** RFC 7517, 4.7: the entry has the key of its certificate. */
function isKeyOf(key: JsonObject, members: readonly string[], der: Uint8Array): boolean {
  const theirs = jwkOf(parseCertificate(der).key);
  return ['kty', ...members].every((name) => ownText(key, name) === theirs[name]);
}

/** RSA keys for PSS alone have no such form. */
function jwkOf(key: KeyObject): Readonly<Record<string, unknown>> {
  try {
    return { ...key.export({ format: 'jwk' }) };
  } catch {
    return {};
  }
}
