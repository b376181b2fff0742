/** The artifact's bytes beside a bundle: an outcome with them is not one without them, and other bytes than the artifact's prove nothing. */
import { afterAll, expect, test } from 'vitest';
import type { UnverifiedEvidence, VerificationJob } from '../../../src/domain/evidence.ts';
import { createVerifier } from '../../../src/verify/index.ts';
import { outcomeKey } from '../../../src/verify/outcome.ts';
import { ARTIFACT, DIGEST, NOW, world } from '../../conformance-plus/scene.ts';
import { keyBundle } from '../../world/bundle.ts';
import { bundleEvidence, trustedKey, trustMaterial } from '../../world/domain.ts';
import { makeKey } from '../../world/keys.ts';

const key = makeKey('ed25519');
const bare = bundleEvidence(keyBundle(world, { artifact: ARTIFACT, key }));
const whole: UnverifiedEvidence = { ...bare, message: ARTIFACT };
const verifier = createVerifier({ workers: 1 });
afterAll(() => verifier.close());

const job = (...evidence: UnverifiedEvidence[]): VerificationJob => ({ artifact: { kind: 'image', name: 'registry.example/acme/app', digest: DIGEST }, evidence, trust: trustMaterial([trustedKey(key)]), now: NOW });
const codes = async (...evidence: UnverifiedEvidence[]): Promise<string[]> =>
  (await verifier.verify(job(...evidence), new AbortController().signal)).map(({ verified, problems }) => (verified.length > 0 ? 'ok' : (problems[0]?.code ?? '')));

test('fine: an outcome without the message is not remembered for one with it, nor the other way round, across threads', async () => {
  expect(outcomeKey(bare, job())).not.toBe(outcomeKey(whole, job()));
  expect(await codes(bare)).toEqual(['VERIFY_ALGORITHM']);
  expect(await codes(whole)).toEqual(['ok']);
  expect(await codes(bare, whole)).toEqual(['VERIFY_ALGORITHM', 'ok']);
});

test('fine: other bytes than the artifact\'s are no message of it, whoever signed them', async () => {
  const other = Buffer.from('other bytes');
  const plain = bundleEvidence(keyBundle(world, { artifact: other, key, map: ({ messageSignature, ...rest }) => ({ ...rest, messageSignature: { signature: (messageSignature as { signature: string }).signature } }) }));
  expect(await codes({ ...plain, message: other })).toEqual(['VERIFY_SIGNATURE_INVALID']);
});

test('fine: a message in a block that holds more crosses as itself', async () => {
  const block = Buffer.concat([Buffer.alloc(100), ARTIFACT, Buffer.alloc(100)]);
  expect(await codes({ ...bare, digest: 'another', message: block.subarray(100, 100 + ARTIFACT.length) })).toEqual(['ok']);
});
