import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { judgeDocuments } from '../../support/notation/judge.ts';
import { image, notary, NOW, other, signed, statement, STRICT, trustPolicy as document, TRUST_POLICIES } from '../../support/notation/trust-policies.ts';
import { hasSharedData, sharedData } from '../../support/shared.ts';
import { makeNotary } from '../../world/notation.ts';
import type { Notary } from '../../world/notation.ts';
import { makeTsa } from '../../world/tsa.ts';
import type { Name } from '../../world/x509.ts';

/** Trust policies of Notation as documents beside the trust roots that are their stores. */
const tsa = makeTsa({ now: NOW });
const root = (name: string, notation: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name }, spec: { notation } });
const ROOTS = [
  root('e2e', { ca: notary.root.pem, tsa: tsa.chain.at(-1)?.pem }), root('e2e-new', { ca: other.root.pem }), root('wabbit-networks.io', { ca: other.root.pem }),
].join('\n---\n');

/** Errors of a set of the roots and a trust policy, `path: message`. */
function errors(text: string): readonly string[] {
  const { problems } = compilePolicies([{ path: 'roots.yaml', text: ROOTS }, { path: 'trustpolicy.json', text }], { trust: createTrustReader() });
  return problems.filter(({ severity }) => severity === 'error').map(({ file, path, message }) => `${file} ${path}: ${message}`);
}

/** What is wrong with those of the end-to-end tests that Notation refuses. */
const INVALID: Readonly<Record<string, RegExp>> = {
  'empty_registry_scope_trustpolicy.json': /registryScopes: must not be empty/,
  'empty_trusted_identity_trustpolicy.json': /trustedIdentities\[0\]: expected x509\.subject:/,
  'invalid_format_trustpolicy.json': /trustpolicy\.json /,
  'malformed_registry_scope_trustpolicy.json': /registryScopes\[0\]: expected HOST\/REPOSITORY without wildcards/,
  'malformed_trusted_identity_trustpolicy.json': /trustedIdentities\[0\]: expected x509\.subject:/,
  'missing_country_trusted_identity_trustpolicy.json': /trustedIdentities\[0\]: expected x509\.subject: with C, ST and O/,
  'missing_state_trusted_identity_trustpolicy.json': /trustedIdentities\[0\]: expected x509\.subject: with C, ST and O/,
  'multi_statements_with_multi_wildcard_registry_scope_trustpolicy.json': /trustPolicies\[1\]: scope \* stands in two places/,
  'multi_statements_with_the_same_registry_scope_trustpolicy.json': /trustPolicies\[1\]: scope localhost:5000\/test-repo8 stands in two places/,
  'overlapped_trusted_identity_trustpolicy.json': /trustedIdentities: an identity includes another one/,
  'override_integrity_for_permissive_trustpolicy.json': /override\.integrity: unknown field "integrity"/,
  'unset_trust_store_trustpolicy.json': /trustStores: must not be empty/,
  'wildcard_plus_other_registry_scope_trustpolicy.json': /registryScopes: "\*" has to stand alone/,
  'wildcard_trust_store_trustpolicy.json': /trustStores\[0\]: expected ca:NAME, signingAuthority:NAME or tsa:NAME/,
};

describe.skipIf(!hasSharedData)('trust policies of the end-to-end tests of Notation, as documents', () => {
  const files = hasSharedData ? readdirSync(sharedData(TRUST_POLICIES)) : [];
  test.each(files.map((file) => [file, INVALID[file]] as const))('%s: %s', (file, wrong) => {
    const found = errors(readFileSync(sharedData(`${TRUST_POLICIES}/${file}`), 'utf8'));
    if (wrong === undefined) expect(found).toEqual([]);
    else expect(found.join('\n')).toMatch(wrong);
  });

  test('those that are told as invalid are there', () => {
    expect(Object.keys(INVALID).filter((file) => !files.includes(file))).toEqual([]);
    expect(errors(readFileSync(sharedData('notation-e2e/blob/trustpolicies/trustpolicy.blob.json'), 'utf8')).join('\n')).toMatch(/registryScopes/);
  });
});

