import { describe, expect, test } from 'vitest';
import { runVerificationJob } from '../../../../src/verify/run.ts';
import { CLOCK_SKEW_MS } from '../../../../src/verify/provers/skew.ts';
import { keyBundle, keylessBundle } from '../../../world/bundle.ts';
import { createWorld } from '../../../world/world.ts';
import { DIGEST, evidence, job, NOW, RELEASE, trust, trustedKey, trustedRoot } from '../support.ts';

const world = createWorld({ now: NOW });
const root = trustedRoot(world);
const key = world.key();

const judge = async (bytes: Uint8Array, now: number, material = trust([], [root])) => {
  const [outcome] = await runVerificationJob({ ...job([evidence('sigstore-bundle', bytes)], material), now });
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
};

describe('B20 a proven time in the future', () => {
  const logged = keylessBundle(world, { identity: RELEASE, digest: DIGEST });
  const stamped = keylessBundle(world, { identity: RELEASE, digest: DIGEST, log: 'v2', tsa: true });

  test.each([['the present', 0], ['5 s ahead', 5_000], ['as far ahead as clocks may differ', CLOCK_SKEW_MS]])('%s is proven', async (_, ahead) => {
    for (const bytes of [logged, stamped]) expect(await judge(bytes, NOW - ahead)).toMatchObject({ problems: [], cacheable: true, proofs: [{}] });
  });

  test.each([['a millisecond more', CLOCK_SKEW_MS + 1], ['10 min ahead', 600_000]])('%s is refused, and not remembered', async (_, ahead) => {
    for (const [bytes, source] of [[logged, 'log'], [stamped, 'timestamp']] as const) {
      expect(await judge(bytes, NOW - ahead)).toMatchObject({
        proofs: [], cacheable: false, problems: [{ code: 'VERIFY_TIMESTAMP', found: `${new Date(NOW).toISOString()} (${source})`, expected: 'a time not later than the decision' }],
      });
    }
  });

  test('a key without a root is not dated at all and stays proven', async () => {
    const bytes = keyBundle(world, { key, digest: DIGEST, log: 'v1' });
    const both = trust([trustedKey(key), trustedKey(key, root)], [root]);
    expect(await judge(bytes, NOW - 600_000, both)).toMatchObject({ proofs: [{ times: [] }], problems: [{ code: 'VERIFY_TIMESTAMP' }] });
  });
});
