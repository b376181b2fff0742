// The rules of SPIFFE for JWT-SVIDs and bundles, to the letter: each with a token or bundle that keeps it, and one that breaks it alone.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseSpiffeId } from '../../../src/text/names/spiffe-id.ts';
import { following, readTrustBundle } from '../../../src/authn/issuers/spiffe-bundle.ts';
import type { TrustBundle } from '../../../src/authn/issuers/spiffe-bundle.ts';
import { followBundle } from '../../../src/wiring/gate/issuer-keys.ts';
import { spiffeIssuer } from '../../../src/authn/issuers/spiffe.ts';
import { createTokenIssuer } from '../../support/tokens.ts';
import type { TokenOptions } from '../../support/tokens.ts';
import { check, held, NOW, outcome, SECONDS } from './support.ts';

const now = (): number => NOW;
const acme = createTokenIssuer('acme', { now });
const other = createTokenIssuer('other', { now });
const bundleOf = (document: unknown) => held(readTrustBundle(document));
const domain = (bundle = bundleOf(acme.jwks('jwt-svid'))) => spiffeIssuer({
  domains: [{ name: 'acme.example', bundle }, { name: 'other.example', bundle: bundleOf(other.jwks('jwt-svid')) }], audience: 'gatehouse', check,
});
const SUB = 'spiffe://acme.example/build/app';
const CLAIMS = { sub: SUB, aud: ['gatehouse'], iss: undefined, iat: undefined, nbf: undefined };
const svid = (claims: Readonly<Record<string, unknown>> = {}, options?: TokenOptions): string => acme.sign({ ...CLAIMS, ...claims }, options);
const INVALID = '401 INPUT_TOKEN_INVALID';
const caller = (id: string) => expect.objectContaining({ kind: 'spiffe', id }) as unknown;

describe('SPIFFE: tokens', () => {
  test.each<[string, string, string, string]>([
    ['compact JWS only', svid(), `{"payload":"${svid().split('.')[1]}"}`, INVALID],
    ['three parts', svid(), `${svid()}.x`, INVALID],
    ['typ JWT, if any', svid({}, { header: { typ: 'JWT' } }), svid({}, { header: { typ: 'at+jwt' } }), INVALID],
    ['typ JOSE, if any', svid({}, { header: { typ: 'JOSE' } }), svid({}, { header: { typ: 'jwt' } }), INVALID],
    ['typ is text', svid(), svid({}, { header: { typ: 1 } }), INVALID],
    ['no header beyond alg, kid, typ', svid(), svid({}, { header: { cty: 'JWT' } }), INVALID],
    ['no header that names a key', svid(), svid({}, { header: { jwk: acme.jwk() } }), INVALID],
    ['sub is there', svid(), svid({ sub: undefined }), '401 INPUT_TOKEN_ISSUER'],
    ['sub is a SPIFFE ID', svid(), svid({ sub: 'SPIFFE://acme.example/build/app' }), INVALID],
    ['sub is that of a workload', svid(), svid({ sub: 'spiffe://acme.example' }), INVALID],
    ['sub is of a configured trust domain', svid(), svid({ sub: 'spiffe://acme.example.evil/build/app' }), '401 INPUT_TOKEN_ISSUER'],
    ['aud is there', svid(), svid({ aud: undefined }), '401 INPUT_TOKEN_AUDIENCE'],
    ['aud contains us', svid({ aud: ['vault', 'gatehouse'] }), svid({ aud: ['vault'] }), '401 INPUT_TOKEN_AUDIENCE'],
    ['aud is compared whole', svid({ aud: 'gatehouse' }), svid({ aud: 'gatehouse.evil' }), '401 INPUT_TOKEN_AUDIENCE'],
    ['exp is there', svid(), svid({ exp: undefined }), INVALID],
    ['exp is a number', svid(), svid({ exp: String(SECONDS + 60) }), INVALID],
    ['exp is a time', svid({ exp: SECONDS + 60 }), svid({ exp: 1e300 }), INVALID],
    ['exp has not passed', svid({ exp: SECONDS - 29 }), svid({ exp: SECONDS - 30 }), '401 INPUT_TOKEN_EXPIRED'],
    ['not a WIT-SVID, by its type', svid(), svid({}, { header: { typ: 'wit+jwt' } }), INVALID],
    ['not a WIT-SVID, by its binding', svid(), svid({ cnf: { jwk: acme.jwk() } }), INVALID],
    ['not a WIT-SVID, whatever the binding is', svid(), svid({ cnf: null }), INVALID],
    ['signed with the bundle of its own trust domain', svid(), other.sign(CLAIMS), INVALID],
    ['its kid names the key', svid(), svid({}, { header: { kid: 'other' } }), INVALID],
    ['without kid the only key fits', svid({}, { header: { kid: undefined } }), svid({}, { header: { kid: undefined }, key: other.privateKey }), INVALID],
  ])('%s', async (_, good, bad, code) => {
    expect(await outcome(good, [domain()])).toEqual(caller(SUB));
    expect(await outcome(bad, [domain()])).toBe(code);
  });

  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'])('algorithm %s', async (alg) => {
    const issuer = createTokenIssuer('acme', { alg, now });
    expect(await outcome(issuer.sign(CLAIMS), [domain(bundleOf(issuer.jwks('jwt-svid')))])).toEqual(caller(SUB));
  });

  test.each(['EdDSA', 'Ed25519'])('no algorithm %s, though other issuers may use it', async (alg) => {
    const issuer = createTokenIssuer('acme', { alg, now });
    expect(await outcome(issuer.sign(CLAIMS), [domain(bundleOf(issuer.jwks('jwt-svid')))])).toBe('401 INPUT_TOKEN_ALGORITHM');
  });

  test('several keys fit and no kid says which: none does', async () => {
    const next = createTokenIssuer('acme', { kid: 'next', now });
    const two = () => domain(bundleOf({ keys: [acme.jwk('jwt-svid'), next.jwk('jwt-svid')] }));
    expect(await outcome(svid(), [two()])).toEqual(caller(SUB));
    expect(await outcome(svid({}, { header: { kid: undefined } }), [two()])).toBe(INVALID);
    const same = domain(bundleOf({ keys: [acme.jwk('jwt-svid'), { ...next.jwk('jwt-svid'), kid: acme.kid }] }));
    expect(await outcome(svid(), [same])).toBe(INVALID);
  });

  test('a namespace by the longest beginning of the path, in whole segments', async () => {
    const paths = [{ path: '/build', namespace: 'build' }, { path: '/build/app', namespace: 'app' }, { path: '/b', namespace: 'b' }];
    const issuer = spiffeIssuer({ domains: [{ name: 'acme.example', bundle: bundleOf(acme.jwks('jwt-svid')), namespace: 'rest', paths }], audience: 'gatehouse', check });
    const namespaceOf = async (path: string) => (await outcome(svid({ sub: `spiffe://acme.example${path}` }), [issuer]) as { namespace: string }).namespace;
    expect([await namespaceOf('/build/app'), await namespaceOf('/build/app/x'), await namespaceOf('/build/application'), await namespaceOf('/bu')]).toEqual(['app', 'app', 'build', 'rest']);
  });
});

