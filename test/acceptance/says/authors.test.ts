import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import type { Envelope } from '../../world/evidence.ts';
import { base64 } from '../../world/encode.ts';
import { signWith } from '../../world/keys.ts';
import { doc, keyed, keys, lint, says, signerOf, signs, verdict, withSigners } from './support.ts';

const REVIEW = 'https://in-toto.io/attestation/human-review/v0.1';
const TESTS = 'https://in-toto.io/attestation/test-result/v0.1';
const AUTHORED = 'https://acme.example/authored/v1';
const [ADMITTED, DENIED] = ['admit POLICY_SATISFIED', 'deny POLICY_REVIEW'];
type Name = 'alice' | 'bob' | 'carol';

const approves = (by: Name, result = 'pass'): UnverifiedEvidence => says(REVIEW, { result }, { by });
const tested = (by: Name, result: string): UnverifiedEvidence => says(TESTS, { result }, { by });
const linted = (by: Name): UnverifiedEvidence => says('https://acme.example/lint/v1', {}, { by });
const built = (by: Name): UnverifiedEvidence => says('https://slsa.dev/provenance/v1', { buildDefinition: { buildType: 'https://x.example/t', externalParameters: {} }, runDetails: { builder: { id: 'https://x.example' } } }, { by });
const authored = (by: Name): UnverifiedEvidence => says(AUTHORED, {}, { by });

const review = (more: object = {}): object => ({ codeReview: { by: ['alice', 'bob'], authors: ['alice', 'bob'], ...more } });
const shown = (type: string): object => review({ authoredBy: { type } });

/** One envelope that two persons signed. */
const together = (first: Name, second: Name): UnverifiedEvidence => says(AUTHORED, {}, {
  by: first, log: 'none',
  override: { envelope: (envelope: Envelope, signed: Uint8Array) => ({ ...envelope, signatures: [...envelope.signatures, { sig: base64(signWith(keys[second], signed)) }] }) },
});
/** A bare envelope: a bundle has one signature, an envelope may have several. */
const envelopeOf = (bundle: UnverifiedEvidence): UnverifiedEvidence => ({ ...bundle, format: 'dsse', bytes: Buffer.from(JSON.stringify((JSON.parse(Buffer.from(bundle.bytes).toString()) as { dsseEnvelope: unknown }).dsseEnvelope)) });

describe('A2 Y5: authors are who wrote, by type of evidence', () => {
  test.each<[string, readonly UnverifiedEvidence[], object, string]>([
    ['A2: alice signed, bob approved', [signs(), approves('bob')], review(), ADMITTED],
    ['A2: alice signed and approved', [signs(), approves('alice')], review(), DENIED],
    ['A2: … and bob attested a lint report', [signs(), approves('alice'), linted('bob')], review(), DENIED],
    ['A2: … and bob attested that its tests FAILED', [signs(), approves('alice'), tested('bob', 'FAILED')], review(), DENIED],
    ['Y5: bob wrote and approved, alice attested a test run', [signs({ by: 'bob' }), approves('bob'), tested('alice', 'PASSED')], review(), DENIED],
    ['Y5: bob wrote, alice approved and attested a test run', [signs({ by: 'bob' }), approves('alice'), tested('alice', 'PASSED')], review(), ADMITTED],
    ['provenance shows who wrote as well', [built('alice'), approves('bob')], review(), ADMITTED],
    ['provenance by whoever approved', [built('bob'), approves('bob')], review(), DENIED],
    ['a lint report alone shows no author', [linted('alice'), approves('bob')], review(), DENIED],
    ['by a type of its own: alice wrote, bob approved', [authored('alice'), approves('bob')], shown(AUTHORED), ADMITTED],
    ['by a type of its own: alice wrote and approved, bob only signed', [authored('alice'), approves('alice'), signs({ by: 'bob' })], shown(AUTHORED), DENIED],
    ['by a type of its own, which nobody gave', [signs(), approves('bob')], shown(AUTHORED), DENIED],
    ['by signature only: provenance shows nothing', [built('alice'), approves('bob')], shown('signature'), DENIED],
    ['by signature only', [signs(), approves('bob'), built('bob')], shown('signature'), ADMITTED],
    ['by a family', [built('alice'), approves('bob')], shown('slsa-provenance'), ADMITTED],
    ['by a family, self-approved beside a signature of another', [built('alice'), approves('alice'), signs({ by: 'bob' })], shown('slsa-provenance'), DENIED],
    ['both signed what they wrote together: neither approves it', [envelopeOf(together('alice', 'bob')), approves('alice')], shown(AUTHORED), DENIED],
    ['two approvals, one of them the author\'s', [signs(), approves('alice'), approves('bob')], review({ threshold: 2 }), 'deny POLICY_THRESHOLD'],
  ])('%s', async (_, evidence, requirement, expected) => {
    expect(await verdict(requirement, evidence)).toBe(expected);
  });

  test('A2: an author who approves under another key of his signer is no other person, whatever team he writes for', async () => {
    const requirement = { codeReview: { by: ['alice', 'bob'], authors: ['team'] } };
    const documents = withSigners(requirement, [
      signerOf('alice', [keys.alice, keys.carol]), signerOf('bob', [keys.bob]),
      doc('Signer', 'team', { identities: [keyed(keys.alice), keyed(keys.bob)] }),
    ]);
    expect(await verdict(requirement, [signs(), approves('carol')], documents)).toBe(DENIED);
    expect(await verdict(requirement, [signs(), approves('bob')], documents)).toBe(ADMITTED);
  });

  test('A2: what shows an author must be written with authors, and cannot be a review', async () => {
    expect((await lint({ codeReview: { by: ['alice'], authoredBy: { type: 'signature' } } })).join()).toMatch(/error .*authoredBy: .*authors/);
    for (const type of ['human-review', REVIEW]) expect((await lint(shown(type))).join()).toMatch(/error .*authoredBy\.type: .*review/);
    expect((await lint(shown('signatures'))).join()).toMatch(/warning .*authoredBy\.type/);
    expect(await lint(shown('signature'))).toEqual([]);
  });

  test('A2: leaving any evidence out never turns a denial into an admission', async () => {
    const all = (['alice', 'bob'] as const).flatMap((by) => [signs({ by }), approves(by), built(by), authored(by), tested(by, 'FAILED')]);
    const verdicts = new Map<string, Promise<string>>();
    const judged = (requirement: object, evidence: readonly UnverifiedEvidence[]): Promise<string> => {
      const key = JSON.stringify([requirement, evidence.map(({ digest }) => digest).sort()]);
      const known = verdicts.get(key) ?? verdict(requirement, evidence);
      verdicts.set(key, known);
      return known;
    };
    const seen = new Set<string>();
    await fc.assert(fc.asyncProperty(fc.constantFrom(review(), shown('signature'), shown(AUTHORED)), fc.subarray([...all.keys()], { minLength: 1, maxLength: 6 }), fc.nat(5), async (requirement, chosen, gone) => {
      const evidence = chosen.flatMap((index) => all[index] ?? []);
      const before = await judged(requirement, evidence);
      seen.add(before.slice(0, 5));
      if (before !== ADMITTED) expect(await judged(requirement, evidence.toSpliced(gone % evidence.length, 1))).not.toBe(ADMITTED);
    }), { numRuns: 60 });
    expect([...seen].sort()).toEqual(['admit', 'deny ']);
  });
});
