/** Issuers of tokens: what they sign, and the key set that they publish; every part of a token may be made wrong. */
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** How a token deviates from a good one. */
export interface TokenOptions {
  /** Default: the issuer's own. `none` signs nothing; `HS256` takes the public key, PEM, as its secret. */
  readonly alg?: string;
  /** Added to the header; `undefined` takes a name out. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Stand in the place of what would be written. */
  readonly headerText?: string;
  readonly claimsText?: string;
  /** Sign with this key. */
  readonly key?: KeyObject;
}

/** An issuer with one key. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** A token with these claims, `iss` and times of an hour around now where they say nothing else. */
  sign(claims: Readonly<Record<string, unknown>>, options?: TokenOptions): string;
  /** Its key as a JSON Web Key. */
  jwk(use?: string): Readonly<Record<string, unknown>>;
  jwks(use?: string): { readonly keys: readonly Readonly<Record<string, unknown>>[] };
}

const HASHES: Readonly<Record<string, string>> = { 256: 'sha256', 384: 'sha384', 512: 'sha512' };
const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** Makes an issuer whose key fits the algorithm. */
export function createTokenIssuer(issuer: string, { alg: own = 'ES256', kid = `key-${own}`, now = Date.now }: { readonly alg?: string; readonly kid?: string; readonly now?: () => number } = {}): TokenIssuer {
  const { privateKey, publicKey } = own.startsWith('E') && !own.startsWith('ES') ? generateKeyPairSync('ed25519')
    : own.startsWith('ES') ? generateKeyPairSync('ec', { namedCurve: CURVES[own] ?? '' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const jwk: TokenIssuer['jwk'] = (use = 'sig') => ({ ...publicKey.export({ format: 'jwk' }), kid, use });
  return {
    issuer, kid, privateKey, jwk,
    jwks: (use) => ({ keys: [jwk(use)] }),
    sign(claims, { alg = own, header = {}, headerText, claimsText, key = privateKey } = {}) {
      const seconds = Math.floor(now() / 1000);
      const all = { iss: issuer, iat: seconds, nbf: seconds, exp: seconds + 3600, ...claims };
      const head = part(headerText ?? { alg, kid, ...header });
      const input = `${head}.${part(claimsText ?? all)}`;
      return `${input}.${signature(alg, input, key, publicKey).toString('base64url')}`;
    },
  };
}

function signature(alg: string, input: string, key: KeyObject, publicKey: KeyObject): Buffer {
  const hash = HASHES[alg.slice(-3)] ?? 'sha256';
  if (alg === 'none') return Buffer.alloc(0);
  if (alg.startsWith('HS')) return createHmac(hash, publicKey.export({ type: 'spki', format: 'pem' })).update(input).digest();
  if (alg.startsWith('Ed')) return sign(null, Buffer.from(input), key);
  if (alg.startsWith('PS')) return sign(hash, Buffer.from(input), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  return sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
}

/** Claims of a projected token, as a kube-apiserver writes them. */
export function serviceAccountClaims({ namespace = 'ci', serviceAccount = 'fetcher', uid = 'account-uid', audience = 'gatehouse', pod }: {
  readonly namespace?: string; readonly serviceAccount?: string; readonly uid?: string; readonly audience?: string;
  readonly pod?: { readonly name: string; readonly uid: string };
}): Readonly<Record<string, unknown>> {
  return {
    aud: [audience], sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, uid }, ...(pod === undefined ? {} : { pod }) },
  };
}
