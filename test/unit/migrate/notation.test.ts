import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importPolicies } from '../../../src/migrate/index.ts';
import { judgeDocuments } from '../../support/notation/judge.ts';
import { image, notary, NOW, other, signed, statement, trustPolicy, TRUST_POLICIES } from '../../support/notation/trust-policies.ts';
import { hasSharedData, sharedData } from '../../support/shared.ts';
import { compileErrors, joined } from './support.ts';

/** Trust policies of Notation: which of its own test data are valid, why others are not, and what those come to that are. */
const STORES = new Map([['ca:e2e', notary.root.pem], ['ca:e2e-new', other.root.pem], ['tsa:e2e', other.root.pem], ['ca:wabbit-networks.io', other.root.pem]]);

/** `valid`, or where it is refused and what is expected there. */
const VERDICTS: Readonly<Record<string, string>> = {
  'any_registry_scope_trust_policy.json': 'valid',
  'audit_trustpolicy.json': 'valid',
  'empty_registry_scope_trustpolicy.json': 'trustPolicies[0].registryScopes: expected repositories, or "*" alone',
  'empty_trusted_identity_trustpolicy.json': 'trustPolicies[0].trustedIdentities: expected x509.subject: with C, ST and O and no attribute twice, or "*"',
  'invalid_format_trustpolicy.json': ': ',
  'invalid_registry_scope_trustpolicy.json': 'valid',
  'invalid_trusted_identity_trustpolicy.json': 'valid',
  'malformed_registry_scope_trustpolicy.json': 'trustPolicies[0].registryScopes: expected HOST/REPOSITORY without wildcards',
  'malformed_trusted_identity_trustpolicy.json': 'trustPolicies[0].trustedIdentities: expected x509.subject: with C, ST and O and no attribute twice, or "*"',
  'missing_country_trusted_identity_trustpolicy.json': 'trustPolicies[0].trustedIdentities: expected x509.subject: with C, ST and O and no attribute twice, or "*"',
  'missing_state_trusted_identity_trustpolicy.json': 'trustPolicies[0].trustedIdentities: expected x509.subject: with C, ST and O and no attribute twice, or "*"',
  'multi_statements_with_multi_wildcard_registry_scope_trustpolicy.json': 'trustPolicies[1]: expected each name and each scope once; found scope * twice',
  'multi_statements_with_the_same_registry_scope_trustpolicy.json': 'trustPolicies[1]: expected each name and each scope once; found scope localhost:5000/test-repo8 twice',
  'multi_statements_with_wildcard_registry_scope_trustpolicy.json': 'valid',
  'multiple_trust_store_trustpolicy.json': 'valid',
  'multiple_trusted_identity_trustpolicy.json': 'valid',
  'overlapped_trust_store_trustpolicy.json': 'valid',
  'overlapped_trusted_identity_trustpolicy.json': 'trustPolicies[0].trustedIdentities: expected identities of which none includes another',
  'override_integrity_for_permissive_trustpolicy.json': 'trustPolicies[0].signatureVerification.override.integrity: expected enforce or log, of revocation also skip, and nothing for integrity',
  'override_permissive_trustpolicy.json': 'valid',
  'permissive_trustpolicy.json': 'valid',
  'quickstart_trustpolicy.json': 'valid',
  'skip_trustpolicy.json': 'valid',
  'timestamp_after_cert_expiry_trustpolicy.json': 'valid',
  'trustpolicy.json': 'valid',
  'unset_trust_store_trustpolicy.json': 'trustPolicies[0].trustStores: expected at least one trust store',
  'valid_trusted_identity_trustpolicy.json': 'valid',
  'wildcard_plus_other_registry_scope_trustpolicy.json': 'trustPolicies[0].registryScopes: expected repositories, or "*" alone',
  'wildcard_trust_store_trustpolicy.json': 'trustPolicies[0].trustStores: expected ca:NAME, signingAuthority:NAME or tsa:NAME',
};

describe.skipIf(!hasSharedData)('trust policies of the end-to-end tests of Notation', () => {
  test.each(Object.entries(VERDICTS))('%s: %s', (file, verdict) => {
    const result = importPolicies([{ path: file, text: readFileSync(sharedData(`${TRUST_POLICIES}/${file}`), 'utf8') }], STORES);
    const [refused] = result.remarks.filter(({ level }) => level === 'refused').map(({ path, what }) => `${path}: ${what}`);
    if (verdict === 'valid') {
      expect(refused).toBeUndefined();
      expect(compileErrors(result)).toEqual([]);
      expect(result.documents.map(({ kind }) => kind)).toContain('ClusterArtifactPolicy');
    } else {
      expect(refused).toContain(verdict);
      expect(result.documents).toEqual([]);
    }
  });

  test('none is left out, and one about blobs is none about images', () => {
    expect(readdirSync(sharedData(TRUST_POLICIES)).toSorted()).toEqual(Object.keys(VERDICTS).toSorted());
    const blob = readFileSync(sharedData('notation-e2e/blob/trustpolicies/trustpolicy.blob.json'), 'utf8');
    expect(importPolicies([{ path: 'blob.json', text: blob }], STORES).remarks.map(({ level }) => level)).toContain('refused');
  });
});

