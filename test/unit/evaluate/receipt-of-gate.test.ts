// A receipt of a gate is no evidence of what is deployed, whoever signed it and whatever a policy asks (security.md K10).
import { describe, expect, test } from 'vitest';
import type { Requirement } from '../../../src/domain/policy/requirement.ts';
import { evaluate } from '../../../src/evaluate/index.ts';
import { failedByOwnWord } from '../../../src/evaluate/layout/own-word.ts';
import { verificationSummary } from '../../world/statement.ts';
import { attestationProof, exact, HOUR, KEY_A, keyIdentity, NOW, question, signer } from './support.ts';

const TYPE = 'https://slsa.dev/verification_summary/v1';
const gatehouse = signer('gatehouse', keyIdentity(KEY_A, { trustRoot: 'root' }));
const vouching = { by: [gatehouse], threshold: 1 } as const;

function summary(verifier: string, ours: object = { gatehouse_id: 'x' }): object {
  const { predicate } = verificationSummary({ at: NOW - HOUR, verifier, resourceUri: 'oci://ghcr.io/acme/app:1' });
  return { ...(predicate as object), ...ours };
}

function codeOf(requirement: Requirement, predicate: object): string {
  const statement = { type: 'https://in-toto.io/Statement/v1', predicateType: TYPE, subjects: [], predicate };
  const proof = attestationProof({ kind: 'key', keyId: KEY_A, trustRoot: 'root' }, TYPE, { statement, times: [{ source: 'log', at: NOW, by: 'ab' }] });
  return evaluate(requirement, question([proof])).code;
}

describe.each<[string, Requirement]>([
  ['vsa without verifier', { kind: 'vsa', name: 'v', levels: [], ...vouching }],
  ['vsa that wants just this verifier', { kind: 'vsa', name: 'v', levels: [], verifier: exact('https://gate.example/gate'), ...vouching }],
  ['attestation of the type', { kind: 'attestation', name: 'a', type: TYPE, ...vouching }],
  ['attestation of the family', { kind: 'attestation', name: 'a', type: 'vsa', types: [TYPE], ...vouching }],
  ['anyOf', { kind: 'anyOf', name: 'any', of: [{ kind: 'vsa', name: 'v', levels: [], ...vouching }] }],
])('K10 receipts: %s', (what, requirement) => {
  const isPinned = what.includes('just this');

  test('is not satisfied by a receipt of the gate', () => {
    expect(codeOf(requirement, summary('https://gate.example/gate'))).toBe(what === 'anyOf' ? 'POLICY_ANY_OF' : 'POLICY_RECEIPT_PURPOSE');
  });
  test.runIf(!isPinned)('is satisfied by the publish summary', () => {
    expect(codeOf(requirement, summary('https://gate.example/publish'))).toBe('POLICY_SATISFIED');
  });
  test('is satisfied by a verifier of others that is called so, and has none of our fields', () => {
    expect(codeOf(requirement, summary('https://gate.example/gate', {}))).toBe('POLICY_SATISFIED');
  });
});

test('K10 receipts: no step of a layout was done by a receipt', () => {
  expect(failedByOwnWord({ type: '', predicateType: TYPE, subjects: [], predicate: summary('https://gate.example/gate') })).toContain('receipt');
  expect(failedByOwnWord({ type: '', predicateType: TYPE, subjects: [], predicate: summary('https://gate.example/publish') })).toBeUndefined();
});
