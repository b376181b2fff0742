import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../../src/pki/certificate.ts';
import { children, Malformed, readDer } from '../../../../src/pki/der.ts';
import { ocspRequest } from '../../../../src/pki/revocation/ocsp-request.ts';
import { readOcspAnswer } from '../../../../src/pki/revocation/ocsp.ts';
import type { OcspAnswer } from '../../../../src/pki/revocation/ocsp.ts';
import { NULL } from '../../../world/der.ts';
import { makeKey } from '../../../world/keys.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import type { HolderOptions } from '../../../world/own-pki.ts';
import { makeAnswer } from '../../../world/revocation.ts';
import type { AnswerOptions } from '../../../world/revocation.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const pki = createOwnPki(NOW);
const issuer = parseCertificate(pki.intermediate.certificate.der);
const SERIAL = Buffer.from('1234', 'hex');
const GOOD: AnswerOptions = { serial: SERIAL, status: 'good', thisUpdate: NOW };
const responder = (options: HolderOptions = {}) => pki.issue({ subject: [['O', 'Acme'], ['CN', 'ocsp']], usages: ['ocspSigning'], ...options });
const delegated = responder();
const read = (options: Partial<AnswerOptions> = {}): OcspAnswer => readOcspAnswer(makeAnswer(pki.intermediate, { ...GOOD, ...options }), SERIAL, issuer);

describe('an answer about one certificate', () => {
  test.each<[string, Partial<AnswerOptions>]>([
    ['the issuer, by its key', {}],
    ['the issuer, by its name', { byKey: false }],
    ['the issuer, who names the certificate by SHA-256', { hash: 'sha256' }],
    ['a responder of the issuer, by its key', { by: delegated }],
    ['a responder of the issuer, by its name, with the issuer beside it', { by: delegated, byKey: false, certificates: [pki.intermediate, delegated] }],
  ])('counts by %s', (_, options) => {
    expect(read(options)).toMatchObject({ status: 'good', thisUpdate: NOW, nextUpdate: NOW + DAY });
  });

  test('says since when and why', () => {
    expect(read({ status: { at: NOW - DAY, reason: 1, invalidFrom: NOW - 2 * DAY } }).status)
      .toEqual({ revokedAt: NOW - DAY, reason: 'keyCompromise', invalidFrom: NOW - 2 * DAY });
    expect(read({ status: { at: NOW } }).status).toEqual({ revokedAt: NOW });
    expect(read({ status: 'unknown' }).status).toBe('unknown');
    expect(read({ nextUpdate: null }).nextUpdate).toBeUndefined();
    expect(read({ by: delegated }).signer).toMatchObject({ notBefore: NOW - DAY, notAfter: NOW + 90 * DAY });
    expect(read().signer).toBeUndefined();
  });

  test.each<[string, Partial<AnswerOptions>, RegExp]>([
    ['another certificate', { serial: 0x1235 }, /speaks 0 times/],
    ['the certificate twice', { times: 2 }, /speaks 2 times/],
    ['nothing', { times: 0 }, /speaks 0 times/],
    ['a refusal', { responseStatus: 6 }, /unauthorized/],
    ['try later', { responseStatus: 3 }, /try later/],
    ['the key of somebody else', { key: makeKey('p256') }, /not signed by the responder that it names/],
    ['a responder without the usage', { by: responder({ usages: ['codeSigning'] }) }, /OCSP signing/],
    ['a responder for anything', { by: responder({ usages: ['any'] }) }, /OCSP signing/],
    ['a responder of no usage', { by: responder({ usages: [] }) }, /OCSP signing/],
    ['a responder that is an authority', { by: responder({ ca: true, keyUsages: ['digitalSignature', 'keyCertSign'] }) }, /no-authority/],
    ['a responder that may not sign', { by: responder({ keyUsages: ['keyEncipherment'] }) }, /may-sign/],
    ['a responder of the root', { by: responder({ issuer: pki.root }) }, /not certified/],
    ['a responder of another authority', { by: createOwnPki(NOW).issue({ usages: ['ocspSigning'] }) }, /not certified/],
    ['a responder whose certificate did not come', { by: delegated, certificates: [] }, /not certified/],
    ['nine certificates', { by: delegated, certificates: Array.from({ length: 9 }, () => delegated) }, /brings 9 certificates/],
    ['an unknown critical extension', { extensions: [{ oid: '1.2.3.4', critical: true, value: NULL }] }, /unknown critical extension/],
    ['an end before its beginning', { nextUpdate: NOW - DAY }, /ends before it begins/],
  ])('does not count with %s', (_, options, problem) => {
    expect(() => read(options)).toThrow(problem);
    expect(() => read(options)).toThrow(Malformed);
  });

  test('twice says "revoked" where it says so once', () => {
    const [good, bad] = ['good' as const, { at: NOW - DAY }].map((status): AnswerOptions => ({ ...GOOD, status }));
    const both = (first: AnswerOptions, second: AnswerOptions): OcspAnswer =>
      readOcspAnswer(makeAnswer(pki.intermediate, { ...first, more: [{ ...second, hash: 'sha256' }] }), SERIAL, issuer);
    if (good === undefined || bad === undefined) throw new Error('no answers');
    for (const [first, second] of [[good, bad], [bad, good], [bad, bad]] as const) expect(both(first, second).status).toEqual({ revokedAt: NOW - DAY });
    expect(() => both(good, good)).toThrow(/speaks 2 times/);
    expect(() => both(good, { ...good, status: 'unknown' })).toThrow(/speaks 2 times/);
    expect(both(good, { ...bad, serial: 0x1235 }).status).toBe('good');
  });

  test('about a certificate of an authority of the same name is none', () => {
    const twin = createOwnPki(NOW);
    expect(() => readOcspAnswer(makeAnswer(twin.intermediate, GOOD), SERIAL, issuer)).toThrow(Malformed);
    expect(() => readOcspAnswer(makeAnswer(pki.intermediate, { ...GOOD, by: twin.intermediate }), SERIAL, issuer)).toThrow(Malformed);
  });

  test('with one byte changed does not count', () => {
    const der = makeAnswer(pki.intermediate, { ...GOOD, by: delegated, status: { at: NOW - DAY, reason: 1 } });
    fc.assert(fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
      const bad = Buffer.from(der);
      bad[place] = (bad[place] ?? 0) ^ change;
      expect(() => readOcspAnswer(bad, SERIAL, issuer)).toThrow(Malformed);
    }), { numRuns: 1000 });
  });

  test('of any bytes is none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => {
      expect(() => readOcspAnswer(bytes, SERIAL, issuer)).toThrow(Malformed);
    }), { numRuns: 500 });
  });

  test('is asked for by the hash that is named', () => {
    for (const [hash, bytes] of [['sha1', 20], ['sha256', 32]] as const) {
      let node = readDer(ocspRequest(SERIAL, issuer, hash));
      for (let depth = 0; depth < 4; depth += 1) node = children(node)[0] ?? node;
      expect(children(node).map(({ content }) => content.length)).toEqual([hash === 'sha1' ? 9 : 13, bytes, bytes, 2]);
    }
  });
});
