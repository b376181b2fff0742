import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { readX509Bundle } from '../../../../src/trust/spiffe/bundle.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import { bundleKey, createTrustDomain } from '../../../world/spiffe.ts';

/** Bundles to the letter of SPIFFE Trust Domain and Bundle 4 and X509-SVID 6: each rule with a bundle that keeps it, and one that does not. */
const NOW = Date.UTC(2026, 5, 1);
const DOMAIN = 'prod.example';
const prod = createTrustDomain(DOMAIN, NOW);
const key = bundleKey(prod.root);
const anchor = Buffer.from(prod.root.certificate.der).toString('base64');
const second = createOwnPki(NOW);
const jwt = { kty: 'EC', use: 'jwt-svid', kid: 'a', crv: 'P-256', x: 'x', y: 'y' };
const authority = (name: string): object => bundleKey(prod.issue({ ca: true, names: [{ type: 'uri', value: name }], issuer: prod.root }));
const read = (document: unknown) => readX509Bundle(document, DOMAIN);
const keys = (...all: unknown[]) => read({ keys: all });

describe('a bundle', () => {
  test('gives its authorities, its sequence number and when to look again', () => {
    expect(read(prod.bundle())).toEqual({ anchors: [anchor], problems: [], sequence: 1, refreshMs: 300_000 });
    expect(keys(key)).toEqual({ anchors: [anchor], problems: [] });
    expect(keys(key, bundleKey(second.root)).anchors).toHaveLength(2);
    expect(keys(key, key).anchors).toHaveLength(1);
  });

  test('without keys is one: everything is revoked', () => {
    expect(read({ keys: [] })).toEqual({ anchors: [], problems: [] });
    expect(keys(jwt)).toEqual({ anchors: [], problems: [] });
    expect(read({}).problems).toEqual([expect.stringMatching(/with a list of keys/)]);
  });

  test.each<[string, unknown]>([
    ['JWT-SVIDs', jwt],
    ['an unknown use', { ...key, use: 'wit-svid' }],
    ['no use', { ...key, use: undefined }],
    ['an unknown type', { ...key, kty: 'AKP' }],
    ['no type', { ...key, kty: undefined }],
    ['a type that every object has', { ...key, kty: 'constructor' }],
  ])('passes over keys for %s', (_, other) => expect(keys(other, key)).toEqual({ anchors: [anchor], problems: [] }));

  test.each<[string, unknown, RegExp]>([
    ['no certificate', { ...key, x5c: undefined }, /exactly one certificate, found 0/],
    ['an empty list of certificates', { ...key, x5c: [] }, /exactly one certificate, found 0/],
    ['two certificates', { ...key, x5c: [anchor, anchor] }, /exactly one certificate, found 2/],
    ['a number for a certificate', { ...key, x5c: [1] }, /exactly one certificate/],
    ['a certificate in base64url', { ...key, x5c: [prod.root.certificate.der.toString('base64url')] }, /as standard base64/],
    ['a kid', { ...key, kid: 'a' }, /expected no kid/],
    ['a certificate that is none', { ...key, x5c: [Buffer.from('no').toString('base64')] }, /keys\[1\]: DER/],
    ['the certificate of a workload', bundleKey(prod.svid('/a')), /is not a certificate authority/],
    ['the certificate of another key', { ...key, x5c: bundleKey(second.root)['x5c'] }, /another key than the entry itself/],
    ['a private key', { ...key, d: 'AAAA' }, /found a private one/],
    ['an authority of another domain', authority('spiffe://dev.example'), /may only have spiffe:\/\/prod\.example/],
    ['an authority with a path', authority('spiffe://prod.example/spire/server'), /may only have/],
    ['something that is no key', 'key', /expected an object/],
  ])('is refused as a whole with %s', (_, wrong, message) => {
    const { anchors, problems } = keys(key, wrong);
    expect(anchors).toEqual([]);
    expect(problems.join()).toMatch(message);
  });

  test('may have an authority with the ID of its domain', () => {
    expect(keys(authority('spiffe://prod.example'))).toMatchObject({ anchors: [expect.any(String)], problems: [] });
  });

  test.each<[string, unknown, RegExp]>([
    ['a map of several domains', { trust_domains: { [DOMAIN]: prod.bundle() } }, /map of several/],
    ['a list', [], /list of keys/],
    ['nothing', null, /list of keys/],
    ['keys that are no list', { keys: {} }, /list of keys/],
    ['more than 200 keys', { keys: Array.from({ length: 201 }, () => jwt) }, /at most 200/],
    ['a sequence number that is text', prod.bundle({ spiffe_sequence: '1' }), /spiffe_sequence/],
    ['a sequence number below zero', prod.bundle({ spiffe_sequence: -1 }), /spiffe_sequence/],
  ])('is not %s', (_, document, message) => {
    expect(read(document).problems.join()).toMatch(message);
    expect(read(document).anchors).toEqual([]);
  });

  test.each([[0, 10_000], [10, 10_000], [11, 11_000], [86_400, 86_400_000], [1e9, 86_400_000], ['60', undefined], [-1, undefined]])(
    'asks to be read again after %s seconds, within bounds', (hint, refreshMs) => {
      expect(read(prod.bundle({ spiffe_refresh_hint: hint })).refreshMs).toBe(refreshMs);
    });

  test('never throws, and gives no authority that is not in it', () => {
    const part = fc.oneof(fc.constantFrom(...Object.values(key), anchor, 'x509-svid', 'EC'), fc.jsonValue());
    const entry = fc.tuple(fc.constantFrom(...Object.keys(key), 'kid', 'd'), part).map(([name, value]) => ({ ...key, [name]: value }));
    fc.assert(fc.property(fc.array(fc.oneof(entry, fc.jsonValue()), { maxLength: 3 }), fc.jsonValue(), (all, more) => {
      const { anchors } = read({ keys: all, spiffe_sequence: more });
      expect(anchors.every((one) => one === anchor)).toBe(true);
    }), { numRuns: 500 });
  });
});
