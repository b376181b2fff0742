import { describe, expect, test } from 'vitest';
import { reason } from '../../../src/domain/decision/reasons.ts';
import { runVerificationJob } from '../../../src/verify/index.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { createWorld } from '../../world/world.ts';
import { DIGEST, evidence, job, NOW, RELEASE, trust, trustedKey, trustedRoot } from './support.ts';

const world = createWorld({ now: NOW });
const key = world.key();
const root = trustedRoot(world);
const stale = { ...root, id: 'stale', trustedRoot: {}, unusable: 'stale since yesterday' };
const keyless = evidence('sigstore-bundle', keylessBundle(world, { identity: RELEASE, digest: DIGEST }));
const keyed = evidence('sigstore-bundle', keyBundle(world, { key, digest: DIGEST }));
const outcome = async (...args: Parameters<typeof job>) => (await runVerificationJob(job(...args)))[0];

describe('J06 a root that may not be used', () => {
  test('leaves keyless evidence undetermined, with the cause, and is not remembered', async () => {
    const result = await outcome([keyless], trust([], [stale]));
    expect(result).toMatchObject({ proofs: [], problems: [{ code: 'VERIFY_TRUST_ROOT_STALE', found: 'trust root acme', cause: 'stale since yesterday' }], cacheable: false });
    expect(reason('VERIFY_TRUST_ROOT_STALE').verdict).toBe('undetermined');
  });

  test('does not stand in the way of another root', async () => {
    expect(await outcome([keyless], trust([], [stale, root]))).toMatchObject({ proofs: [{ signer: { trustRoot: 'acme' } }], problems: [] });
  });

  test('leaves a signature undetermined whose key names it, and a foreign signature a foreign one', async () => {
    expect(await outcome([keyed], trust([trustedKey(key, stale)], [stale]))).toMatchObject({ proofs: [], problems: [{ code: 'VERIFY_TRUST_ROOT_STALE' }] });
    expect((await outcome([keyed], trust([trustedKey(world.key(), stale)], [stale])))?.problems).toMatchObject([{ code: 'VERIFY_SIGNER_UNTRUSTED' }]);
  });

  test('does not matter to a key that does not name it', async () => {
    expect(await outcome([keyed], trust([trustedKey(key)], [stale]))).toMatchObject({ proofs: [{ kind: 'signature' }], problems: [] });
  });
});
