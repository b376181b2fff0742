import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { pae } from '../../../../src/pki/signatures/pae.ts';
import { parseEnvelope } from '../../../../src/verify/statement/dsse.ts';

const payload = Buffer.from('hello world');
const GOOD = { payloadType: 'application/vnd.in-toto+json', payload: payload.toString('base64'), signatures: [{ sig: 'AQID', keyid: 'k' }] };
const parse = (value: unknown) => parseEnvelope(Buffer.from(JSON.stringify(value)));
const without = (key: string): unknown => Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== key));

describe('pre-authentication encoding', () => {
  test("the specification's vector verifies over these bytes", () => {
    const x = Buffer.from(46950820868899156662930047687818585632848591499744589407958293238635476079160n.toString(16).padStart(64, '0'), 'hex');
    const y = Buffer.from(5640078356564379163099075877009565129882514886557779369047442380624545832820n.toString(16).padStart(64, '0'), 'hex');
    const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') } });
    const signature = Buffer.from('A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==', 'base64');
    const bytes = pae('http://example.com/HelloWorld', payload);
    expect(Buffer.from(bytes).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
    expect(verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    expect(verify('sha256', payload, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(false);
  });

  test('A07 lengths count bytes and types are encoded whole, so similar types differ', () => {
    expect(Buffer.from(pae('é', payload)).toString()).toBe('DSSEv1 2 é 11 hello world');
    expect(Buffer.from(pae('Ŵext/plain', payload)).equals(Buffer.from(pae('text/plain', payload)))).toBe(false);
    expect(Buffer.from(pae('text/plain', payload)).toString('latin1')).toBe('DSSEv1 10 text/plain 11 hello world');
  });

  test('the boundary between type and payload cannot move', () => {
    expect(Buffer.from(pae('a', Buffer.from('b 1 c'))).equals(Buffer.from(pae('a 5 b', Buffer.from('c'))))).toBe(false);
  });
});

describe('envelope', () => {
  test('is parsed with its bytes decoded', () => {
    expect(parse(GOOD)).toEqual({ ok: true, value: { payloadType: GOOD.payloadType, payload, signatures: [{ keyid: 'k', sig: Buffer.from([1, 2, 3]) }] } });
  });

  test.each([
    ['keyid is absent', { ...GOOD, signatures: [{ sig: 'AQID' }] }],
    ['keyid is null', { ...GOOD, signatures: [{ sig: 'AQID', keyid: null }] }],
    ['members are there that nobody knows', { ...GOOD, certificate: 'x', signatures: [{ sig: 'AQID', cert: 'y' }] }],
    ['base64 is URL-safe', { ...GOOD, signatures: [{ sig: '-_-_' }] }],
    ['payload is empty', { ...GOOD, payload: '' }],
  ])('is accepted when %s', (_, value) => expect(parse(value).ok).toBe(true));

  test.each([
    ['payload is missing', without('payload')],
    ['payloadType is missing', without('payloadType')],
    ['signatures is missing', without('signatures')],
    ['there is no signature', { ...GOOD, signatures: [] }],
    ['sig is missing', { ...GOOD, signatures: [{ keyid: 'k' }] }],
    ['signatures is an object', { ...GOOD, signatures: { 0: { sig: 'AQID' } } }],
    ['payload is no base64', { ...GOOD, payload: 'a b' }],
    ['payloadType is a number', { ...GOOD, payloadType: 1 }],
    ['A07 payloadType is not valid Unicode', { ...GOOD, payloadType: '\ud800' }],
    ['it is a list', [GOOD]],
    ['it is null', null],
  ])('is malformed when %s', (_, value) => expect(parse(value)).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } }));

  test('D01 two payloads are malformed', () => {
    const text = JSON.stringify(GOOD).replace('{', '{"payload":"e30=",');
    expect(parseEnvelope(Buffer.from(text))).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } });
  });

  test('G05 a thirty-third signature is over the limit', () => {
    const some = (count: number) => parse({ ...GOOD, signatures: Array.from({ length: count }, () => ({ sig: 'AQID' })) });
    expect(some(32).ok).toBe(true);
    expect(some(33)).toMatchObject({ ok: false, problem: { code: 'VERIFY_LIMIT' } });
  });
});
