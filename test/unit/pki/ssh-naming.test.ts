// Keys that come again and again are named once: by all of their bytes, and whatever becomes of the bytes afterwards.
import { expect, test } from 'vitest';
import { Malformed } from '../../../src/pki/der.ts';
import { nameSshKey } from '../../../src/pki/ssh/public-key.ts';
import { makeKey } from '../../world/keys.ts';
import type { KeyType } from '../../world/keys.ts';
import { sshKeyBlob } from '../../world/git/ssh.ts';

const named = (blob: Uint8Array): string => {
  const naming = nameSshKey(blob);
  return naming.ok ? naming.key.keyId : naming.problem;
};

test.each<KeyType>(['ed25519', 'p256', 'rsa-2048'])('a key of type %s has one name, and another one where a byte differs', (type) => {
  const blob = Buffer.from(sshKeyBlob(makeKey(type)));
  const first = named(blob);
  expect(named(Buffer.from(blob))).toBe(first);
  const other = Buffer.from(blob);
  other.writeUInt8((other.at(-1) ?? 0) ^ 1, other.length - 1);
  expect(named(other)).not.toBe(first);
  expect(named(blob)).toBe(first);
});

test('a key stays named as it was when whoever brought its bytes changes them', () => {
  const blob = Buffer.from(sshKeyBlob(makeKey('ed25519')));
  const [whole, first] = [Buffer.from(blob), named(blob)];
  blob.fill(0, blob.length - 32);
  expect(named(blob)).not.toBe(first);
  expect(named(whole)).toBe(first);
  expect(() => nameSshKey(whole.subarray(1))).toThrow(Malformed);
  expect(() => nameSshKey(Buffer.concat([whole, Buffer.of(0)]))).toThrow(Malformed);
});

test('names are those of their keys however many come', () => {
  const keys = Array.from({ length: 300 }, () => Buffer.from(sshKeyBlob(makeKey('ed25519'))));
  const before = keys.map(named);
  expect(new Set(before).size).toBe(300);
  expect(keys.map(named)).toEqual(before);
});
