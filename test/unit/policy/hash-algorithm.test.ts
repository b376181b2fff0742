// `key.hashAlgorithm`: from YAML and real signatures to the verdict; without it every allowed hash is tried (F5).
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { keyBundle } from '../../world/bundle.ts';
import { simpleSigningLayer } from '../../world/cosign.ts';
import { bundleEvidence, layerEvidence } from '../../world/domain.ts';
import type { KeyType, SigningKey } from '../../world/keys.ts';
import { cosignSignStatement, makeStatement } from '../../world/statement.ts';
import { judge } from './every-field/judge.ts';
import { demanding } from './every-field/row.ts';
import { DIGEST, doc, world } from './every-field/world.ts';
import { compile, errors, policy, signer } from './support.ts';

const HASHES = ['sha256', 'sha384', 'sha512'] as const;
type Hash = (typeof HASHES)[number];
const TYPES: readonly KeyType[] = ['p256', 'p384', 'p521', 'rsa-2048'];
const keys = new Map(TYPES.map((type) => [type, world.key(type)]));
const ofType = (type: KeyType): SigningKey => keys.get(type) ?? world.key(type);

const inBundle = (key: SigningKey, hash: Hash): UnverifiedEvidence => bundleEvidence(keyBundle(world, { key: { ...key, hash }, statement: cosignSignStatement(DIGEST) }), 'bundle');
const inLayer = (key: SigningKey, hash: Hash): UnverifiedEvidence =>
  layerEvidence(simpleSigningLayer(world, { digest: DIGEST, reference: 'ghcr.io/acme/app' }, { key: { ...key, hash } }), 'layer');
const identity = (key: SigningKey, hashAlgorithm?: string): object => ({ key: { data: key.publicKeyPem, ...(hashAlgorithm === undefined ? {} : { hashAlgorithm }) } });

async function ask(identities: readonly object[], evidence: readonly UnverifiedEvidence[], more: readonly object[] = []): Promise<string> {
  const { documents, ...scene } = demanding({ signature: { by: ['tested'] } }, { evidence });
  return (await judge({ ...scene, documents: [...documents, doc('Signer', 'tested', { identities }), ...(more as typeof documents)] })).verdict;
}

describe('hashAlgorithm', () => {
  test.each(TYPES)('hashAlgorithm: a key of type %s counts with the hash that is written, and with no other', async (type) => {
    const key = ofType(type);
    for (const hash of HASHES) {
      expect(await ask([identity(key)], [inBundle(key, hash)])).toBe('admit POLICY_SATISFIED');
      for (const made of [inBundle(key, hash), inLayer(key, hash)])
        for (const demanded of HASHES)
          expect(await ask([identity(key, demanded)], [made])).toBe(demanded === hash ? 'admit POLICY_SATISFIED' : 'deny VERIFY_HASH');
    }
  });

  test('hashAlgorithm: another key is told as a stranger, a broken signature as broken', async () => {
    const [key, other] = [ofType('p256'), world.key()];
    expect(await ask([identity(key, 'sha512')], [inBundle(other, 'sha512')])).toBe('deny VERIFY_SIGNER_UNTRUSTED');
    const bundle = keyBundle(world, { key: { ...other, hint: key.hint }, statement: cosignSignStatement(DIGEST) });
    expect(await ask([identity(key, 'sha512')], [bundleEvidence(bundle, 'broken')])).toBe('deny VERIFY_SIGNATURE_INVALID');
  });

  test('hashAlgorithm: two identities of the same key, and another signer with it, each by its own word', async () => {
    const key = ofType('p384');
    expect(await ask([identity(key, 'sha256'), identity(key, 'sha512')], [inBundle(key, 'sha512')])).toBe('admit POLICY_SATISFIED');
    expect(await ask([identity(key, 'sha256'), identity(key, 'sha512')], [inBundle(key, 'sha384')])).toBe('deny VERIFY_HASH');
    // Somebody else's signer without the restriction proves the signature; the restricted one still does not count.
    const lax = [
      doc('Signer', 'lax', { identities: [identity(key)] }),
      doc('ClusterArtifactPolicy', 'lax', { artifacts: [{ image: 'ghcr.io/acme/*' }], require: [{ name: 'lax', signature: { by: ['lax'] } }] }),
    ];
    expect(await ask([identity(key, 'sha512')], [inBundle(key, 'sha256')], lax)).toBe('deny VERIFY_HASH POLICY_SATISFIED');
    expect(await ask([identity(key, 'sha512')], [inBundle(key, 'sha512')], lax)).toBe('admit POLICY_SATISFIED POLICY_SATISFIED');
  });

  test('hashAlgorithm: of an attestation as well, and one key is one person', async () => {
    const key = ofType('p256');
    const scene = (hashAlgorithm: string) => {
      const { documents, ...rest } = demanding({ attestation: { by: ['a', 'b'], threshold: 2, type: 't:x' } }, {
        evidence: HASHES.map((hash) => bundleEvidence(keyBundle(world, { key: { ...key, hash }, statement: makeStatement(DIGEST, { predicateType: 't:x', predicate: {} }) }), hash)),
      });
      return { ...rest, documents: [...documents, doc('Signer', 'a', { identities: [identity(key, hashAlgorithm)] }), doc('Signer', 'b', { identities: [identity(key, 'sha512')] })] };
    };
    expect((await judge(scene('sha256'))).verdict).toBe('deny POLICY_THRESHOLD');
  });

  test('hashAlgorithm: keys that hash in their own way are refused', () => {
    const told = (type: KeyType, more: object = {}): string[] =>
      errors(compile(signer('k', { identities: [{ key: { data: world.key(type).publicKeyPem, ...more } }] }), signer(), policy())).map(({ path }) => path);
    expect(told('ed25519', { hashAlgorithm: 'sha512' })).toEqual(['spec.identities[0].key.hashAlgorithm']);
    expect(told('p256', { hashAlgorithm: 'sha1' })).toEqual(['spec.identities[0].key.hashAlgorithm']);
    expect([told('ed25519'), told('p256', { hashAlgorithm: 'sha512' })]).toEqual([[], []]);
  });
});
