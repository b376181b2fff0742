import { describe, expect, test } from 'vitest';
import type { Revocation } from '../../../src/domain/policy/revocation.ts';
import { makeRevocationBook } from '../../../src/policy/compile/revocation-book.ts';
import { ARTIFACT, DIGEST, signatureBy } from '../evaluate/support.ts';
import { ALICE, batch, harness, lookup, OTHER_DIGEST, piece, policy, policySet, source } from './support.ts';

/** The platform image has no evidence of its own; the index that lists it has. */
function admitThroughIndex(revokedDigest: string): Promise<{ readonly outcome: string; readonly findings: readonly { readonly code: string }[] }> {
  const entry: Revocation = { what: { kind: 'digest', digest: revokedDigest }, reason: 'r', declaredBy: 'RevocationList l' };
  const rule = policy({ indexCoversChildren: true, requirements: [signatureBy([{ ...ALICE, revocations: [makeRevocationBook([entry])] }])] });
  const { admit } = harness({
    policies: { current: () => ({ ready: true, set: policySet(rule) }) },
    source: source((artifact) => lookup([artifact.digest === OTHER_DIGEST ? batch(piece('good')) : batch()]), { parentIndex: async () => OTHER_DIGEST }),
  });
  return admit({ artifacts: [{ ...ARTIFACT, tag: '1' }] });
}

describe('B21 an index that covers its children', () => {
  test.each([
    { name: 'neither is revoked', digest: `sha256:${'00'.repeat(32)}`, outcome: 'admit' },
    { name: 'the platform image is revoked', digest: DIGEST, outcome: 'deny' },
    { name: 'the index is revoked', digest: OTHER_DIGEST, outcome: 'deny' },
  ])('$name: $outcome', async ({ digest, outcome }) => {
    expect((await admitThroughIndex(digest)).outcome).toBe(outcome);
  });
});
