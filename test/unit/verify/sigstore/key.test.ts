import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SignedContent } from '../../../../src/verify/provers/signed.ts';
import { createKeyProver } from '../../../../src/verify/sigstore/prove.ts';
import { makeSigned } from '../../../world/evidence.ts';
import type { Proofs } from '../../../world/evidence.ts';
import { makeKey, signWith } from '../../../world/keys.ts';
import type { KeyType, SignOptions } from '../../../world/keys.ts';
import { trustedKey } from '../../../world/domain.ts';
import { makeRekor } from '../../../world/rekor.ts';
import { codeOf, compiledRoot, MESSAGE, NOW, partsOf, proveWithKey, STATEMENT, world } from './world-case.ts';

const proveKey = createKeyProver();

const INVALID = 'VERIFY_SIGNATURE_INVALID';
const TYPES: KeyType[] = ['p256', 'p384', 'p521', 'ed25519', 'rsa-2048', 'rsa-4096', 'rsa-pss', 'ml-dsa-65'];
const keys = new Map(TYPES.map((type) => [type, makeKey(type)]));
const keyOf = (type: KeyType): ReturnType<typeof makeKey> => keys.get(type) ?? makeKey(type);
const NONE = { logEntries: [], timestamps: [] };

describe('algorithms', () => {
  test.each(TYPES)('%s signs messages and envelopes', (type) => {
    expect(codeOf(proveWithKey(keyOf(type), {}, { root: undefined }))).toBe('ok');
    expect(codeOf(proveWithKey(keyOf(type), {}, { root: undefined, content: STATEMENT }))).toBe('ok');
    expect(codeOf(proveWithKey(keyOf(type), { override: { signingKey: makeKey(type) } }, { root: undefined }))).toBe(INVALID);
    expect(codeOf(proveWithKey(keyOf(type), { override: { signature: () => Buffer.alloc(0) } }, { root: undefined }))).toBe(INVALID);
  });

  test.each<[KeyType, SignOptions, string]>([
    ['p256', { encoding: 'p1363' }, 'ok'], ['p384', { encoding: 'p1363' }, 'ok'], ['p521', { encoding: 'p1363' }, 'ok'],
    ['p384', { hash: 'sha256' }, 'ok'], ['p521', { hash: 'sha256' }, 'ok'], ['rsa-2048', { encoding: 'pss' }, 'ok'],
    // F5: a key that a policy names may be one of a key service, whose users choose the hash.
    ['p256', { hash: 'sha512' }, 'ok'], ['p256', { hash: 'sha384' }, 'ok'], ['p384', { hash: 'sha512' }, 'ok'], ['p521', { hash: 'sha384' }, 'ok'],
    ['rsa-2048', { hash: 'sha384' }, 'ok'], ['rsa-2048', { hash: 'sha512' }, 'ok'],
    ['rsa-2048', { hash: 'sha384', encoding: 'pss' }, 'ok'], ['rsa-2048', { hash: 'sha512', encoding: 'pss' }, 'ok'],
  ])('F5 %s with %o', (type, sign, code) => {
    expect(codeOf(proveWithKey(keyOf(type), { override: { sign } }, { root: undefined }))).toBe(code);
    expect(codeOf(proveWithKey(keyOf(type), { override: { sign, signingKey: makeKey(type) } }, { root: undefined }))).toBe(INVALID);
  });

  test.each<KeyType>(['p256', 'rsa-2048'])('F5 %s: SHA-1 and SHA-224 are not among them', (type) => {
    for (const hash of ['sha1', 'sha224'] as never[])
      expect(codeOf(proveWithKey(keyOf(type), { override: { sign: { hash } } }, { root: undefined }))).toBe(INVALID);
  });

  test.each<[string, (signature: Buffer) => Buffer]>([
    ['bytes after it', (one) => Buffer.concat([one, Buffer.of(0)])],
    ['r and s zero', () => Buffer.from('3006020100020100', 'hex')],
    ['r and s zero, raw', () => Buffer.alloc(64)],
    ['a padded integer', (one) => Buffer.concat([Buffer.of(0x30, (one[1] ?? 0) + 1, 2, (one[3] ?? 0) + 1, 0), one.subarray(4)])],
    ['a long length', (one) => Buffer.concat([Buffer.of(0x30, 0x81), one.subarray(1)])],
  ])('D13 ECDSA signature with %s', (_, signature) => {
    expect(codeOf(proveWithKey(keyOf('p256'), { override: { signature } }, { root: undefined }))).toBe(INVALID);
  });

  test('D10 Ed25519 signature with S + L', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const signature = (one: Buffer): Buffer => {
      const scalar = BigInt(`0x${Buffer.from(one.subarray(32)).reverse().toString('hex')}`) + order;
      return Buffer.concat([one.subarray(0, 32), Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()]);
    };
    expect(codeOf(proveWithKey(keyOf('ed25519'), { override: { signature } }, { root: undefined }))).toBe(INVALID);
  });
});