const judge = (text: string, evidence: ReturnType<typeof signed>): Promise<string> =>
  judgeDocuments({ text: `${ROOTS}\n---\n${text}`, evidence, digest: image.digest, now: NOW });

describe('a trust policy among policies', () => {
  test.each([
    ['any identity, by the store', document(statement({})), signed(), 'admit POLICY_SATISFIED'],
    ['another store', document(statement({})), signed(other), 'deny VERIFY_CERTIFICATE_UNTRUSTED'],
    ['one of two stores', document(statement({ trustStores: ['ca:e2e', 'ca:e2e-new'] })), signed(other), 'admit POLICY_SATISFIED'],
    ['the identity', document(statement({ trustedIdentities: ['x509.subject: CN=e2e, O=Notary, ST=WA, C=US'] })), signed(), 'admit POLICY_SATISFIED'],
    ['another identity', document(statement({ trustedIdentities: ['x509.subject: CN=other, O=Notary, ST=WA, C=US'] })), signed(), 'deny VERIFY_SIGNER_UNTRUSTED'],
    ['nothing', document(statement({})), [], 'deny FETCH_NONE_FOUND'],
    ['an end that permissive only logs', document(statement({}, { level: 'permissive' })), signed(notary, { expiry: NOW }), 'deny POLICY_SIGNATURE_EXPIRED'],
    ['audit', document(statement({}, { level: 'audit' })), signed(other), 'deny VERIFY_CERTIFICATE_UNTRUSTED'],
    ['timestamps', document(statement({ trustStores: ['ca:e2e', 'tsa:e2e'] })), signed(), 'deny VERIFY_TIME_MISSING'],
    ['timestamps, stamped', document(statement({ trustStores: ['ca:e2e', 'tsa:e2e'] })), signed(notary, { tsa }), 'admit POLICY_SATISFIED'],
    ['timestamps afterwards', document(statement({ trustStores: ['ca:e2e', 'tsa:e2e'] }, { ...STRICT, verifyTimestamp: 'afterCertExpiry' })), signed(), 'admit POLICY_SATISFIED'],
    ['a statement of its own', document(statement({}), statement({ name: 'own', registryScopes: ['ghcr.io/acme/app'], trustStores: ['ca:e2e-new'] })), signed(other), 'admit POLICY_SATISFIED'],
    ['a statement of another repository', document(statement({ registryScopes: ['ghcr.io/acme/other'] })), signed(), 'deny SELECT_NO_POLICY'],
    ['level skip', document({ name: 'skip', registryScopes: ['*'], signatureVerification: { level: 'skip' } }), [], 'warn FETCH_NONE_FOUND'],
  ])('%s', async (_, text, evidence, expected) => {
    expect(await judge(text, evidence)).toBe(expected);
  });

  test('a store that no trust root is, and a trust policy that is signed by nobody who may sign, stop the set', () => {
    expect(errors(document(statement({ trustStores: ['ca:lost'] })))).toEqual([
      expect.stringMatching(/trustPolicies\[0\]\.trustStores\[0\]: no TrustRoot is named "lost" that has spec\.notation\.ca/),
    ]);
    expect(errors(document(statement({ trustStores: ['ca:e2e', 'ca:Acme_Signing'] })))).toEqual([
      expect.stringMatching(/trustPolicies\[0\]\.trustStores\[1\]: no TrustRoot can be named "Acme_Signing"/),
    ]);
    expect(errors(document(statement({ trustStores: ['tsa:e2e'] })))).toEqual([expect.stringMatching(/trustStores: names no store of signers/)]);
    const { problems } = compilePolicies([{ path: 'trustpolicy.json', text: document(statement({})) }], { trust: createTrustReader(), refuses: () => 'nobody has signed it' });
    expect(problems.map(({ message }) => message)).toContain('nobody has signed it');
  });

  test('problems stand at the statement, and what is only logged there is told', () => {
    const text = JSON.stringify({ version: '1.0', trustPolicies: [statement({}), statement({ name: 'b', registryScopes: ['ghcr.io/a/b'] }, { level: 'permissive' })] }, undefined, 1);
    const { problems } = compilePolicies([{ path: 'roots.yaml', text: ROOTS }, { path: 'trustpolicy.json', text }], { trust: createTrustReader() });
    const [told] = problems.filter(({ rule }) => rule === 'notation-stricter');
    expect(told?.message).toBe('authenticTimestamp, expiry is enforced here, where Notation only logs it');
    expect(text.split('\n')[(told?.line ?? 0) - 1]).toContain('signatureVerification');
  });
});