describe('SPIFFE: IDs', () => {
  const longest = `spiffe://acme.example/${'a'.repeat(2048 - 'spiffe://acme.example/'.length)}`;
  test.each<[string, string, string]>([
    ['at most 2048 bytes', longest, `${longest}a`],
    ['a trust domain of at most 255', `spiffe://${'a'.repeat(255)}/x`, `spiffe://${'a'.repeat(256)}/x`],
    ['a trust domain', 'spiffe://a/x', 'spiffe:///x'],
    ['a trust domain in lower case', 'spiffe://acme-1_2.example/x', 'spiffe://Acme-1_2.example/x'],
    ['a trust domain without a port', 'spiffe://acme.example/x', 'spiffe://acme.example:443/x'],
    ['a trust domain without a user', 'spiffe://acme.example/x', 'spiffe://me@acme.example/x'],
    ['the scheme in lower case', 'spiffe://acme.example/x', 'Spiffe://acme.example/x'],
    ['letters, digits, dot, hyphen, underscore', 'spiffe://acme.example/Aa0._-', 'spiffe://acme.example/a+b'],
    ['no percent', 'spiffe://acme.example/ab', 'spiffe://acme.example/%61b'],
    ['no colon', 'spiffe://acme.example/ab', 'spiffe://acme.example/a:b'],
    ['no empty segment', 'spiffe://acme.example/a/b', 'spiffe://acme.example/a//b'],
    ['no slash at the end', 'spiffe://acme.example/a', 'spiffe://acme.example/a/'],
    ['no path of a slash alone', 'spiffe://acme.example', 'spiffe://acme.example/'],
    ['no dot segment', 'spiffe://acme.example/...', 'spiffe://acme.example/./a'],
    ['no dot-dot segment', 'spiffe://acme.example/a/..b', 'spiffe://acme.example/a/../b'],
    ['no query', 'spiffe://acme.example/a', 'spiffe://acme.example/a?b'],
    ['no fragment', 'spiffe://acme.example/a', 'spiffe://acme.example/a#b'],
    ['ASCII alone', 'spiffe://acme.example/a', 'spiffe://acme.example/ä'],
    ['no line end', 'spiffe://acme.example/a', 'spiffe://acme.example/a\n'],
  ])('%s', (_, good, bad) => {
    expect(parseSpiffeId(good)).toBeDefined();
    expect(parseSpiffeId(bad)).toBeUndefined();
  });
});