describe('digest mode', () => {
  const message = Buffer.from('an artifact');
  const content = (type: KeyType, algorithm: 'sha256' | 'sha384' | 'sha512', options: SignOptions = {}): SignedContent => ({
    signature: signWith(keyOf(type), message, options),
    messageDigest: { algorithm, hex: createHash(algorithm).update(message).digest('hex') },
  });
  const prove = (type: KeyType, signed: SignedContent): string => codeOf(proveKey(signed, trustedKey(keyOf(type)), NONE, undefined));
  const other = createHash('sha256').update('x').digest('hex');

  test.each<[KeyType, 'sha256' | 'sha384' | 'sha512', SignOptions, string]>([
    ['p256', 'sha256', {}, 'ok'], ['p256', 'sha256', { encoding: 'p1363' }, 'ok'], ['p384', 'sha384', {}, 'ok'], ['p384', 'sha256', { hash: 'sha256' }, 'ok'],
    ['p521', 'sha512', {}, 'ok'], ['rsa-2048', 'sha256', {}, 'ok'], ['p256', 'sha512', {}, INVALID], ['p256', 'sha512', { hash: 'sha512' }, 'ok'], ['rsa-2048', 'sha512', {}, INVALID], ['rsa-2048', 'sha512', { hash: 'sha512' }, 'ok'], ['rsa-2048', 'sha384', { hash: 'sha384' }, 'ok'],
    ['ed25519', 'sha512', {}, 'VERIFY_ALGORITHM'], ['ml-dsa-65', 'sha512', {}, 'VERIFY_ALGORITHM'], ['rsa-pss', 'sha256', {}, 'VERIFY_ALGORITHM'], ['p384', 'sha256', {}, INVALID], ['rsa-2048', 'sha256', { encoding: 'pss' }, INVALID],
  ])('%s with a digest of %s, signed with %o', (type, algorithm, options, code) => {
    expect(prove(type, content(type, algorithm, options))).toBe(code);
  });

  test.each<KeyType>(['p256', 'rsa-2048'])('%s: another digest, a broken signature, an empty one', (type) => {
    const good = content(type, 'sha256');
    expect(prove(type, { ...good, messageDigest: { algorithm: 'sha256', hex: other } })).toBe(INVALID);
    expect(prove(type, { ...good, signature: Buffer.from('3006020100020100', 'hex') })).toBe(INVALID);
    expect(prove(type, { ...good, signature: Buffer.alloc(0) })).toBe(INVALID);
  });

  test('high and low s are both taken, as by node:crypto', () => {
    for (let i = 0; i < 8; i += 1) expect(prove('p256', content('p256', 'sha256'))).toBe('ok');
  });

  test('message and digest must agree when both are there', () => {
    const good = content('p256', 'sha256');
    expect(prove('p256', { ...good, message })).toBe('ok');
    expect(prove('p256', { ...good, message, messageDigest: { algorithm: 'sha256', hex: other } })).toBe(INVALID);
  });

  test('neither message nor digest', () => {
    expect(prove('p256', { signature: Buffer.alloc(8) })).toBe('VERIFY_ALGORITHM');
  });
});

describe('dating of key signatures', () => {
  const key = makeKey();
  test.each<[string, Proofs, string, number]>([
    ['nothing', {}, 'ok', 0],
    ['a log entry', { log: 'v1' }, 'ok', 1],
    ['a timestamp', { tsa: true }, 'ok', 1],
    ['both', { log: 'v1', tsa: true }, 'ok', 2],
    ['a Rekor v2 entry without a timestamp', { log: 'v2' }, 'ok', 0],
    ['a Rekor v2 entry with a timestamp', { log: 'v2', tsa: true }, 'ok', 1],
    ['B24 an entry about another key', { log: 'v1', override: { logVerifier: { key: makeKey() } } }, 'VERIFY_LOG_MISMATCH', 0],
    ['an entry of an unknown log, which is ignored', { log: 'v1', override: { transparencyLog: makeRekor() } }, 'ok', 0],
    ['B02 an entry with a forged promise', { log: 'v1', override: { log: { promiseKey: makeKey() } } }, 'VERIFY_LOG_INVALID', 0],
    ['a timestamp of another signature', { tsa: true, override: { timestamp: { message: Buffer.from('x') } } }, 'VERIFY_TIMESTAMP', 0],
  ])('%s', (_, proofs, code, times) => {
    const result = proveWithKey(key, proofs);
    expect(codeOf(result)).toBe(code);
    if (result.ok) expect(result.times).toHaveLength(times);
  });

  test('B12 the log must have been trusted; without any time a log out of use cannot vouch', () => {
    const windows = { rekor: { start: NOW - 2, end: NOW - 1 }, rekor2: { start: NOW - 2, end: NOW - 1 } };
    const root = compiledRoot({ root: { windows } });
    expect(codeOf(proveWithKey(key, { log: 'v1' }, { root }))).toBe('VERIFY_LOG_INVALID');
    expect(codeOf(proveWithKey(key, { log: 'v2' }, { root }))).toBe('VERIFY_TIME_MISSING');
  });

  test('without a root nothing dates the signature and dating material is not looked at', () => {
    const parts = partsOf(makeSigned(world, MESSAGE, { key }, { log: 'v1', tsa: true, override: { log: { promiseKey: makeKey() } } }));
    expect(proveKey(parts.content, trustedKey(key), parts.dating, undefined)).toEqual({ ok: true, signer: { kind: 'key', keyId: key.keyId }, times: [], logEntries: [] });
  });

  test.each<[string, Proofs, string | undefined]>([['a log entry', { log: 'v1' }, 'world'], ['a timestamp', { tsa: true }, 'world'], ['an entry that tells no time', { log: 'v2' }, 'world'], ['nothing', {}, undefined]])(
    'B12 %s: the signer carries the name of the root that proved it', (_, proofs, name) => {
      const result = proveWithKey(key, proofs);
      expect(result.ok ? result.signer.trustRoot : codeOf(result)).toBe(name);
    });

  test('another key than the one that signed', () => {
    expect(codeOf(proveWithKey(key, {}, { trusted: makeKey() }))).toBe(INVALID);
  });

  test('a PEM the trust room never wrote is a fault of ours or malformed, never a proof', () => {
    const parts = partsOf(makeSigned(world, MESSAGE, { key }));
    const result = proveKey(parts.content, { keyId: 'sha256:00', pem: 'nonsense' }, parts.dating, undefined);
    expect(['VERIFY_MALFORMED', 'ENGINE_FAULT']).toContain(codeOf(result));
  });
});
