import { expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { bundleEvidence } from '../../world/domain.ts';
import { jsonBytes } from '../../world/encode.ts';
import { keylessSigner, keys, signerOf, signs, verdict, withSigners } from './support.ts';

const WORKFLOW = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com' };
const ADMITTED = 'admit POLICY_SATISFIED';

interface Bundle {
  readonly dsseEnvelope: { readonly signatures: readonly object[] };
  readonly verificationMaterial: { readonly tlogEntries: readonly object[] };
}
/** Bundles that anybody who may push can put beside an image: the certificate did not make the signature, the entries are charged. */
function junk(good: UnverifiedEvidence, count: number, entries: number): readonly UnverifiedEvidence[] {
  const { dsseEnvelope, verificationMaterial, ...rest } = JSON.parse(Buffer.from(good.bytes).toString()) as Bundle;
  const tlogEntries = Array.from({ length: entries }, () => verificationMaterial.tlogEntries[0]);
  return Array.from({ length: count }, (_, index) => {
    const signatures = [{ ...dsseEnvelope.signatures[0], sig: Buffer.from(`junk ${index}`).toString('base64') }];
    return bundleEvidence(jsonBytes({ ...rest, verificationMaterial: { ...verificationMaterial, tlogEntries }, dsseEnvelope: { ...dsseEnvelope, signatures } }));
  });
}

test('B5: pieces that spend all attempts of a job hide no good one behind them, by certificate or by key', async () => {
  const requirement = { signature: { by: ['release', 'alice'] } };
  const documents = withSigners(requirement, [keylessSigner('release', { issuer: WORKFLOW.issuer, subject: WORKFLOW.san }), signerOf('alice', [keys.alice])]);
  const good = signs({ by: WORKFLOW });
  // A certificate with 32 entries is charged 165 attempts, with one entry 10; a job has 10,000.
  const pieces = [...junk(good, 60, 32), ...junk(good, 12, 1)];
  expect(await verdict(requirement, [...pieces, good], documents)).toBe(ADMITTED);
  expect(await verdict(requirement, [...pieces, signs()], documents)).toBe(ADMITTED);
  expect(await verdict(requirement, [...pieces, signs({ by: 'stranger' })], documents)).toMatch(/^deny VERIFY_/);
  expect(await verdict(requirement, pieces, documents)).toMatch(/^deny VERIFY_/);
});