describe('SPIFFE: bundles', () => {
  const key = acme.jwk('jwt-svid');
  const sizeOf = (...keys: unknown[]): number => readTrustBundle({ keys }).keys.size;
  const secret = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });

  test.each<[string, unknown]>([
    ['without kid', { ...key, kid: undefined }],
    ['with an empty kid', { ...key, kid: '' }],
    ['without use', { ...key, use: undefined }],
    ['of an unknown use', { ...key, use: 'wit-svid' }],
    ['for signatures in general', { ...key, use: 'sig' }],
    ['for X509-SVIDs', { ...acme.jwk('x509-svid'), kid: undefined, x5c: ['AA=='] }],
    ['for X509-SVIDs, with a kid', acme.jwk('x509-svid')],
    ['of an unknown type', { ...key, kty: 'AKP' }],
    ['of a type that every object has', { ...key, kty: 'constructor' }],
    ['of an unknown curve', { ...key, crv: 'secp256k1' }],
    ['whose point is not on the curve', { ...key, x: 'AAAA' }],
    ['that is a secret', { kty: 'oct', k: 'c2VjcmV0', kid: 'a', use: 'jwt-svid', alg: 'HS256' }],
    ['that is too weak', { ...weak, kid: 'a', use: 'jwt-svid' }],
    ['that is none', null],
  ])('a key %s is ignored, beside one that counts', (_, entry) => {
    expect(sizeOf(key)).toBe(1);
    expect(sizeOf(entry, key)).toBe(1);
    expect(sizeOf(entry)).toBe(0);
  });

  test('no keys: everything is revoked, and that is a good bundle', async () => {
    const bundle = bundleOf({ keys: [] });
    expect(await outcome(svid(), [domain(bundle)])).toBe(INVALID);
    // It is asked for once more, in case it has come back.
    expect(bundle.looks).toBe(1);
  });

  test('what was remembered under a bundle is forgotten with it', async () => {
    const bundle = bundleOf(acme.jwks('jwt-svid'));
    const token = svid();
    expect(await outcome(token, [domain(bundle)])).toEqual(caller(SUB));
    bundle.value = readTrustBundle({ keys: [] });
    expect(await outcome(token, [domain(bundle)])).toBe(INVALID);
    bundle.value = undefined;
    expect(await outcome(token, [domain(bundle)])).toBe('503 INPUT_TOKEN_UNCHECKED');
  });

  test.each<[string, unknown]>([
    ['no object', []], ['without keys', {}], ['with keys that are no list', { keys: {} }], ['with too many keys', { keys: Array.from({ length: 201 }, () => key) }],
    ['with a private key', { keys: [{ ...secret, kid: 'a', use: 'jwt-svid' }] }], ['with a sequence that is none', { keys: [key], spiffe_sequence: -1 }], ['with a sequence as text', { keys: [key], spiffe_sequence: '1' }],
  ])('a bundle %s is refused', (_, document) => { expect(() => readTrustBundle(document)).toThrow(/^expected/); });

  test('the refresh hint is kept within bounds; one that is none is none', () => {
    const hint = (value: unknown) => readTrustBundle({ keys: [], spiffe_refresh_hint: value }).refreshMs;
    expect([hint(60), hint(1), hint(10 ** 9), hint(-1), hint('60'), hint(undefined)]).toEqual([60_000, 10_000, 86_400_000, undefined, undefined, undefined]);
  });

  test('a lower sequence never takes the place of a higher one', () => {
    const at = (sequence?: number) => readTrustBundle({ keys: [], ...(sequence === undefined ? {} : { spiffe_sequence: sequence }) });
    for (const [next, before] of [[2, 1], [1, 1], [undefined, 1], [1, undefined]]) expect(() => following(at(next), at(before))).not.toThrow();
    expect(() => following(at(1), undefined)).not.toThrow();
    expect(() => following(at(1), at(2))).toThrow('expected spiffe_sequence 2 or later, found 1');
  });

  test('of an endpoint, a bundle without a sequence does not forget that of the last one; of a file nothing is remembered', () => {
    const bundle = (sequence?: number): Uint8Array => Buffer.from(JSON.stringify({ keys: [], ...(sequence === undefined ? {} : { spiffe_sequence: sequence }) }));
    const reader = (file: string | undefined) => {
      let read: ((bytes: Uint8Array, inForce: TrustBundle | undefined) => TrustBundle) | undefined;
      const nobody = () => Promise.reject(new Error('not asked'));
      followBundle('prod', file, 'https://spire.example', { keySet: nobody, bundle: nobody }, (options) => {
        read = options.read as unknown as typeof read;
        return undefined as never;
      });
      return (bytes: Uint8Array, inForce: TrustBundle | undefined): TrustBundle => read?.(bytes, inForce) ?? (() => { throw new Error('nothing follows'); })();
    };
    const [endpoint, file] = [reader(undefined), reader('/etc/bundle.json')];
    const between = endpoint(bundle(), endpoint(bundle(5), undefined));
    expect(() => endpoint(bundle(4), between)).toThrow('expected spiffe_sequence 5 or later, found 4');
    expect(endpoint(bundle(6), between).sequence).toBe(6);
    expect(file(bundle(4), file(bundle(), file(bundle(5), undefined))).sequence).toBe(4);
  });
});
