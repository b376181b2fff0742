/** Ed25519ph: what cosign makes with imported Ed25519 keys counts for a key that a policy names, and costs what it costs. */
import { createHash } from 'node:crypto';
import { ed25519, ed25519ctx } from '@noble/curves/ed25519.js';
import { expect, it, test } from 'vitest';
import { checkSignature } from '../../../src/pki/signatures/algorithms.ts';
import { createJobRunner } from '../../../src/verify/job.ts';
import { keyCost, LIMITS } from '../../../src/verify/limits.ts';
import type { ProofCore } from '../../../src/verify/proof.ts';
import { askGatehouse } from '../../conformance-plus/gatehouse.ts';
import { DIGEST, keyed, keyless, NOW, world } from '../../conformance-plus/scene.ts';
import type { KeyedChange } from '../../conformance-plus/scene.ts';
import { bundleEvidence, layerEvidence, trustedKey, trustMaterial } from '../../world/domain.ts';
import { simpleSigningLayer } from '../../world/cosign.ts';
import { keyBundle } from '../../world/bundle.ts';
import { makeKey, signWith } from '../../world/keys.ts';

const key = makeKey('ed25519');
const PREHASHED = { sign: { prehashed: true } } as const;
const code = async (change: KeyedChange): Promise<string> => (await askGatehouse(keyed({ key, ...change }))).code;
const plain = (message: Uint8Array): Buffer => signWith(key, message);
const prehashed = (message: Uint8Array): Buffer => signWith(key, message, { prehashed: true });

it.each<[string, KeyedChange, string]>([
  ['a bundle with a statement', { digest: DIGEST, override: PREHASHED }, 'POLICY_SATISFIED'],
  ['the same by plain Ed25519', { digest: DIGEST }, 'POLICY_SATISFIED'],
  ['logged and stamped', { digest: DIGEST, logged: true, tsa: true, override: PREHASHED }, 'POLICY_SATISFIED'],
  ['by another key', { digest: DIGEST, trusted: makeKey('ed25519'), hint: '', override: PREHASHED }, 'VERIFY_SIGNER_UNTRUSTED'],
  ['a byte of it altered', { digest: DIGEST, override: { ...PREHASHED, signature: (one) => Buffer.concat([one.subarray(0, 63), Buffer.of((one[63] ?? 0) ^ 1)]) } }, 'VERIFY_SIGNATURE_INVALID'],
  ['64 bytes of nothing', { digest: DIGEST, override: { signature: () => Buffer.alloc(64) } }, 'VERIFY_SIGNATURE_INVALID'],
  ['a byte short', { digest: DIGEST, override: { ...PREHASHED, signature: (one) => one.subarray(0, 63) } }, 'VERIFY_SIGNATURE_INVALID'],
])('Ed25519ph: %s', async (_, change, expected) => {
  expect(await code(change)).toBe(expected);
});

it('Ed25519ph: a layer of older cosign', async () => {
  const layer = (override?: typeof PREHASHED) => layerEvidence(simpleSigningLayer(world, { digest: DIGEST, reference: 'registry.example/acme/app' }, { key }, override === undefined ? {} : { override }));
  for (const evidence of [layer(PREHASHED), layer()])
    expect((await askGatehouse({ ...keyed({ key }), evidence })).code).toBe('POLICY_SATISFIED');
});

it('Ed25519ph: a certificate\'s key signs by its own algorithm only', async () => {
  const by = { keyType: 'ed25519', digest: DIGEST, override: { log: {} } } as const;
  expect((await askGatehouse(keyless(by))).code).toBe('POLICY_SATISFIED');
  expect((await askGatehouse(keyless({ ...by, override: PREHASHED }))).code).toBe('VERIFY_SIGNATURE_INVALID');
});

test('Ed25519ph: neither algorithm passes for the other, and a context is another algorithm still', () => {
  const message = Buffer.from('a message');
  const digest = createHash('sha512').update(message).digest();
  const secret = key.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
  expect(checkSignature(message, key.publicKey, prehashed(message), 'any')).toBe('valid');
  expect(checkSignature(message, key.publicKey, prehashed(message), 'own')).toBe('invalid');
  // A signature over the digest, as if it were a message, is no signature over the message.
  expect(checkSignature(message, key.publicKey, plain(digest), 'any')).toBe('invalid');
  expect(checkSignature(digest, key.publicKey, prehashed(message), 'any')).toBe('invalid');
  expect(checkSignature(message, key.publicKey, Buffer.from(ed25519ctx.sign(message, secret, { context: Buffer.from('x') })), 'any')).toBe('invalid');
});

test('Ed25519ph: by the digest alone where that is SHA-512, as of no other algorithm', () => {
  const message = Buffer.from('a message');
  const of = (algorithm: 'sha256' | 'sha512') => ({ algorithm, hex: createHash(algorithm).update(message).digest('hex') });
  expect(checkSignature(of('sha512'), key.publicKey, prehashed(message), 'any')).toBe('valid');
  expect(checkSignature(of('sha512'), key.publicKey, prehashed(message))).toHaveProperty('unsupported');
  expect(checkSignature(of('sha256'), key.publicKey, prehashed(message), 'any')).toHaveProperty('unsupported');
  expect(checkSignature(of('sha512'), key.publicKey, plain(message), 'any')).toHaveProperty('unsupported');
});

test('Ed25519ph: S + L is refused, and so is an R that is not in its one encoding', () => {
  const message = Buffer.from('a message');
  const good = prehashed(message);
  const scalar = BigInt(`0x${Buffer.from(good.subarray(32)).reverse().toString('hex')}`) + ed25519.Point.Fn.ORDER;
  const large = Buffer.concat([good.subarray(0, 32), Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()]);
  expect(checkSignature(message, key.publicKey, large, 'any')).toBe('invalid');
  const zero = Buffer.concat([Buffer.from('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'hex'), good.subarray(32)]);
  expect(checkSignature(message, key.publicKey, zero, 'any')).toBe('invalid');
});

test('Ed25519ph: what it may cost is charged, and other signatures pay nothing for it', () => {
  const trusted = trustedKey(key);
  const content = (length: number) => ({ signature: Buffer.alloc(length), message: Buffer.from('x') });
  expect(keyCost(content(64), trusted)).toBe(26);
  expect(keyCost(content(70), trusted)).toBe(1);
  expect(keyCost(content(64), trustedKey(makeKey()))).toBe(1);
});

test('Ed25519ph: a job full of signatures by nobody ends within its budget', async () => {
  const keys = Array.from({ length: 64 }, () => trustedKey(makeKey('ed25519')));
  let tried = 0;
  const core = {
    proveKey: () => ((tried += 1), { ok: false, problem: { code: 'VERIFY_SIGNATURE_INVALID' } }), lists: () => false, compileRoot: () => ({}), describeCertificate: () => undefined,
    proveCertificate: () => { throw new Error('nothing here has a certificate'); },
  } as const satisfies ProofCore<object>;
  const evidence = Array.from({ length: 32 }, (_, index) =>
    bundleEvidence(keyBundle(world, { digest: DIGEST, key, hint: '', override: { signature: () => Buffer.alloc(64, index) } }), `referrer ${index}`));
  const outcomes = await createJobRunner(core)({ artifact: { kind: 'image', name: 'x', digest: DIGEST }, evidence, trust: trustMaterial(keys), now: NOW });
  expect(tried).toBe(Math.floor(LIMITS.attemptsPerJob / 26));
  expect(outcomes.at(-1)).toMatchObject({ cacheable: false, problems: [{ code: 'VERIFY_LIMIT' }] });
});
