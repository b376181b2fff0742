// Keys that come again and again are named once: by all of their bytes, and whatever becomes of the bytes afterwards.
import { expect, test } from 'vitest';
import { Malformed } from '../../../src/pki/der.ts';
import { nameSshKey } from '../../../src/pki/ssh/public-key.ts';
import { makeKey } from '../../world/keys.ts';
import type { KeyType } from '../../world/keys.ts';
import { sshKeyBlob, sshString } from '../../world/git/ssh.ts';

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

test.each<[string, () => Buffer]>([
  ['of type ed25519', () => sshKeyBlob(makeKey('ed25519'))], ['of type p256', () => sshKeyBlob(makeKey('p256'))],
  ['of type p521', () => sshKeyBlob(makeKey('p521'))], ['of type rsa-2048', () => sshKeyBlob(makeKey('rsa-2048'))],
  ['on a security key', () => Buffer.concat(['sk-ssh-ed25519@openssh.com', makeKey('ed25519').spki.subarray(-32), 'ssh:'].map(sshString))],
])('what is kept of a key %s is no part of anything larger, which would be held with it', (_, blob) => {
  const large = Buffer.alloc(100_000);
  const bytes = blob();
  large.set(bytes, 50_000);
  for (let again = 0; again < 2; again += 1) {
    const naming = nameSshKey(large.subarray(50_000, 50_000 + bytes.length));
    if (!naming.ok) throw new Error(naming.problem);
    expect(naming.key.spki.buffer.byteLength).toBe(naming.key.spki.length);
  }
});