/** Of a store for every statement, and one that skips a repository. */
const SKIP = { name: 'skip', registryScopes: ['ghcr.io/acme/app'], signatureVerification: { level: 'skip' } };
const named = (name: string, scope = '*'): object => statement({ name, registryScopes: [scope] });

describe('names of statements', () => {
  test.each<[string, readonly string[]]>([
    ['that differ in their case and spaces', [document(named('Acme Images'), named('acme-images', 'ghcr.io/acme/app'))]],
    ['without a letter that a name may have', [document(named('署名'), named('подпись', 'ghcr.io/acme/app'))]],
    ['that differ behind the longest name', [document(named(`${'a'.repeat(220)}b`), named(`${'a'.repeat(220)}c`, 'ghcr.io/acme/app'))]],
    ['of several trust policies', [document(named('Acme Images')), document(named('acme-images', 'ghcr.io/acme/app'))]],
    ['that are numbers of others', [document(named('acme images'), named('acme-images', 'ghcr.io/acme/app'), named('acme-images-2', 'ghcr.io/acme/b'))]],
  ])('%s are two statements', async (_, texts) => {
    expect(texts.flatMap((text) => errors(text))).toEqual([]);
    expect(await judge(texts.join('\n---\n'), signed())).toMatch(/^admit(?: POLICY_SATISFIED)+$/);
    expect(await judge(texts.join('\n---\n'), signed(other))).toMatch(/^deny VERIFY_CERTIFICATE_UNTRUSTED/);
  });

  test('one that is called nobody is somebody, where others are skipped, in one trust policy or two', async () => {
    expect(await judge(document(named('nobody', 'ghcr.io/acme/app'), { ...SKIP, registryScopes: ['ghcr.io/acme/other'] }), signed())).toBe('admit POLICY_SATISFIED');
    expect(await judge(document(named('nobody'), SKIP), [])).toBe('warn FETCH_NONE_FOUND');
    expect(await judge([document(SKIP), document({ ...SKIP, name: 'more', registryScopes: ['ghcr.io/acme/other'] })].join('\n---\n'), [])).toBe('warn FETCH_NONE_FOUND');
  });

  test('the same name in two trust policies is told', () => {
    const { problems } = compilePolicies([{ path: 'roots.yaml', text: ROOTS }, { path: 'a.json', text: document(named('acme')) }, { path: 'b.json', text: document(named('acme')) }], { trust: createTrustReader() });
    expect(problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toContainEqual(expect.stringContaining('notation-acme is already defined'));
  });
});

describe('registry scopes', () => {
  test.each(['xn--mnchen-3ya.example/app', 'a--b.example.com:5000/app', 'localhost/app', '127.0.0.1:5000/a/b__c'])('%s names a repository', (scope) => {
    expect(errors(document(named('acme', scope)))).toEqual([]);
  });

  test.each([
    ['local/hello-world', /whose host has a dot or a port: "local" names no registry/], ['acme/app', /"acme" names no registry/], ['-a.example/app', /without wildcards/],
    ['ghcr.io/acme/*', /without wildcards/], ['ghcr.io/', /without wildcards/], ['ghcr.io', /without wildcards/], ['ghcr.io/acme/app:v1', /without wildcards/], ['https://ghcr.io/acme', /without wildcards/],
  ])('%s names none', (scope, expected) => {
    expect(errors(document(named('acme', scope))).join()).toMatch(expected);
  });
});

describe('an identity that includes part of a name', () => {
  const holder = (...subject: Name): Notary => makeNotary({ now: NOW, subject });
  const acme = [['C', 'US'], ['ST', 'WA'], ['O', 'Acme']] as const;
  const asked = async (by: Notary, subject: string): Promise<string> => judgeDocuments({
    text: `${root('own', { ca: by.root.pem })}\n---\n${document(statement({ trustStores: ['ca:own'], trustedIdentities: [subject] }))}`, evidence: signed(by), digest: image.digest, now: NOW,
  });

  test.each([
    ['another organisation behind it', holder(...acme, ['O', 'Other'])], ['another one before it', holder(['O', 'Other'], ...acme)], ['the same twice', holder(...acme, ['O', 'Acme'])],
    ['another country', holder(['C', 'DE'], ...acme)],
  ])('does not mean who has %s', async (_, by) => {
    expect(await asked(by, 'x509.subject: C=US, ST=WA, O=Acme')).toBe('deny VERIFY_SIGNER_UNTRUSTED');
    expect(await asked(by, '*')).toBe('admit POLICY_SATISFIED');
  });

  test('means who has several of what it does not name, in any order', async () => {
    expect(await asked(holder(['OU', 'a'], ...acme, ['OU', 'b']), 'x509.subject: O=Acme, ST=WA, C=US')).toBe('admit POLICY_SATISFIED');
    expect(await asked(holder(...acme, ['OU', 'a'], ['OU', 'b']), 'x509.subject: O=Acme, ST=WA, C=US, OU=a')).toBe('deny VERIFY_SIGNER_UNTRUSTED');
  });

  test.each([
    'x509.subject: c=US, st=WA, o=Acme', 'x509.subject: C=US, ST=WA, O=Acme, cn=release', 'x509.subject: 2.5.4.6=US, ST=WA, O=Acme', 'x509.subject: C=US, ST=WA, O=Acme, emailAddress=a@acme.example',
    'x509.subject: C=US, ST=WA, O="Acme, Inc."',
  ])('is refused where Notation would compare nothing by it: %s', async (subject) => {
    expect(errors(document(statement({ trustedIdentities: [subject] }))).join()).toMatch(/trustedIdentities\[0\]: expected x509\.subject: with C, ST and O .* in capitals/);
    expect(errors(document(statement({ trustedIdentities: ['x509.subject: C=US, S=WA, O=A\\"c\\"me, CN=release, STREET=a'] })))).toEqual([]);
  });

  test.each([
    ['a space at both ends', ' Acme ', 'x509.subject: C=US, ST=WA, O=\\ Acme\\ '], ['one at its end', 'Acme ', 'x509.subject:C=US,ST=WA,O=Acme\\ '],
    ['a comma, and spaces behind the identity', 'Acme, Inc.', 'x509.subject:  C=US, ST=WA, O=Acme\\, Inc.  '],
    ['a semicolon and a backslash at its end', 'Ac;me\\', 'x509.subject: C=US, ST=WA, O=Ac\\;me\\\\'],
  ])('reads a value with %s', async (_, organisation, identity) => {
    expect(await asked(holder(['C', 'US'], ['ST', 'WA'], ['O', organisation]), identity)).toBe('admit POLICY_SATISFIED');
    expect(await asked(holder(['C', 'US'], ['ST', 'WA'], ['O', `${organisation}x`]), identity)).toBe('deny VERIFY_SIGNER_UNTRUSTED');
  });
});
