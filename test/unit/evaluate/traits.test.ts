import { describe, expect, test } from 'vitest';
import { singlesOf } from '../../../src/domain/policy/requirement.ts';
import type { AnyOfRequirement, SignatureRequirement } from '../../../src/domain/policy/requirement.ts';
import { REQUIREMENT_TRAITS } from '../../../src/evaluate/index.ts';
import { KEY_A, keyIdentity, keylessIdentity, NOW, signatureBy, signer } from './support.ts';

const plain = signer('alice', keyIdentity(KEY_A));

describe('what holds without asking for the present', () => {
  test.each<[string, SignatureRequirement, boolean]>([
    ['a key without a window', signatureBy([plain]), true],
    ['a certificate', signatureBy([signer('ci', keylessIdentity())]), true],
    ['a key that ends', signatureBy([signer('alice', keyIdentity(KEY_A, { notAfter: NOW }))]), false],
    ['a key that begins', signatureBy([signer('alice', keyIdentity(KEY_A, { notBefore: NOW }))]), false],
    ['a signer with a window', signatureBy([{ ...plain, validity: { notAfter: NOW } }]), false],
    ['an age', { ...signatureBy([plain]), maxAge: 1 }, false],
    ['one such signer of two', signatureBy([plain, { ...plain, validity: {} }]), false],
  ])('%s', (_, requirement, timeless) => {
    expect(REQUIREMENT_TRAITS.signature.timeless(requirement)).toBe(timeless);
  });
});

test('only signatures and attestations follow from evidence alone, and only encryption asks for layers', () => {
  const kinds = Object.entries(REQUIREMENT_TRAITS);
  expect(kinds.filter(([, { byEvidence }]) => byEvidence).map(([kind]) => kind)).toEqual(['signature', 'attestation']);
  expect(kinds.filter(([, { layers }]) => layers).map(([kind]) => kind)).toEqual(['encryption']);
});

test('an anyOf stands for its alternatives, however deep they are', () => {
  const one = { ...signatureBy([plain]), name: 'one' };
  const two = { ...one, name: 'two' };
  const inner: AnyOfRequirement = { kind: 'anyOf', name: 'inner', of: [two] };
  expect(singlesOf(one)).toEqual([one]);
  expect(singlesOf({ kind: 'anyOf', name: 'outer', of: [one, inner] })).toEqual([one, two]);
});
