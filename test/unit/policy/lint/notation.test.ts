/** Advice about signers by Notation, their trust stores and trust policies, each beside what it says nothing about. */
import { describe, expect, test } from 'vitest';
import { compilePolicies } from '../../../../src/policy/index.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { makeNotary } from '../../../world/notation.ts';
import { createWorld } from '../../../world/world.ts';
import { policy, signer } from '../support.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const NAME = 'C=US, ST=WA, O=Acme, CN=release';
const rootOf = (organisation: string): string => makeNotary({
  now: NOW, authority: (depth, spec) => (depth === 0 ? { ...spec, subject: named(organisation), issuer: named(organisation) } : spec),
  between: 0,
}).root.pem;
const named = (organisation: string) => [['C', 'US'], ['O', organisation], ['CN', 'root']] as const;
const ca = makeNotary({ now: NOW }).root.pem;
const alone = makeNotary({ now: NOW, between: -1 }).root.pem;
const clock = (days: number): string => createWorld({ now: NOW + (days - 5 * 365) * DAY }).tsa.chain.at(-1)?.pem ?? '';
const doc = (name: string, spec: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name }, spec });
const stores = (notation: object): string => doc('stores', { notation: { revocation: 'hard', ...notation } });
const release = (fields: object = { subject: NAME }): string => signer('alice', { identities: [{ x509: { trustRoot: 'stores', ...fields } }] });

function advice(...texts: readonly string[]): readonly string[] {
  const { problems } = compilePolicies(texts.map((text, index) => ({ path: `file${index}.yaml`, text })), { trust: createTrustReader(), now: NOW });
  return problems.map(({ severity, rule, path }) => `${severity} ${rule ?? ''} ${path}`.trim());
}
const about = (identity: object, notation: object = { ca }): readonly string[] => advice(release(identity), stores(notation), policy());

describe('who is meant', () => {
  const EVERYBODY = 'warning identity-everybody spec.identities[0].x509.subjectGlob';
  const PUBLIC = 'warning identity-public-root spec.identities[0].x509';

  test.each(['DigiCert, Inc.', 'GlobalSign nv-sa', 'Microsoft Corporation'])('anybody below a public authority: %s', (organisation) => {
    const notation = { ca: `${ca}${rootOf(organisation)}` };
    expect(about({ subjectGlob: '**' }, notation)).toEqual([PUBLIC, EVERYBODY]);
    expect(about({ subject: 'CN=release' }, notation)).toEqual([PUBLIC]);
    expect(about({ subjectGlob: 'C=US, O=*, CN=Acme' }, notation)).toEqual([PUBLIC]);
    expect(about({ subjectIncludes: 'O=Acme' }, notation)).toEqual([]);
    expect(about({ subject: NAME }, notation)).toEqual([]);
    expect(about({ san: 'release@acme.example' }, notation)).toEqual([]);
  });

  test('and below one\'s own whoever is named', () => {
    expect(about({ subjectGlob: '**' })).toEqual([EVERYBODY]);
    expect(about({ subject: 'CN=release' })).toEqual([]);
    expect(about({ subject: 'CN=release' }, { ca: rootOf('Acme of DigiCert') })).toEqual([]);
  });

  test('nobody, where the stores hold signers alone and he is none of them', () => {
    const NOBODY = 'warning notation-matches-nobody spec.identities[0].x509';
    expect(about({ subject: NAME }, { ca: alone })).toEqual([]);
    expect(about({ subjectIncludes: 'O=Acme' }, { ca: alone })).toEqual([]);
    expect(about({ subject: 'C=US, ST=WA, O=Acme, CN=other' }, { ca: alone })).toEqual([`${NOBODY}.subject`]);
    expect(about({ subject: 'O=Acme, CN=release' }, { ca: alone })).toEqual([`${NOBODY}.subject`]);
    expect(about({ subjectIncludes: 'O=Acne' }, { ca: alone })).toEqual([`${NOBODY}.subjectIncludes`]);
    expect(about({ subject: NAME, issuer: 'CN=signing' }, { ca: alone })).toEqual([`${NOBODY}.issuer`]);
    expect(about({ subject: 'C=US, ST=WA, O=Acme, CN=other' }, { ca: `${alone}${ca}` })).toEqual([]);
    expect(about({ subject: 'C=US, ST=WA, O=Acme, CN=other' }, { ca: alone, signingAuthority: ca })).toEqual([]);
  });

  test('nobody, where a usage is demanded that such certificates may not have', () => {
    expect(about({ subject: NAME, eku: ['serverAuth'] })).toEqual(['warning notation-matches-nobody spec.identities[0].x509.eku']);
    expect(about({ subject: NAME, eku: ['codeSigning', '1.3.6.1.5.5.7.3.8'] })).toEqual(['warning notation-matches-nobody spec.identities[0].x509.eku']);
    expect(about({ subject: NAME, eku: ['codeSigning', '1.2.3.4'] })).toEqual([]);
  });
});

