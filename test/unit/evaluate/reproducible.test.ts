import { describe, expect, test } from 'vitest';
import type { ReproducibleRequirement } from '../../../src/domain/policy/build-requirement.ts';
import type { ProvenSigner } from '../../../src/domain/policy/identity.ts';
import { evaluate } from '../../../src/evaluate/index.ts';
import { slsaProvenanceV1 } from '../../world/statement.ts';
import type { Build } from '../../world/statement.ts';
import { attested } from './provenance/support.ts';
import { keyIdentity, question, signer } from './support.ts';

const KEYS = ['0a', '0b', '0c'].map((pair) => `sha256:${pair.repeat(32)}`);
const by = KEYS.map((key, index) => signer(`rebuilder-${index}`, keyIdentity(key)));
const holder = (index: number): ProvenSigner => ({ kind: 'key', keyId: KEYS[index] ?? '' });
const rebuild = (index: number, build: Build = {}): ReturnType<typeof attested> => attested(slsaProvenanceV1({ builder: `https://r${index}.example`, buildType: 'https://r.example/t', ...build }), holder(index));

function judge(proofs: readonly ReturnType<typeof attested>[], more: Partial<ReproducibleRequirement> = {}): string {
  return evaluate({ kind: 'reproducible', name: 'rebuilt', by, threshold: 2, ...more }, question(proofs)).code;
}

describe('reproducible builds', () => {
  test('two of three independent rebuilders agree', () => {
    expect(judge([rebuild(0), rebuild(2)])).toBe('POLICY_SATISFIED');
    expect(judge([rebuild(0)])).toBe('POLICY_REPRODUCIBLE');
    expect(judge([rebuild(0), rebuild(1)], { threshold: 3 })).toBe('POLICY_REPRODUCIBLE');
  });

  test('A20 one rebuilder twice is one rebuilder', () => {
    expect(judge([rebuild(0), rebuild(0, { invocationId: 'https://r0.example/2' })])).toBe('POLICY_REPRODUCIBLE');
  });

  test('rebuilds of different commits do not agree, and the message says so', () => {
    const other = rebuild(1, { commit: 'b'.repeat(40) });
    expect(judge([rebuild(0), other])).toBe('POLICY_REPRODUCIBLE');
    expect(evaluate({ kind: 'reproducible', name: 'rebuilt', by, threshold: 2 }, question([rebuild(0), other])).cause).toContain('different sources');
    expect(judge([rebuild(0), other, rebuild(2)])).toBe('POLICY_SATISFIED');
  });

  test('a rebuild whose provenance cannot be read, or claims a builder that its signer is not, does not count', () => {
    const broken = attested({ predicateType: 'https://slsa.dev/provenance/v1', predicate: {} }, holder(1));
    expect(judge([rebuild(0), broken])).toBe('POLICY_REPRODUCIBLE');
    const lying = rebuild(1, { builder: 'https://github.com/acme/app/.github/workflows/r.yml@refs/heads/main' });
    expect(judge([rebuild(0), lying])).toBe('POLICY_REPRODUCIBLE');
    expect(judge([lying])).toBe('POLICY_PROVENANCE_SIGNER');
  });

  test('other attestations count only when the policy names their type', () => {
    const type = 'https://acme.example/rebuild/v1';
    const plain = [0, 1].map((index) => attested({ predicateType: type, predicate: null }, holder(index)));
    expect(judge(plain)).toBe('POLICY_TYPE_MISSING');
    expect(judge(plain, { types: [type] })).toBe('POLICY_SATISFIED');
    expect(judge([rebuild(0), rebuild(1)], { types: [type] })).toBe('POLICY_TYPE_MISSING');
  });

  test('nothing at all is told as such', () => {
    expect(judge([])).toBe('FETCH_NONE_FOUND');
  });
});
