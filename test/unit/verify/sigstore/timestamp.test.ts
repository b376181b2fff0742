import { describe, expect, test } from 'vitest';
import { octets, oid, seq } from '../../../world/der.ts';
import { makeSigned } from '../../../world/evidence.ts';
import { makeTsa, stamp } from '../../../world/tsa.ts';
import type { TimestampOverrides, TsaOptions } from '../../../world/tsa.ts';
import { createWorld } from '../../../world/world.ts';
import { codeOf, compiledRoot, forge, KEYLESS, MESSAGE, NOW, partsOf, proveKeyless, proveParts, world } from './world-case.ts';
import type { Parts } from './world-case.ts';

const INVALID = 'VERIFY_TIMESTAMP';
const MALFORMED = 'VERIFY_MALFORMED';
const DAY = 86_400_000;
const stranger = makeTsa({ now: NOW, organization: 'stranger.example' });

describe('one timestamp', () => {
  test.each<[string, TimestampOverrides, string]>([
    ['as the authority gives it', {}, 'ok'],
    ['without embedded certificates', { embed: [] }, 'ok'],
    ['B09 with injected certificates', { embed: [stranger.signer, world.tsa.signer, ...stranger.chain] }, 'ok'],
    ['B17 made and embedded by a stranger, which is ignored', { key: stranger.key, signer: stranger.signer, embed: stranger.chain }, 'ok'],
    ['B09 made by a stranger in the name of the authority', { key: stranger.key, embed: [stranger.signer] }, INVALID],
    ['B17 about other bytes', { message: Buffer.from('another signature') }, INVALID],
    ['imprint by SHA-384', { imprintHash: 'sha384' }, 'ok'],
    ['imprint by SHA-512', { imprintHash: 'sha512' }, 'ok'],
    ['signed attributes by SHA-512 that are signed with SHA-384 (RFC 8933, 3)', { digestHash: 'sha512' }, INVALID],
    ['signed attributes by SHA-384 that are signed with it', { digestHash: 'sha384' }, 'ok'],
    ['with a fraction', { fraction: '123' }, 'ok'],
    ['with a fraction that ends in zero', { fraction: '120' }, MALFORMED],
    ['without accuracy', { accuracy: false }, 'ok'],
    ['with a nonce', { nonce: 12345n }, 'ok'],
    ['granted with changes', { status: 1 }, 'ok'],
    ['rejected', { status: 2 }, MALFORMED],
    ['signing-certificate names another certificate', { essCertificate: stranger.signer }, INVALID],
    ['no signing-certificate attribute', { essCertificate: false }, MALFORMED],
    ['of another content type', { contentType: '1.2.840.113549.1.7.1' }, MALFORMED],
    ['info altered after it was signed over', { tstInfo: (der) => Buffer.concat([der, Buffer.of(0)]) }, MALFORMED],
    ['signature altered', { signature: (one) => Buffer.concat([one.subarray(0, -1), Buffer.of((one.at(-1) ?? 0) ^ 1)]) }, INVALID],
  ])('%s', (_, timestamp, code) => {
    expect(codeOf(forge({ timestamp }, { tsa: true }))).toBe(code);
  });

  test.each<[string, Partial<TsaOptions>, string]>([
    ['P-256', { keyType: 'p256' }, 'ok'],
    ['P-521', { keyType: 'p521' }, 'ok'],
    ['RSA', { keyType: 'rsa-2048' }, 'ok'],
    ['Ed25519', { keyType: 'ed25519' }, 'ok'],
    ['an intermediate', { intermediate: true }, 'ok'],
    ['B10 a second purpose', { eku: ['timeStamping', '1.2.3.4.5'] }, INVALID],
    ['B10 a purpose that is not critical', { ekuCritical: false }, INVALID],
    ['B10 another purpose', { eku: ['codeSigning'] }, INVALID],
    ['an unknown critical extension', { extensions: [{ oid: '1.2.3', critical: true, value: octets(Buffer.alloc(0)) }] }, INVALID],
    ['an expired certificate', { notAfter: NOW - 1000 }, INVALID],
    ['a certificate that is not valid yet', { notBefore: NOW + 1000 }, INVALID],
  ])('authority with %s', (_, options, code) => {
    const other = createWorld({ now: NOW, tsa: makeTsa({ now: NOW, ...options }) });
    expect(codeOf(proveParts(partsOf(makeSigned(other, MESSAGE, KEYLESS, { log: 'v1', tsa: true })), compiledRoot({ of: other })))).toBe(code);
  });

  test.each<[string, { start: number; end?: number }, string]>([
    ['covers the time, ends included', { start: NOW, end: NOW }, 'ok'], ['ended before', { start: NOW - DAY, end: NOW - 1 }, INVALID], ['starts after', { start: NOW + 1 }, INVALID],
  ])('B13 window of the authority in the trust root: %s', (_, window, code) => {
    expect(codeOf(proveKeyless({ tsa: true }, { root: compiledRoot({ root: { windows: { tsa: window } } }) }))).toBe(code);
  });

  test.each<[string, Buffer]>([['empty', Buffer.alloc(0)], ['text', Buffer.from('x')], ['only a status', seq(seq())], ['no SignedData', seq(seq(Buffer.from('020100', 'hex')), seq(oid('1.2.3')))]])('bytes that are no response: %s', (_, bytes) => {
    const parts = partsOf(makeSigned(world, MESSAGE, KEYLESS, { log: 'v1' }));
    expect(codeOf(proveParts({ ...parts, dating: { ...parts.dating, timestamps: [bytes] } }))).toBe(MALFORMED);
  });
});

