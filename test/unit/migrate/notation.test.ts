import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importPolicies } from '../../../src/migrate/index.ts';
import { descriptorOf, makeImage } from '../../world/image.ts';
import { makeNotary, notarySign } from '../../world/notation.ts';
import { envelopeEvidence, judgeDocuments } from '../../support/notation/judge.ts';
import { hasSharedData, sharedData } from '../../support/shared.ts';
import { compileErrors, joined } from './support.ts';

/** Trust policies of Notation: which of its own test data are valid, why others are not, and what those come to that are. */
const FOLDER = 'notation-e2e/config/trustpolicies';
const NOW = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;
const notary = makeNotary({ now: NOW, subject: [['C', 'US'], ['ST', 'WA'], ['L', 'Seattle'], ['O', 'Notary'], ['CN', 'e2e']] });
const other = makeNotary({ now: NOW, subject: [['C', 'AU'], ['ST', 'Some-State'], ['O', 'Internet Widgits Pty Ltd']] });
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
    const result = importPolicies([{ path: file, text: readFileSync(sharedData(`${FOLDER}/${file}`), 'utf8') }], STORES);
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
    expect(readdirSync(sharedData(FOLDER)).toSorted()).toEqual(Object.keys(VERDICTS).toSorted());
    const blob = readFileSync(sharedData('notation-e2e/blob/trustpolicies/trustpolicy.blob.json'), 'utf8');
    expect(importPolicies([{ path: 'blob.json', text: blob }], STORES).remarks.map(({ level }) => level)).toContain('refused');
  });
});

const image = makeImage({ seed: 'notation' });
const signed = (by = notary, more: object = {}): Parameters<typeof judgeDocuments>[0]['evidence'] =>
  [envelopeEvidence('notation-jws', notarySign({ notary: by, target: descriptorOf(image), at: NOW - HOUR, ...more }), image.manifest)];
const statement = (more: object, verification: object = { level: 'strict', override: { revocation: 'skip' } }): string => JSON.stringify({
  version: '1.0', trustPolicies: [{ name: 'acme', registryScopes: ['*'], signatureVerification: verification, trustStores: ['ca:e2e'], trustedIdentities: ['*'], ...more }],
});

describe('what a trust policy comes to', () => {
  test.each([
    ['any identity, by the store', statement({}), signed(), 'admit POLICY_SATISFIED'],
    ['any identity, by another store', statement({}), signed(other), 'deny VERIFY_CERTIFICATE_UNTRUSTED'],
    ['a store of two', statement({ trustStores: ['ca:e2e', 'ca:e2e-new'] }), signed(other), 'admit POLICY_SATISFIED'],
    ['the identity', statement({ trustedIdentities: ['x509.subject: CN=e2e, O=Notary, ST=WA, C=US'] }), signed(), 'admit POLICY_SATISFIED'],
    ['a part of the identity, S for ST', statement({ trustedIdentities: ['x509.subject: O=Notary, S=WA, C=US'] }), signed(), 'admit POLICY_SATISFIED'],
    ['another identity', statement({ trustedIdentities: ['x509.subject: CN=other, O=Notary, ST=WA, C=US'] }), signed(), 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['revocation enforced', statement({}, { level: 'strict' }), signed(), 'admit POLICY_SATISFIED'],
    ['an end that has come, which permissive only logs', statement({}, { level: 'permissive' }), signed(notary, { expiry: NOW }), 'deny POLICY_SIGNATURE_EXPIRED'],
    ['permissive', statement({}, { level: 'permissive' }), signed(), 'admit POLICY_SATISFIED'],
    ['a store that is not among the files', statement({ trustStores: ['ca:e2e', 'ca:lost'] }), signed(), 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['timestamps demanded', statement({ trustStores: ['ca:e2e', 'tsa:e2e'] }), signed(), 'deny VERIFY_TIME_MISSING'],
    ['timestamps only afterwards', statement({ trustStores: ['ca:e2e', 'tsa:e2e'] }, { level: 'permissive', verifyTimestamp: 'afterCertExpiry' }), signed(), 'admit POLICY_SATISFIED'],
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
  const text = statement({}, { level, ...(revocation === undefined ? {} : { override: { revocation } }) });
  const written = joined(importPolicies([{ path: 'trustpolicy.json', text }], STORES));
  expect(/^ +revocation: (\w+)$/m.exec(written)?.[1]).toBe(expected);
});

test.each([
  ['xn--mnchen-3ya.example/app', undefined], ['local/hello-world', /"local" names no registry/], ['ghcr.io/acme/*', /HOST\/REPOSITORY without wildcards/],
])('scope %s', (scope, expected) => {
  const { remarks, documents } = importPolicies([{ path: 'trustpolicy.json', text: statement({ registryScopes: [scope] }) }], STORES);
  const refused = remarks.filter(({ level }) => level === 'refused').map(({ what }) => what).join();
  if (expected === undefined) expect([refused, JSON.stringify(documents).includes(scope)]).toEqual(['', true]);
  else expect(refused).toMatch(expected);
});

test('an identity whose value ends with a space keeps it', () => {
  const { remarks, documents } = importPolicies([{ path: 'trustpolicy.json', text: statement({ trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme\\ '] }) }], STORES);
  expect(remarks.filter(({ level }) => level === 'refused')).toEqual([]);
  expect(documents.map(({ text }) => text).join()).toContain('subjectIncludes: "C=US, ST=WA, O=Acme\\\\ "');
});
