import { describe, expect, test } from 'vitest';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { compilePolicies } from '../../../../src/policy/index.ts';
import { createOwnPki } from '../../../world/own-pki.ts';
import { policy, signer } from '../support.ts';

/** Advice about identities by certificates of one's own authorities, each beside what it says nothing about. */
const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const root = (kind: 'x509' | 'spiffe', now = NOW): string => JSON.stringify({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'acme' },
  spec: { [kind]: { certificates: createOwnPki(now).root.certificate.pem, ...(kind === 'spiffe' ? { trustDomain: 'acme.example' } : {}) } },
});

function advice(kind: 'x509' | 'spiffe', fields: object, now?: number): readonly string[] {
  const texts = [signer('alice', { identities: [{ [kind]: { trustRoot: 'acme', ...fields } }] }), root(kind, now), policy()];
  const { problems } = compilePolicies(texts.map((text, index) => ({ path: `file${index}.yaml`, text })), { trust: createTrustReader(), now: NOW });
  return problems.map(({ severity, rule, path }) => `${severity} ${rule ?? ''} ${path.replace(/^spec\.identities\[0\]\./, '')}`);
}

describe('certificates', () => {
  test.each<[string, object, string]>([
    ['a pattern of every name', { subjectGlob: '**' }, 'identity-everybody x509.subjectGlob'],
    ['a pattern of everybody', { subjectGlob: 'CN=**' }, 'identity-everybody x509.subjectGlob'],
    ['a pattern of everybody in a country', { subjectGlob: 'C=DE, CN=*' }, 'identity-everybody x509.subjectGlob'],
    ['a place alone', { subjectIncludes: 'C=DE, L=Berlin' }, 'identity-everybody x509.subjectIncludes'],
    ['a star that is one', { subject: 'O=Acme, CN=*' }, 'star-in-exact-text x509.subject'],
    ['a star in the issuer', { subject: 'CN=a', issuer: 'CN=*' }, 'star-in-exact-text x509.issuer'],
    ['a star in a part', { subjectIncludes: 'O=Acm*' }, 'star-in-exact-text x509.subjectIncludes'],
    ['every URI', { sanGlob: 'https://**' }, 'identity-everybody x509.sanGlob'],
    ['hosts of anybody', { sanGlob: 'https://*.example/**' }, 'identity-loose-host x509.sanGlob'],
    ['a name that no certificate has as DNS name', { san: 'acme.example/release' }, 'subject-type x509.san'],
    ['a star in a name', { san: '*.acme.example' }, 'star-in-exact-text x509.san'],
    ['any usage', { subject: 'O=Acme, CN=a', eku: ['any'] }, 'usage-any x509.eku'],
  ])('%s', (_, fields, said) => {
    expect(advice('x509', fields)).toEqual([`warning ${said}`]);
  });

  test.each<[string, object]>([
    ['a name', { subject: 'C=DE, O=Acme, CN=release' }],
    ['a pattern below an organisation', { subjectGlob: 'O=Acme, CN=*' }],
    ['an organisation', { subjectIncludes: 'O=Acme' }],
    ['a pattern of one host', { sanGlob: 'https://acme.example/**' }],
    ['addresses of one domain', { sanGlob: '*@acme.example' }],
    ['a usage', { subject: 'CN=a', eku: ['serverAuth'] }],
  ])('but nothing of %s', (_, fields) => {
    expect(advice('x509', fields)).toEqual([]);
  });
});

describe('workloads', () => {
  test('a whole trust domain, and a star that is one', () => {
    expect(advice('spiffe', { idGlob: 'spiffe://acme.example/**' })).toEqual(['warning identity-everybody spiffe.idGlob']);
    expect(advice('spiffe', { idGlob: 'spiffe://acme.example/ns/ci/**' })).toEqual([]);
    expect(advice('spiffe', { id: 'spiffe://acme.example/ns/ci' })).toEqual([]);
  });
});

describe.each(['x509', 'spiffe'] as const)('authorities of kind %s that end', (kind) => {
  const fields = kind === 'x509' ? { subject: 'CN=a' } : { id: 'spiffe://acme.example/a' };
  test.each<[number, readonly string[]]>([
    [40, []], [20, ['warning trust-expiring']], [-2, ['warning trust-expired']],
  ])('in %d days', (days, said) => {
    expect(advice(kind, fields, NOW - 3000 * DAY + days * DAY).map((one) => one.split(' ').slice(0, 2).join(' '))).toEqual(said);
  });
});