describe('what the signed attributes cover', () => {
  const prove = (override: TimestampOverrides, from: string, to: string): string => {
    const parts = partsOf(makeSigned(world, MESSAGE, KEYLESS, { log: 'v1', tsa: true, override: { timestamp: override } }));
    const token = Buffer.from(parts.dating.timestamps[0] ?? []).toString('latin1');
    expect(token).toContain(from);
    // Only the first occurrence, which lies in the encapsulated content; the signed attributes come after it.
    return codeOf(proveParts({ ...parts, dating: { ...parts.dating, timestamps: [Buffer.from(token.replace(from, to), 'latin1')] } }));
  };

  test('B17 a time altered inside the token', () => {
    expect(prove({}, '20260301000000Z', '20260301000000Z')).toBe('ok');
    expect(prove({}, '20260301000000Z', '20260301000001Z')).toBe(INVALID);
  });

  test('a token of another content type passed off as a timestamp', () => {
    const other = oid('1.2.840.113549.1.9.16.1.5').toString('latin1');
    expect(prove({ contentType: '1.2.840.113549.1.9.16.1.5' }, other, oid('1.2.840.113549.1.9.16.1.4').toString('latin1'))).toBe(INVALID);
  });
});

describe('an authority listed without its signing certificate', () => {
  const root = (): ReturnType<typeof compiledRoot> => compiledRoot({
    root: { map: (one) => ({ ...one, timestampAuthorities: one.timestampAuthorities.map((authority) => ({ ...authority, certChain: { certificates: (authority['certChain'] as { certificates: unknown[] }).certificates.slice(1) } })) }) },
  });
  test.each<[string, TimestampOverrides, string]>([
    ['the token brings it', {}, 'ok'],
    ['the token brings it among broken ones', { embed: [{ ...world.tsa.signer, der: seq() }, world.tsa.signer] }, 'ok'],
    ['the token does not bring it', { embed: [] }, INVALID],
    ['the token brings one of a stranger, which is ignored', { key: stranger.key, signer: stranger.signer, embed: stranger.chain }, 'ok'],
  ])('%s', (_, timestamp, code) => {
    expect(codeOf(proveKeyless({ tsa: true, override: { timestamp } }, { root: root() }))).toBe(code);
  });
});

describe('numbers', () => {
  const two = makeTsa({ now: NOW, organization: 'second.example' });
  const both = compiledRoot({
    require: { transparencyLog: 1, sct: 1, timestamps: 2 },
    root: { map: (one) => ({ ...one, timestampAuthorities: [...one.timestampAuthorities, ...(createWorld({ now: NOW, tsa: two }).trustedRoot()['timestampAuthorities'] as unknown[])] }) },
  });
  const stamped = (...stamps: (typeof world.tsa)[]): Parts => {
    const parts = partsOf(makeSigned(world, MESSAGE, KEYLESS, { log: 'v1' }));
    return { ...parts, dating: { ...parts.dating, timestamps: stamps.map((tsa) => stamp(tsa, parts.content.signature, NOW)) } };
  };

  test('distinct authorities are counted, not timestamps', () => {
    expect(codeOf(proveParts(stamped(world.tsa, two), both))).toBe('ok');
    expect(codeOf(proveParts(stamped(world.tsa, world.tsa), both))).toBe(INVALID);
    expect(codeOf(proveParts(stamped(), both))).toBe(INVALID);
  });

  test('every timestamp of a listed authority must verify, and those of others prove nothing', () => {
    const one = compiledRoot({ require: { transparencyLog: 1, sct: 1, timestamps: 1 } });
    expect(codeOf(proveParts(stamped(world.tsa, stranger), one))).toBe('ok');
    expect(codeOf(proveParts(stamped(world.tsa, stranger), both))).toBe(INVALID);
    expect(codeOf(proveParts(stamped(stranger), one))).toBe(INVALID);
    const parts = stamped(world.tsa);
    const other = stamp(two, Buffer.from('another signature'), NOW);
    expect(codeOf(proveParts({ ...parts, dating: { ...parts.dating, timestamps: [...parts.dating.timestamps, other] } }, one))).toBe('ok');
    expect(codeOf(proveParts({ ...parts, dating: { ...parts.dating, timestamps: [...parts.dating.timestamps, other] } }, both))).toBe(INVALID);
  });

  test('a root without authorities is proven nothing by timestamps, and says so where a time is missing', () => {
    const root = compiledRoot({ root: { without: ['tsa'] } });
    expect(proveKeyless({ log: 'v2', tsa: true }, { root })).toMatchObject({ problem: { code: INVALID, expected: 'trust root world lists no timestamp authorities' } });
    expect(codeOf(proveKeyless({ tsa: true }, { root }))).toBe('ok');
    expect(codeOf(proveKeyless({}, { root }))).toBe('ok');
  });
});
