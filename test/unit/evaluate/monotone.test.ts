import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VerifiedEvidence } from '../../../src/domain/evidence.ts';
import type { Requirement, Signer } from '../../../src/domain/policy/requirement.ts';
import type { Revocation, RevokedThing } from '../../../src/domain/policy/revocation.ts';
import { evaluate } from '../../../src/evaluate/index.ts';
import { makeRevocationBook } from '../../../src/policy/compile/revocation-book.ts';
import { attestationBy, attestationProof, certificate, DIGEST, exact, HOUR, ISSUER, keyIdentity, keylessIdentity, NOW, proof, question, signatureBy, WORKFLOW } from './support.ts';

const KEYS = ['0a', '0b', '0c'].map((pair) => `sha256:${pair.repeat(32)}`);
const LOG = 'ab'.repeat(32);
const TYPE = 'https://x/vuln';
const CERTIFICATES = ['c1', 'c2'].map((serial) => certificate({ serial, fingerprint: `sha256:${serial.repeat(32)}`, keyId: `sha256:${`d${serial.slice(1)}`.repeat(32)}` }));

const moment = fc.integer({ min: NOW - 20 * HOUR, max: NOW });
const root = fc.constantFrom('root', undefined);
const window = fc.record({ notBefore: moment, notAfter: moment }, { requiredKeys: [] });

const identity = fc.oneof(
  fc.tuple(fc.constantFrom(...KEYS), root, window).map(([keyId, trustRoot, own]) => keyIdentity(keyId, { ...own, ...(trustRoot === undefined ? {} : { trustRoot }) })),
  fc.constant(keylessIdentity()),
);
const signers = fc.array(fc.tuple(fc.array(identity, { minLength: 1, maxLength: 3 }), fc.option(window, { nil: undefined })), { minLength: 1, maxLength: 3 })
  .map((list) => list.map(([identities, validity], index): Signer => ({ name: `s${index}`, identities, ...(validity === undefined ? {} : { validity }) })));

const evidence: fc.Arbitrary<VerifiedEvidence> = fc.record({
  who: fc.oneof(fc.tuple(fc.constantFrom(...KEYS), root).map(([keyId, trustRoot]) => ({ kind: 'key' as const, keyId, ...(trustRoot === undefined ? {} : { trustRoot }) })), fc.constantFrom(...CERTIFICATES)),
  times: fc.array(moment.map((at) => ({ source: 'log' as const, at, by: LOG })), { maxLength: 2 }),
  index: fc.constantFrom('1', '2'),
  attests: fc.boolean(),
}).map(({ who, times, index, attests }) => {
  const more = { times, logEntries: [{ logId: LOG, logIndex: index, leafHash: index, kind: 'dsse' }] };
  return attests ? attestationProof(who, TYPE, more) : proof(who, more);
});

const thing: fc.Arbitrary<RevokedThing> = fc.oneof(
  fc.constantFrom(...KEYS).map((keyId) => ({ kind: 'key' as const, keyId })),
  fc.constantFrom(...CERTIFICATES).map(({ fingerprint }) => ({ kind: 'fingerprint' as const, fingerprint })),
  fc.constantFrom(...CERTIFICATES).map(({ serial }) => ({ kind: 'serial' as const, serial })),
  fc.constant({ kind: 'identity' as const, issuer: exact(ISSUER), subject: exact(WORKFLOW) }),
  fc.constantFrom('1', '2').map((index) => ({ kind: 'logIndex' as const, logId: LOG, index })),
  fc.constant({ kind: 'digest' as const, digest: DIGEST as string }),
);
const revocation = fc.tuple(thing, fc.option(moment, { nil: undefined })).map(([what, compromisedAt]): Revocation => ({ what, reason: 'r', declaredBy: 'd', ...(compromisedAt === undefined ? {} : { compromisedAt }) }));

/** A rule over signers that all are bound by the same revocations. */
const rule = fc.record({ signers, threshold: fc.integer({ min: 1, max: 3 }), attests: fc.boolean(), maxAge: fc.option(fc.integer({ min: HOUR, max: 20 * HOUR }), { nil: undefined }), either: fc.boolean() })
  .map(({ signers: plain, threshold, attests, maxAge, either }) => (revocations: readonly Revocation[]): Requirement => {
    const by = plain.map((signer): Signer => (revocations.length === 0 ? signer : { ...signer, revocations: [makeRevocationBook(revocations)] }));
    const more = { threshold: Math.min(threshold, by.length), ...(maxAge === undefined ? {} : { maxAge }) };
    const one = attests ? attestationBy(by, TYPE, more) : signatureBy(by, more);
    return either ? { kind: 'anyOf', name: 'either', of: [one, signatureBy(by.slice(0, 1), { name: 'first' })] } : one;
  });

const holds = (requirement: Requirement, proofs: readonly VerifiedEvidence[]): boolean => evaluate(requirement, question(proofs)).verdict === 'satisfied';
const RUNS = { numRuns: 3000 };

describe('trust only shrinks', () => {
  test('B21 adding a revocation never turns a denial into an admission', () => {
    fc.assert(fc.property(rule, fc.array(evidence, { maxLength: 4 }), fc.array(revocation, { maxLength: 3 }), revocation, (make, proofs, known, added) => {
      if (!holds(make(known), proofs)) expect(holds(make([...known, added]), proofs)).toBe(false);
    }), RUNS);
  });

  test('removing evidence never turns a denial into an admission', () => {
    fc.assert(fc.property(rule, fc.array(evidence, { minLength: 1, maxLength: 4 }), fc.array(revocation, { maxLength: 3 }), fc.nat(3), (make, proofs, known, gone) => {
      const requirement = make(known);
      if (!holds(requirement, proofs)) expect(holds(requirement, proofs.toSpliced(gone % proofs.length, 1))).toBe(false);
    }), RUNS);
  });

  test('removing the proven times never saves evidence from a revocation', () => {
    fc.assert(fc.property(rule, evidence, fc.array(revocation, { minLength: 1, maxLength: 3 }), (make, one, known) => {
      const stripped = { ...one, times: [] } as VerifiedEvidence;
      const [bound, free] = [make(known), make([])];
      // The windows of a key may judge undated evidence by the present; revocations must not.
      if (!holds(bound, [one]) && holds(free, [one])) expect(holds(bound, [stripped])).toBe(false);
    }), RUNS);
  });

  test('the generators reach both answers, with and without revocations', () => {
    const seen = new Set<string>();
    fc.assert(fc.property(rule, fc.array(evidence, { maxLength: 4 }), fc.array(revocation, { maxLength: 2 }), (make, proofs, known) => {
      seen.add(`${known.length > 0} ${holds(make(known), proofs)}`);
    }), RUNS);
    expect([...seen].toSorted()).toEqual(['false false', 'false true', 'true false', 'true true']);
  });
});
