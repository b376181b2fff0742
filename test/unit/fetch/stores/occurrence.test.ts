import { createSign, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { piecesOfOccurrence } from '../../../../src/fetch/stores/occurrence.ts';
import { makeKey, signWith } from '../../../world/keys.ts';
import type { KeyType, SigningKey, SignOptions } from '../../../world/keys.ts';
import { attested, binaryAuthorizationPayload } from '../../../world/stores/grafeas.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DIGEST, doc, OTHER } from '../../policy/every-field/world.ts';

/** Keys of the type PKIX by every algorithm that Kritis and Binary Authorization have, from an occurrence to the verdict. */
const NAME = 'ghcr.io/acme/app';
const payload = binaryAuthorizationPayload(NAME, DIGEST);
const keys = new Map<KeyType, SigningKey>();
function keyOf(type: KeyType): SigningKey {
  const key = keys.get(type) ?? makeKey(type);
  keys.set(type, key);
  return key;
}

function evidenceIn(occurrence: unknown): readonly UnverifiedEvidence[] {
  return piecesOfOccurrence(occurrence, 'grafeas').filter((piece) => 'bytes' in piece);
}

/** What a policy says that names one key, with or without its hash. */
async function verdict(occurrence: unknown, key: SigningKey, hashAlgorithm?: string, more: object = {}): Promise<string> {
  const scene = demanding({ signature: { by: ['attestor'], ...more } }, { evidence: evidenceIn(occurrence) });
  const identity = { key: { data: key.publicKeyPem, ...(hashAlgorithm === undefined ? {} : { hashAlgorithm }) } };
  return (await judge({ ...scene, documents: [doc('Signer', 'attestor', { identities: [identity] }), ...scene.documents] })).verdict;
}
const by = (key: SigningKey, options: SignOptions, over = payload): unknown => attested(over, [{ signature: signWith(key, payload, options), publicKeyId: 'ni:///sha-256;x' }]);
const [ADMITTED, STRANGER] = ['admit POLICY_SATISFIED', 'deny VERIFY_SIGNER_UNTRUSTED'];

describe('an attestation by a key of the type PKIX', () => {
  test.each<[string, KeyType, SignOptions]>([
    ['RSA_PSS_2048_SHA256', 'rsa-2048', { hash: 'sha256', encoding: 'pss' }],
    ['RSA_PSS_3072_SHA256', 'rsa-3072', { hash: 'sha256', encoding: 'pss' }],
    ['RSA_PSS_4096_SHA256', 'rsa-4096', { hash: 'sha256', encoding: 'pss' }],
    ['RSA_PSS_4096_SHA512', 'rsa-4096', { hash: 'sha512', encoding: 'pss' }],
    ['RSA_SIGN_PKCS1_2048_SHA256', 'rsa-2048', { hash: 'sha256' }],
    ['RSA_SIGN_PKCS1_3072_SHA256', 'rsa-3072', { hash: 'sha256' }],
    ['RSA_SIGN_PKCS1_4096_SHA256', 'rsa-4096', { hash: 'sha256' }],
    ['RSA_SIGN_PKCS1_4096_SHA512', 'rsa-4096', { hash: 'sha512' }],
    ['ECDSA_P256_SHA256', 'p256', { hash: 'sha256' }],
    ['ECDSA_P384_SHA384', 'p384', { hash: 'sha384' }],
    ['ECDSA_P521_SHA512', 'p521', { hash: 'sha512' }],
  ])('%s', async (_, type, options) => {
    const key = keyOf(type);
    const hash = options.hash ?? undefined;
    const occurrence = by(key, options);
    expect(await verdict(occurrence, key)).toBe(ADMITTED);
    expect(await verdict(occurrence, key, hash)).toBe(ADMITTED);
    expect(await verdict(occurrence, key, hash === 'sha256' ? 'sha512' : 'sha256')).toBe('deny VERIFY_HASH');
    expect(await verdict(occurrence, makeKey(type === 'rsa-4096' ? 'rsa-2048' : type))).toBe(STRANGER);
    expect(await verdict(by(key, options, binaryAuthorizationPayload(NAME, OTHER)), key)).toMatch(/^deny VERIFY_/);
  });

  test.each<[string, (key: SigningKey) => Buffer]>([
    ['RSA with SHA-1', ({ privateKey }) => createSign('sha1').update(payload).sign(privateKey)],
    ['RSA over the hash alone', ({ privateKey }) => sign(null, Buffer.alloc(32), privateKey)],
    ['no bytes but zero', () => Buffer.alloc(256)],
  ])('%s is nothing', async (_, make) => {
    const key = keyOf('rsa-2048');
    expect(await verdict(attested(payload, [{ signature: make(key), publicKeyId: '' }]), key)).toBe(STRANGER);
  });

  test('one good signature among others is enough; the name of the image counts where the policy binds it', async () => {
    const [key, other] = [keyOf('p256'), keyOf('p384')];
    const two = attested(payload, [{ signature: signWith(other, payload), publicKeyId: 'a' }, { signature: signWith(key, payload), publicKeyId: 'b' }]);
    expect(await verdict(two, key)).toBe(ADMITTED);
    expect(await verdict(attested(payload, [{ signature: signWith(other, payload), publicKeyId: 'b' }]), key)).toBe(STRANGER);
    expect(await verdict(two, key, undefined, { bindRepository: true })).toBe(ADMITTED);
    const elsewhere = binaryAuthorizationPayload('ghcr.io/acme/other', DIGEST);
    const moved = attested(elsewhere, [{ signature: signWith(key, elsewhere), publicKeyId: 'b' }]);
    expect([await verdict(moved, key), await verdict(moved, key, undefined, { bindRepository: true })]).toEqual([ADMITTED, 'deny POLICY_REPOSITORY']);
  });
});