const policyOf = (...given: Parameters<typeof statement>): string => trustPolicy(statement(...given));

describe('what a trust policy comes to', () => {
  test.each([
    ['any identity, by the store', policyOf({}), signed(), 'admit POLICY_SATISFIED'],
    ['any identity, by another store', policyOf({}), signed(other), 'deny VERIFY_CERTIFICATE_UNTRUSTED'],
    ['a store of two', policyOf({ trustStores: ['ca:e2e', 'ca:e2e-new'] }), signed(other), 'admit POLICY_SATISFIED'],
    ['the identity', policyOf({ trustedIdentities: ['x509.subject: CN=e2e, O=Notary, ST=WA, C=US'] }), signed(), 'admit POLICY_SATISFIED'],
    ['a part of the identity, S for ST', policyOf({ trustedIdentities: ['x509.subject: O=Notary, S=WA, C=US'] }), signed(), 'admit POLICY_SATISFIED'],
    ['another identity', policyOf({ trustedIdentities: ['x509.subject: CN=other, O=Notary, ST=WA, C=US'] }), signed(), 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['revocation enforced', policyOf({}, { level: 'strict' }), signed(), 'admit POLICY_SATISFIED'],
    ['an end that has come, which permissive only logs', policyOf({}, { level: 'permissive' }), signed(notary, { expiry: NOW }), 'deny POLICY_SIGNATURE_EXPIRED'],
    ['permissive', policyOf({}, { level: 'permissive' }), signed(), 'admit POLICY_SATISFIED'],
    ['a store that is not among the files', policyOf({ trustStores: ['ca:e2e', 'ca:lost'] }), signed(), 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['timestamps demanded', policyOf({ trustStores: ['ca:e2e', 'tsa:e2e'] }), signed(), 'deny VERIFY_TIME_MISSING'],
    ['timestamps only afterwards', policyOf({ trustStores: ['ca:e2e', 'tsa:e2e'] }, { level: 'permissive', verifyTimestamp: 'afterCertExpiry' }), signed(), 'admit POLICY_SATISFIED'],
  ])('%s', async (_, text, evidence, expected) => {
    const result = importPolicies([{ path: 'trustpolicy.json', text }], STORES);
    expect(result.remarks.filter(({ level }) => level === 'refused')).toEqual([]);
    expect(await judgeDocuments({ text: joined(result), evidence, digest: image.digest, now: NOW })).toBe(expected);
  });
});

test.each([
  ['strict', undefined, 'hard'], ['strict', 'log', 'soft'], ['strict', 'skip', undefined],
  ['permissive', undefined, 'soft'], ['permissive', 'enforce', 'hard'], ['permissive', 'skip', undefined], ['audit', 'skip', undefined],
])('revocation at level %s, override %s, is asked for as %s', (level, revocation, expected) => {
  const text = policyOf({}, { level, ...(revocation === undefined ? {} : { override: { revocation } }) });
  const written = joined(importPolicies([{ path: 'trustpolicy.json', text }], STORES));
  expect(/^ +revocation: (\w+)$/m.exec(written)?.[1]).toBe(expected);
});

test.each([
  ['xn--mnchen-3ya.example/app', undefined], ['local/hello-world', /"local" names no registry/], ['ghcr.io/acme/*', /HOST\/REPOSITORY without wildcards/],
])('scope %s', (scope, expected) => {
  const { remarks, documents } = importPolicies([{ path: 'trustpolicy.json', text: policyOf({ registryScopes: [scope] }) }], STORES);
  const refused = remarks.filter(({ level }) => level === 'refused').map(({ what }) => what).join();
  if (expected === undefined) expect([refused, JSON.stringify(documents).includes(scope)]).toEqual(['', true]);
  else expect(refused).toMatch(expected);
});

test('an identity whose value ends with a space keeps it', () => {
  const { remarks, documents } = importPolicies([{ path: 'trustpolicy.json', text: policyOf({ trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme\\ '] }) }], STORES);
  expect(remarks.filter(({ level }) => level === 'refused')).toEqual([]);
  expect(documents.map(({ text }) => text).join()).toContain('subjectIncludes: "C=US, ST=WA, O=Acme\\\\ "');
});
