import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSessionKeys } from '../../../../src/pki/recipients/pgp.ts';

const A = '4bfcaa51e17ed8fb';
const B = '0102030405060708';
const body = (id: string, version = 3): Buffer => Buffer.concat([Buffer.from([version]), Buffer.from(id, 'hex'), Buffer.from([1, 0, 0])]);
const old = (id: string, version = 3): Buffer => Buffer.concat([Buffer.from([0x84, 12]), body(id, version)]);
const CONTENT = Buffer.from([0xd2, 3, 1, 2, 3]);

describe('recipients of an OpenPGP message', () => {
  test.each<[string, readonly Buffer[], readonly string[]]>([
    ['one, in the old packet format', [old(A), CONTENT], [A]],
    ['one, with a length of two bytes', [Buffer.from([0x85, 0, 12]), body(A), CONTENT], [A]],
    ['one, in the new packet format', [Buffer.from([0xc1, 12]), body(A), CONTENT], [A]],
    ['one, with a length of five bytes', [Buffer.from([0xc1, 255, 0, 0, 0, 12]), body(A), CONTENT], [A]],
    ['two', [old(A), old(B), CONTENT], [A, B]],
    ['a hidden one', [old('00'.repeat(8)), CONTENT], ['00'.repeat(8)]],
    ['nobody, when the content comes first', [CONTENT, old(A)], []],
    ['as many as may be', [...Array.from({ length: 64 }, () => old(A)), CONTENT], Array.from({ length: 64 }, () => A)],
  ])('%s', (_, parts, expected) => expect(readSessionKeys(Buffer.concat(parts))).toEqual(expected));

  test.each<[string, readonly Buffer[]]>([
    ['no packet', [Buffer.from('hello')]],
    ['another version', [old(A, 6), CONTENT]],
    ['a packet cut short', [old(A).subarray(0, 10)]],
    ['a body that is too short', [Buffer.from([0x84, 3, 3, 1, 2])]],
    ['a length that is not given', [Buffer.from([0x87]), body(A)]],
    ['a length in parts', [Buffer.from([0xc1, 0xe1]), body(A)]],
    ['one too many', [...Array.from({ length: 65 }, () => old(A)), CONTENT]],
  ])('cannot be told: %s', (_, parts) => expect(readSessionKeys(Buffer.concat(parts))).toBeUndefined());

  test('any bytes are read or not, and never throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const ids = readSessionKeys(bytes);
      expect(ids === undefined || ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
    }), { numRuns: 500 });
  });
});