describe('trust stores', () => {
  test('whose authorities are asked nothing: a note', () => {
    expect(about({ subject: NAME }, { ca, revocation: 'off' })).toEqual(['note notation-revocation-off spec.notation.revocation']);
    expect(about({ subject: NAME }, { ca, revocation: undefined })).toEqual(['note notation-revocation-off spec.notation']);
    expect(about({ subject: NAME }, { ca, revocation: 'soft' })).toEqual([]);
    expect(about({ subject: NAME, maxCertificateLifetime: '1d' }, { ca, revocation: 'off' })).toEqual([]);
  });

  test.each<[number, readonly string[]]>([[40, []], [20, ['warning trust-expiring spec']], [-2, ['warning trust-expired spec']]])('that end in %d days', (days, said) => {
    const ending = makeNotary({ now: NOW + (days - 5 * 365) * DAY }).root.pem;
    expect(about({ subject: NAME }, { ca: ending })).toEqual(said);
    expect(about({ subject: NAME }, { ca: `${ending}${ca}` })).toEqual([]);
    // Each scheme of signing has its own.
    expect(about({ subject: NAME }, { ca: ending, signingAuthority: ca })).toEqual(said);
    expect(about({ subject: NAME }, { ca, signingAuthority: ending })).toEqual(said);
    expect(about({ subject: NAME }, { ca, tsa: clock(days) })).toEqual(said);
    expect(about({ subject: NAME }, { ca, tsa: `${clock(days)}${clock(900)}` })).toEqual([]);
    // Then a signature counts without a timestamp as long as its certificates do.
    expect(about({ subject: NAME }, { ca, tsa: clock(days), verifyTimestamp: 'afterCertExpiry' })).toEqual([]);
  });

  test('that date nothing, where an age is demanded', () => {
    const young = policy({ require: [{ name: 'signed', signature: { by: ['alice'], maxAge: '30d' } }] });
    const UNPROVABLE = 'warning max-age-unprovable spec.require[0].signature.by[0]';
    expect(advice(release(), stores({ ca }), young)).toEqual([UNPROVABLE]);
    expect(advice(release(), stores({ ca, tsa: clock(900) }), young)).toEqual([]);
    expect(advice(release(), stores({ signingAuthority: ca }), young)).toEqual([]);
    expect(advice(release(), doc('stores', { x509: { certificates: ca } }), young)).toEqual([UNPROVABLE]);
    expect(advice(release(), stores({ ca }), policy())).toEqual([]);
  });
});

describe('trust policies', () => {
  const statement = (name: string, more: object): object => ({
    name, registryScopes: ['*'], signatureVerification: { level: 'strict' }, trustStores: ['ca:stores'], trustedIdentities: [`x509.subject: ${NAME}`], ...more,
  });
  const SKIP = { signatureVerification: { level: 'skip' }, trustStores: undefined, trustedIdentities: undefined };
  const file = (...trustPolicies: readonly object[]): string => JSON.stringify({ version: '1.0', trustPolicies });
  const rules = (...texts: readonly string[]): readonly string[] => advice(stores({ ca }), ...texts).filter((one) => /notation-scope|identity-/.test(one));
  const one = (scope: string, more: object = {}): object => statement(scope.replaceAll(/\W/g, '-'), { registryScopes: [scope], ...more });

  test('that anybody\'s signature meets', () => {
    expect(rules(file(statement('all', { trustedIdentities: ['*'] })))).toEqual(['warning identity-everybody spec.identities[0].x509.subjectGlob']);
    expect(rules(file(statement('all', {})))).toEqual([]);
  });

  test('of which a statement takes a repository out of the one for everything', () => {
    expect(rules(file(statement('all', {}), one('a.example/x', SKIP)))).toEqual(['warning notation-scope-skipped trustPolicies[1].registryScopes[0]']);
    expect(rules(file(statement('all', {}), one('a.example/x')))).toEqual([]);
    expect(rules(file(one('a.example/y'), one('a.example/x', SKIP)))).toEqual([]);
    expect(rules(file(statement('all', SKIP), one('a.example/x')))).toEqual([]);
  });

  test('of which two speak about one repository', () => {
    const TWICE = 'warning notation-scope-twice trustPolicies[0].registryScopes[0]';
    expect(rules(file(one('a.example/x')), file({ ...one('a.example/x'), name: 'again' }))).toEqual([TWICE]);
    expect(rules(file(statement('all', {})), file(one('a.example/x')))).toEqual([TWICE]);
    expect(rules(file(one('a.example/x')), file(statement('all', {})))).toEqual([TWICE]);
    expect(rules(file(one('a.example/x')), file(one('a.example/y')))).toEqual([]);
    expect(rules(file(one('a.example/x'), statement('all', {})))).toEqual([]);
  });
});
