import { createHash } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { describe, expect, test } from 'vitest';
import { isIssuedBy, parseCertificate } from '../../../src/pki/certificate.ts';
import { curveOrder } from '../../../src/pki/signatures/curves.ts';
import { readDer, sequence } from '../../../src/pki/der.ts';
import { fingerprintsOf } from '../../../src/pki/signatures/fingerprint.ts';
import { makeCa } from '../../world/ca.ts';
import { bits, int, seq } from '../../world/der.ts';
import { makeKey } from '../../world/keys.ts';
import type { KeyType } from '../../world/keys.ts';

const NOW = Date.UTC(2026, 5, 1);
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('A4: the fingerprints of a certificate', () => {
  test.each([['p256', p256.Point.Fn.ORDER], ['p384', p384.Point.Fn.ORDER], ['p521', p521.Point.Fn.ORDER]] as const)('A4: by an authority on %s are those of both forms, from either', (type, order) => {
    expect(curveOrder(makeKey(type).publicKey)).toBe(order);
    for (let round = 0; round < 10; round += 1) {
      const [issuing, root] = makeCa({ now: NOW, keyType: type }).chain.map(({ der }) => parseCertificate(der));
      if (issuing === undefined || root === undefined) throw new Error('no chain');
      const [tbs, algorithm] = sequence(readDer(issuing.der));
      const [r, s] = sequence(readDer(issuing.signature)).map(({ content }) => BigInt(`0x${Buffer.from(content).toString('hex')}`));
      const other = parseCertificate(seq(tbs?.raw ?? Buffer.alloc(0), algorithm?.raw ?? Buffer.alloc(0), bits(seq(int(r ?? 0n), int(order - (s ?? 0n))))));
      expect(isIssuedBy(other, root)).toBe(true);
      expect(fingerprintsOf(issuing, root)).toEqual([sha256(issuing.der), sha256(other.der)]);
      expect(fingerprintsOf(other, root)).toEqual([sha256(other.der), sha256(issuing.der)]);
    }
  });

  test.each<KeyType>(['rsa-2048', 'ed25519'])('A4: by an authority with %s is one', (keyType) => {
    const [issuing, root] = makeCa({ now: NOW, keyType }).chain.map(({ der }) => parseCertificate(der));
    if (issuing === undefined || root === undefined) throw new Error('no chain');
    expect(fingerprintsOf(issuing, root)).toEqual([sha256(issuing.der)]);
  });
});
