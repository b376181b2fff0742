/** The end-to-end tests of Notation, as far as trust policies go: where they lie, and those who sign for the stores that they name. */
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { descriptorOf, makeImage } from '../../world/image.ts';
import { makeNotary, notarySign } from '../../world/notation.ts';
import type { Notary } from '../../world/notation.ts';
import { envelopeEvidence } from './judge.ts';

/** Below the shared data. */
export const TRUST_POLICIES = 'notation-e2e/config/trustpolicies';
export const NOW = Date.UTC(2026, 5, 1);

/** Who signs for the store `e2e`, and who for others. */
export const notary = makeNotary({ now: NOW, subject: [['C', 'US'], ['ST', 'WA'], ['L', 'Seattle'], ['O', 'Notary'], ['CN', 'e2e']] });
export const other = makeNotary({ now: NOW, subject: [['C', 'AU'], ['ST', 'Some-State'], ['O', 'Internet Widgits Pty Ltd']] });

/** What is signed. */
export const image = makeImage({ seed: 'notation' });

/** The image as it was signed an hour ago; `more` is what differs. */
export function signed(by: Notary = notary, more: object = {}): readonly UnverifiedEvidence[] {
  return [envelopeEvidence('notation-jws', notarySign({ notary: by, target: descriptorOf(image), at: NOW - 3_600_000, ...more }), image.manifest)];
}

/** Levels as the tests have them: nobody is asked about revocation. */
export const STRICT = { level: 'strict', override: { revocation: 'skip' } };

/** One statement of a trust policy, about everything unless `more` says otherwise. */
export function statement(more: object, signatureVerification: object = STRICT): object {
  return { name: 'acme', registryScopes: ['*'], signatureVerification, trustStores: ['ca:e2e'], trustedIdentities: ['*'], ...more };
}

/** A trust policy of these statements. */
export function trustPolicy(...trustPolicies: readonly object[]): string {
  return JSON.stringify({ version: '1.0', trustPolicies });
}
