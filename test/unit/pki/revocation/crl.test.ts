import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../../src/pki/certificate.ts';
import { Malformed } from '../../../../src/pki/der.ts';
import { goesWith, readList } from '../../../../src/pki/revocation/crl.ts';
import type { CertificateList } from '../../../../src/pki/revocation/crl.ts';
import { entryTable } from '../../../../src/pki/revocation/entry-table.ts';
import { isForPlace, isForSort } from '../../../../src/pki/revocation/scope.ts';
import { bool, ctx, ctxPrimitive, int, NULL, octets, seq, time } from '../../../world/der.ts';
import { makeKey } from '../../../world/keys.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import { makeList, placeName } from '../../../world/revocation.ts';
import type { ListOptions } from '../../../world/revocation.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const pki = createOwnPki(NOW);
const issuer = parseCertificate(pki.intermediate.certificate.der);
const at = { thisUpdate: NOW };
const entry = { serial: 0x1234, at: NOW - DAY };

function read(der: Uint8Array): CertificateList {
  for (const steps = readList(der); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
const made = (options: Partial<ListOptions> = {}): CertificateList => read(makeList(pki.intermediate, { ...at, ...options }));
/** Serial numbers that a table with a beginning known to all looks for in one place: FNV-1a, modulo 2^17. */
function colliding(count: number): Uint8Array[] {
  const [prime, mask] = [0x0100_0193, 2 ** 17 - 1];
  const after = (state: number, byte: number): number => Math.imul(state ^ byte, prime) & mask;
  // Whichever state two bytes lead to the place from.
  const endings = new Map<number, readonly [number, number, number]>();
  let inverse = 1;
  for (let turn = 0; turn < 5; turn += 1) inverse = Math.imul(inverse, 2 - Math.imul(prime, inverse));
  for (let bytes = 0; bytes < 2 ** 24 && endings.size < 2 ** 14; bytes += 1) {
    const three = [bytes & 0xff, (bytes >> 8) & 0xff, bytes >> 16] as const;
    const from = three.toReversed().reduce((state, byte) => (Math.imul(state, inverse) & mask) ^ byte, 0);
    if (!endings.has(from)) endings.set(from, three);
  }
  const found: Uint8Array[] = [];
  for (let index = 0; found.length < count; index += 1) {
    const front = [1, index & 0x7f, (index >> 7) & 0x7f, index >> 14];
    const ending = endings.get(front.reduce(after, 0x811c_9dc5 & mask));
    if (ending !== undefined) found.push(Uint8Array.from([...front, ...ending]));
  }
  return found;
}
const serial = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

describe('a list of revoked certificates', () => {
  test('says what its issuer says', () => {
    const list = made({ revoked: [entry, { serial: 0xff, at: NOW, reason: 1, invalidFrom: NOW - 2 * DAY }], number: 7 });
    expect(list).toMatchObject({ thisUpdate: NOW, nextUpdate: NOW + 7 * DAY, number: 7n, entries: 2 });
    expect(list.deltaOf).toBeUndefined();
    expect(list.find(serial('1234'))).toEqual({ revokedAt: NOW - DAY });
    expect(list.find(serial('00ff'))).toEqual({ revokedAt: NOW, reason: 'keyCompromise', invalidFrom: NOW - 2 * DAY });
    for (const other of ['ff', '12', '001234', '1235', '']) expect(list.find(serial(other))).toBeUndefined();
    expect(list.isSignedBy(issuer)).toBe(true);
  });

  test('is found in among ten thousand, each once', () => {
    const list = made({ revoked: Array.from({ length: 10_000 }, (_, index) => ({ serial: index * 3 + 1, at: NOW })) });
    expect(list.entries).toBe(10_000);
    const hex = (value: number): Uint8Array => {
      const text = value.toString(16);
      const even = text.length % 2 === 0 ? text : `0${text}`;
      return serial(Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even);
    };
    for (const index of [0, 1, 127, 5000, 9999]) {
      expect(list.find(hex(index * 3 + 1))).toEqual({ revokedAt: NOW });
      expect(list.find(hex(index * 3 + 2))).toBeUndefined();
    }
  });

  test('is by nobody else', () => {
    const other = createOwnPki(NOW);
    expect(made().isSignedBy(parseCertificate(other.intermediate.certificate.der))).toBe(false);
    expect(made({ key: makeKey('p256') }).isSignedBy(issuer)).toBe(false);
    expect(made().isSignedBy(parseCertificate(pki.root.certificate.der))).toBe(false);
    const mayNot = pki.issue({ ca: true, keyUsages: ['keyCertSign'], usages: [] });
    expect(read(makeList(mayNot, at)).isSignedBy(parseCertificate(mayNot.certificate.der))).toBe(false);
    const may = pki.issue({ ca: true, keyUsages: ['keyCertSign', 'cRLSign'], usages: [] });
    expect(read(makeList(may, at)).isSignedBy(parseCertificate(may.certificate.der))).toBe(true);
  });

  test.each<[string, Partial<ListOptions>]>([
    ['version 1', { version: null }],
    ['version 3', { version: 2 }],
    ['no end', { nextUpdate: null }],
    ['an end before its beginning', { nextUpdate: NOW - DAY }],
    ['two signature algorithms', { innerAlgorithm: seq(NULL) }],
    ['an unknown critical extension', { extensions: [{ oid: '1.2.3.4', critical: true, value: NULL }] }],
    ['an extension twice', { extensions: [{ oid: '2.5.29.20', value: NULL }] }],
    ['a negative number', { number: -1 }],
    ['a number of 22 bytes', { number: 2n ** 170n }],
    ['a serial number twice', { revoked: [entry, entry] }],
    ['an unknown critical extension of an entry', { revoked: [{ ...entry, extensions: [{ oid: '1.2.3.4', critical: true, value: NULL }] }] }],
    ['an entry of another issuer', { revoked: [{ ...entry, extensions: [{ oid: '2.5.29.29', critical: true, value: seq() }] }] }],
    ['a reason that there is not', { revoked: [{ ...entry, reason: 7 }] }],
    ['a scope of holders alone and authorities alone', { scope: Buffer.concat([ctxPrimitive(1, Buffer.from([0xff])), ctxPrimitive(2, Buffer.from([0xff]))]) }],
    ['a scope of holders that is neither true nor false', { scope: ctxPrimitive(1, Buffer.from([1])) }],
    ['a serial number with a zero before it', { revoked: [{ serial: Buffer.from('004711', 'hex'), at: NOW }] }],
    ['a negative one with ones before it', { revoked: [{ serial: Buffer.from('ff8711', 'hex'), at: NOW }] }],
    ['an empty one', { revoked: [{ serial: Buffer.alloc(0), at: NOW }] }],
    ['one of 65 bytes', { revoked: [{ serial: Buffer.alloc(65, 1), at: NOW }] }],
    ['some reasons alone', { scope: ctxPrimitive(3, Buffer.from([1, 0x40])) }],
    ['other issuers', { scope: ctxPrimitive(4, Buffer.from([0xff])) }],
    ['attributes alone', { scope: ctxPrimitive(5, Buffer.from([0xff])) }],
    ['a scope that cannot be read', { scope: ctxPrimitive(6, Buffer.from([0xff])) }],
  ])('is refused for %s', (_, options) => {
    expect(() => made(options)).toThrow(Malformed);
  });

  test.each<[string, Partial<ListOptions>]>([
    ['an unknown extension that is not critical', { extensions: [{ oid: '1.2.3.4', value: NULL }] }],
    ['the same of an entry', { revoked: [{ ...entry, extensions: [{ oid: '1.2.3.4', value: NULL }] }] }],
    ['a number of 20 bytes', { number: 2n ** 159n - 1n }],
    ['reason 6', { revoked: [{ ...entry, reason: 6 }] }],
    ['a scope that denies to be one', { scope: ctxPrimitive(1, Buffer.from([0])) }],
    ['a serial number with a zero that it needs', { revoked: [{ serial: Buffer.from('00c711', 'hex'), at: NOW }] }],
    ['a negative one', { revoked: [{ serial: Buffer.from('8711', 'hex'), at: NOW }] }],
    ['one of 40 bytes', { revoked: [{ serial: Buffer.alloc(40, 1), at: NOW }] }],
    ['a scope of holders alone', { scope: ctxPrimitive(1, Buffer.from([0xff])) }],
    ['a scope of authorities alone', { scope: ctxPrimitive(2, Buffer.from([0xff])) }],
    ['two entries', { revoked: [entry, { ...entry, serial: 1 }] }],
  ])('is read with %s', (_, options) => {
    expect(made(options).isSignedBy(issuer)).toBe(true);
  });

  test('is of one place where it says so', () => {
    const here = 'http://crl.acme.example/1.crl';
    const list = made({ scope: placeName([here]) });
    expect([[here], ['http://crl.acme.example/2.crl'], [], undefined].map((named) => isForPlace(list.scope, named))).toEqual([true, false, false, false]);
    expect(isForPlace(made().scope, undefined)).toBe(true);
  });

  test('is of one sort of certificates where it says so', () => {
    const sorts = [undefined, 1, 2].map((tag) => made(tag === undefined ? {} : { scope: ctxPrimitive(tag, Buffer.from([0xff])) }).scope);
    expect(sorts.map((scope) => [isForSort(scope, false), isForSort(scope, true)])).toEqual([[true, true], [true, false], [false, true]]);
  });

  test('with serial numbers that are chosen to be sought in one place costs little more than an honest one, or is given up', () => {
    const content = (serials: readonly Uint8Array[]): Uint8Array => Buffer.concat(serials.map((one) => seq(int(one), time(NOW))));
    const through = (bytes: Uint8Array): number => {
      for (const steps = entryTable(bytes); ;) {
        const step = steps.next();
        if (step.done === true) return step.value.size;
      }
    };
    const COUNT = 20_000;
    expect(through(content(Array.from({ length: COUNT }, (_, index) => serial(`01${index.toString(16).padStart(8, '0')}`))))).toBe(COUNT);
    let outcome: unknown;
    try {
      outcome = through(content(colliding(COUNT)));
    } catch (error) {
      outcome = error instanceof Malformed ? COUNT : error;
    }
    expect(outcome).toBe(COUNT);
    // A table whose places anybody can foresee takes fifty seconds.
  }, 20_000);

  test('goes with deltas that are made for it', () => {
    const base = made({ number: 5 });
    const delta = (options: Partial<ListOptions>): boolean => goesWith(made({ number: 7, deltaOf: 5, ...options }), base);
    expect(delta({})).toBe(true);
    expect(delta({ deltaOf: 4 })).toBe(true);
    expect(delta({ number: 5 })).toBe(true);
    expect(delta({ deltaOf: 6 })).toBe(false);
    expect(delta({ number: 4, deltaOf: 3 })).toBe(false);
    expect(delta({ scope: placeName(['http://x.example/']) })).toBe(false);
    expect(goesWith(made({ number: 7 }), base)).toBe(false);
    expect(goesWith(made({ number: 7, deltaOf: 5 }), made({ number: 5, deltaOf: 4 }))).toBe(false);
    expect(goesWith(read(makeList(pki.root, { ...at, number: 7, deltaOf: 5 })), base)).toBe(false);
  });

  test('with one byte changed is refused, or is not signed any more', () => {
    const der = makeList(pki.intermediate, { ...at, revoked: [entry, { serial: 5, at: NOW, reason: 1 }], scope: placeName(['http://x.example/']) });
    fc.assert(fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
      const bad = Buffer.from(der);
      bad[place] = (bad[place] ?? 0) ^ change;
      let list: CertificateList;
      try {
        list = read(bad);
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed);
        return;
      }
      // A signature (r, s) has a twin, n - s, which no single byte gives.
      expect(list.isSignedBy(issuer)).toBe(false);
    }), { numRuns: 1000 });
  });

  test('of any bytes is read or refused, never anything else', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => {
      expect(() => read(seq(seq(bytes), seq(), octets(bytes)))).toThrow(Malformed);
      expect(() => read(bytes)).toThrow(Malformed);
    }), { numRuns: 500 });
  });

  test('as text is told to be that', () => {
    const pem = `-----BEGIN X509 CRL-----\n${makeList(pki.intermediate, at).toString('base64')}\n-----END X509 CRL-----\n`;
    expect(() => read(Buffer.from(pem))).toThrow(/text \(PEM\), expected DER/);
  });

  test('with fields behind it, or inside out, is refused', () => {
    const der = makeList(pki.intermediate, at);
    expect(() => read(Buffer.concat([der, NULL]))).toThrow(Malformed);
    expect(() => read(ctx(0, der))).toThrow(Malformed);
    expect(() => read(seq(der, bool(true)))).toThrow(Malformed);
  });
});
