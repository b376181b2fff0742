import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../../src/pki/certificate.ts';
import { Malformed } from '../../../../src/pki/der.ts';
import { readList } from '../../../../src/pki/revocation/crl.ts';
import { readOcspAnswer } from '../../../../src/pki/revocation/ocsp.ts';
import { revocationPoints } from '../../../../src/pki/revocation/points.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import { makeAnswer, makeList, placeName, points, responder } from '../../../world/revocation.ts';

/** A hundred thousand changed lists and answers each: refused, or as good as not signed, and nothing else is thrown. */
const NOW = Date.UTC(2026, 5, 1);
const RUNS = 100_000;
const pki = createOwnPki(NOW);
const issuer = parseCertificate(pki.intermediate.certificate.der);
const SERIAL = Buffer.from('4711', 'hex');
const delegated = pki.issue({ subject: [['CN', 'ocsp']], usages: ['ocspSigning'] });

/** Bytes changed, taken out, doubled or put in, at up to three places. */
function changed(der: Buffer): fc.Arbitrary<Buffer> {
  const step = fc.record({ place: fc.nat(der.length - 1), kind: fc.integer({ min: 0, max: 3 }), byte: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 1, max: 40 }) });
  return fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => steps.reduce((bytes, { place, kind, byte, length }) => {
    const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
    if (kind === 0) return Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
    if (kind === 1) return Buffer.concat([before, after.subarray(length)]);
    if (kind === 2) return Buffer.concat([before, after.subarray(0, length), after]);
    return Buffer.concat([before, Buffer.alloc(length, byte), after]);
  }, der));
}

describe('a hundred thousand', () => {
  test('lists', () => {
    const der = makeList(pki.intermediate, {
      thisUpdate: NOW, number: 5, freshest: ['http://x.example/delta'], scope: placeName(['http://x.example/']),
      revoked: [{ serial: SERIAL, at: NOW, reason: 1, invalidFrom: NOW }, { serial: 7, at: NOW }],
    });
    fc.assert(fc.property(changed(der), (bytes) => {
      if (bytes.equals(der)) return;
      try {
        const steps = readList(bytes);
        let step = steps.next();
        while (step.done !== true) step = steps.next();
        step.value.find(SERIAL);
        expect(step.value.isSignedBy(issuer)).toBe(false);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
      }
    }), { numRuns: RUNS });
  });

  test('answers', () => {
    const der = makeAnswer(pki.intermediate, { serial: SERIAL, status: { at: NOW, reason: 1, invalidFrom: NOW }, thisUpdate: NOW, by: delegated });
    fc.assert(fc.property(changed(der), (bytes) => {
      if (bytes.equals(der)) return;
      try {
        readOcspAnswer(bytes, SERIAL, issuer);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        return;
      }
      throw new Error('a changed answer counts');
    }), { numRuns: RUNS });
  });

  test('points', () => {
    const extensions = [points(['http://x.example/1', 'http://x.example/2']), responder('http://o.example')];
    const values = extensions.map(({ value }) => Buffer.from(value));
    const [list = Buffer.alloc(1), access = Buffer.alloc(1)] = values;
    fc.assert(fc.property(changed(list), changed(access), (one, two) => {
      const read = revocationPoints({ extensions: new Map([
        ['2.5.29.31', { critical: false, value: one }], ['1.3.6.1.5.5.7.1.1', { critical: false, value: two }],
      ]) });
      expect(read.lists).toBeDefined();
      for (const url of [...(read.lists ?? []), ...(read.responders ?? [])]) expect(url).toMatch(/^http:\/\/[!-~]+$/i);
    }), { numRuns: RUNS });
  });
});
