import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VerifiedEvidence } from '../../../src/domain/evidence.ts';
import type { Requirement } from '../../../src/domain/policy/requirement.ts';
import { evaluate } from '../../../src/evaluate/index.ts';
import { slsaProvenanceV02, slsaProvenanceV1, spdxDocument, verificationSummary, vulnScan } from '../../world/statement.ts';
import { attested, COMMIT, glob, SOURCE } from './provenance/support.ts';
import { exact, HOUR, keyIdentity, NOW, question, signer } from './support.ts';

const KEYS = ['0a', '0b', '0c'].map((pair) => `sha256:${pair.repeat(32)}`);
const by = KEYS.map((key, index) => signer(`s${index}`, keyIdentity(key, { trustRoot: 'root' })));

const build = fc.record({
  builder: fc.constantFrom('https://b.example', 'https://c.example', 'https://github.com/acme/app/.github/workflows/r.yml@refs/heads/main'),
  buildType: fc.constantFrom('https://b.example/t', 'https://tekton.dev/chains/v2/slsa'),
  source: fc.constantFrom(`git+${SOURCE}@refs/tags/v1`, `git+${SOURCE}@refs/heads/main`, 'https://evil.com/?x'),
  commit: fc.constantFrom(COMMIT, 'b'.repeat(40)),
  parameters: fc.constantFrom({}, { channel: 'stable' }, { channel: 1 }),
  finishedOn: fc.constantFrom(NOW - HOUR, NOW - 50 * HOUR, NOW + HOUR),
});
const predicate = fc.oneof(
  { weight: 4, arbitrary: build.map((made) => slsaProvenanceV1(made)) },
  build.map((made) => slsaProvenanceV02(made)),
  fc.record({ level: fc.constantFrom('SLSA_BUILD_LEVEL_2', 'SLSA_BUILD_LEVEL_3'), result: fc.constantFrom('PASSED' as const, 'FAILED' as const), at: fc.constantFrom(NOW, NOW - 50 * HOUR) })
    .map(({ level, result, at }) => verificationSummary({ at, resourceUri: 'ghcr.io/acme/app', levels: [level], result })),
  fc.constantFrom(spdxDocument({ at: NOW }), vulnScan({ at: NOW }), { predicateType: 'https://slsa.dev/provenance/v1', predicate: {} }),
);
const evidence: fc.Arbitrary<VerifiedEvidence> = fc.tuple(predicate, fc.constantFrom(...KEYS, `sha256:${'0d'.repeat(32)}`), fc.constantFrom(NOW, NOW - 50 * HOUR))
  .map(([made, keyId, at]) => attested(made, { kind: 'key', keyId, trustRoot: 'root' }, { times: [{ source: 'log', at, by: 'ab' }] }));

const vouching = fc.record({ threshold: fc.integer({ min: 1, max: 3 }), maxAge: fc.constantFrom({}, { maxAge: 10 * HOUR }) }).map(({ threshold, maxAge }) => ({ name: 'r', by, threshold, ...maxAge }));
const one: fc.Arbitrary<Requirement> = fc.oneof(
  fc.tuple(vouching, fc.constantFrom({}, { builder: exact('https://b.example') }), fc.constantFrom({}, { source: { uri: exact(SOURCE), ref: glob('refs/tags/*') } }), fc.constantFrom({}, { parameters: [{ name: 'channel', value: exact('stable') }] }), fc.constantFrom({}, { level: 2 as const, profile: 'tekton-chains' as const }), fc.constantFrom({}, { dependencies: { pinned: true } }))
    .map(([base, ...parts]): Requirement => ({ kind: 'provenance', ...base, ...Object.assign({}, ...parts) as object })),
  vouching.map((base): Requirement => ({ kind: 'vsa', ...base, levels: ['SLSA_BUILD_LEVEL_2'] })),
  vouching.map((base): Requirement => ({ kind: 'reproducible', ...base, threshold: Math.max(2, base.threshold) })),
  vouching.map((base): Requirement => ({ kind: 'attestation', ...base, type: 'spdx', types: ['https://spdx.dev/Document'] })),
);
const requirement = fc.oneof({ weight: 3, arbitrary: one }, fc.array(one, { minLength: 1, maxLength: 3 }).map((of): Requirement => ({ kind: 'anyOf', name: 'any', of })));

const holds = (asked: Requirement, proofs: readonly VerifiedEvidence[]): boolean => evaluate(asked, question(proofs)).verdict === 'satisfied';

test('A17 dropping any attestation never turns a denial into an admission', () => {
  const seen = { admitted: 0, denied: 0 };
  fc.assert(fc.property(requirement, fc.array(evidence, { minLength: 1, maxLength: 6 }), fc.nat(5), (asked, proofs, gone) => {
    const before = holds(asked, proofs);
    seen[before ? 'admitted' : 'denied'] += 1;
    if (!before) expect(holds(asked, proofs.toSpliced(gone % proofs.length, 1))).toBe(false);
  }), { numRuns: 5000 });
  // Not vacuous: about one in twenty of these is admitted, and chance alone makes it fewer than two hundred now and then.
  expect(Math.min(seen.admitted, seen.denied)).toBeGreaterThan(100);
});

test('the order of the attestations never matters', () => {
  fc.assert(fc.property(requirement, fc.array(evidence, { minLength: 2, maxLength: 5 }), (asked, proofs) => {
    expect(holds(asked, proofs.toReversed())).toBe(holds(asked, proofs));
  }), { numRuns: 1000 });
});
