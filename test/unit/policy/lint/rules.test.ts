/** Every new rule of lint: a bad set, its good twin, and what comes of obeying the text of the advice. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compilePolicies, LINT_RULES } from '../../../../src/policy/index.ts';
import type { PolicyProblem } from '../../../../src/domain/policy/policy.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { pgpBlock, pgpKey } from '../../../world/git/pgp.ts';
import { securityKeyLine } from '../../../world/git/security-key.ts';
import { makeKey } from '../../../world/keys.ts';
import { fakeTrust, KEYS, policy, signer } from '../support.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const at = (days: number): string => new Date(NOW + days * 86_400_000).toISOString();

const { openPgp, securityKey } = createTrustReader();
const trust = { ...fakeTrust, ...(openPgp === undefined ? {} : { openPgp }), ...(securityKey === undefined ? {} : { securityKey }) };
function lint(...texts: string[]): readonly PolicyProblem[] {
  return compilePolicies(texts.map((text, index) => ({ path: `file${index}.yaml`, text })), { trust, now: NOW }).problems;
}
const rulesIn = (...texts: string[]): (string | undefined)[] => lint(...texts).map(({ rule }) => rule);
const keyless = (fields: object): string =>
  signer('alice', { identities: [{ keyless: { issuer: 'https://issuer.example', subject: 'a@acme.example', ...fields } }] });
const keyed = (name: string, ...keys: object[]): string =>
  signer(name, { identities: keys.map((more, index) => ({ key: { data: KEYS[index], ...more } })) });
const HUB = 'https://token.actions.githubusercontent.com';
const FILE = 'https://github.com/acme/app/.github/workflows/release.yml';
const spec = (fields: Record<string, unknown>): string => policy(fields);
const layout = (document: unknown): string =>
  policy({ require: [{ name: 'chain', layout: { document: JSON.stringify(document), owners: ['alice'] } }] });

const stores = (more: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'stores' }, spec: { notation: { ca: '-----BEGIN CERTIFICATE-----', revocation: 'hard', ...more } } });
const STORES = stores({});
const [pgp, touched] = [pgpBlock({ primary: pgpKey(makeKey('p256')) }), securityKeyLine(makeKey('ed25519'))]
  .map((data, index) => signer(index === 0 ? 'pgp' : 'touched', { identities: [{ key: { data } }] })) as [string, string];
const [IMAGE, COMMIT] = [{ image: 'a.example/x' }, { git: 'https://github.com/acme/app' }];
const notary = signer('notary', { identities: [{ x509: { subject: 'CN=release', trustRoot: 'stores' } }] });

/** Name of the rule, the bad set, its good twin, what the text of the advice says, and the set in which that is done. */
type Row = readonly [rule: string, bad: readonly string[], good: readonly string[], says: RegExp, obeyed: readonly string[]];

const ROWS: readonly Row[] = [
  ['issuer-not-https', [keyless({ issuer: 'http://issuer.example' }), spec({})], [keyless({}), spec({})], /are https:/, [keyless({ issuer: 'https://issuer.example' }), spec({})]],
  ['issuer-trailing-slash', [keyless({ issuer: `${HUB}/`, subject: `${FILE}@refs/tags/v1` }), spec({})],
    [keyless({ issuer: HUB, subject: `${FILE}@refs/tags/v1` }), spec({})], new RegExp(`write "${HUB}",`), [keyless({ issuer: HUB, subject: `${FILE}@refs/tags/v1` }), spec({})]],
  ['issuer-trailing-slash', [keyless({ issuer: 'https://idp.acme.example/' }), spec({})], [keyless({ issuer: 'https://acme.eu.auth0.com/' }), spec({})],
    /or issuerRegExp/, [keyless({ issuer: undefined, issuerRegExp: 'https://idp\\.acme\\.example/' }), spec({})]],
  ['issuer-upper-case-host', [keyless({ issuer: 'https://Issuer.Example/Realm' }), spec({})], [keyless({ issuer: 'https://issuer.example/Realm' }), spec({})],
    /write "https:\/\/issuer\.example\/Realm"/, [keyless({ issuer: 'https://issuer.example/Realm' }), spec({})]],
  ['workflow-without-ref', [keyless({ subject: FILE }), spec({})], [keyless({ subject: `${FILE}@refs/heads/main` }), spec({})],
    /write ".*release\.yml@refs\/heads\/main"/, [keyless({ subject: `${FILE}@refs/heads/main` }), spec({})]],
  ['workflow-without-ref', [keyless({ subject: undefined, subjectGlob: 'https://github.com/acme/*/.github/workflows/release.yml' }), spec({})],
    [keyless({ subject: undefined, subjectGlob: 'https://github.com/acme/**' }), spec({})],
    /subjectGlob: ".*release\.yml@refs\/tags\/\*"/, [keyless({ subject: undefined, subjectGlob: `${FILE}@refs/tags/*` }), spec({})]],
  ['workflow-without-ref', [keyless({ subject: undefined, subjectRegExp: '^https://github\\.com/acme/app/\\.github/workflows/release\\.yml$' }), spec({})],
    [keyless({ subject: undefined, subjectRegExp: 'https://github\\.com/acme/app/\\.github/workflows/release\\.yml@refs/tags/.*' }), spec({})],
    /without its ref/, [keyless({ subject: undefined, subjectGlob: `${FILE}@refs/tags/*` }), spec({})]],
  ['workflow-without-ref', [keyless({ subject: 'https://gitlab.com/acme/app//.gitlab-ci.yml' }), spec({})],
    [keyless({ subject: 'https://gitlab.com/acme/app//.gitlab-ci.yml@refs/heads/main' }), spec({})],
    /write "https:\/\/gitlab\.com\/acme\/app\/\/\.gitlab-ci\.yml@refs\/heads\/main"/, [keyless({ subject: 'https://gitlab.com/acme/app//.gitlab-ci.yml@refs/heads/main' }), spec({})]],
  ['workflow-ref-short', [keyless({ subject: `${FILE}@main` }), spec({})], [keyless({ subject: `${FILE}@${'a'.repeat(40)}` }), spec({})],
    /write ".*@refs\/heads\/main" for a branch/, [keyless({ subject: `${FILE}@refs/heads/main` }), spec({})]],
  ['subject-is-no-workflow', [keyless({ issuer: HUB, subject: 'https://github.com/acme/app' }), spec({})],
    [keyless({ subject: 'https://github.com/acme/app' }), spec({})],
    /write "https:\/\/github\.com\/acme\/app\/\.github\/workflows\/FILE\.yml@refs\/heads\/main"/, [keyless({ issuer: HUB, subject: `${FILE}@refs/heads/main` }), spec({})]],
  ['subject-is-no-workflow', [keyless({ subject: 'https://gitlab.com/acme/app/.gitlab-ci.yml@refs/heads/main' }), spec({})],
    [keyless({ subject: 'https://gitlab.com/acme/app//.gitlab-ci.yml@refs/heads/main' }), spec({})],
    /write "https:\/\/gitlab\.com\/acme\/app\/\/\.gitlab-ci/, [keyless({ subject: 'https://gitlab.com/acme/app//.gitlab-ci.yml@refs/heads/main' }), spec({})]],
  ['identity-public-mail', [keyless({ subject: undefined, subjectGlob: '*@gmail.com' }), spec({})], [keyless({ subject: undefined, subjectGlob: '*@acme.example' }), spec({})],
    /each as subject/, [keyless({ subject: 'alice.acme@gmail.com' }), spec({})]],
  ['identity-public-mail', [keyless({ subject: undefined, subjectRegExp: '[a-z0-9.]+@outlook\\.com' }), spec({})],
    [keyless({ subject: undefined, subjectRegExp: 'alice@outlook\\.com' }), spec({})], /anybody gets an address with outlook\.com/, [keyless({ subject: 'alice@outlook.com' }), spec({})]],
  ['key-signs-otherwise', [pgp, spec({ artifacts: [IMAGE], require: [{ name: 'a', sbom: { by: ['pgp'] } }] })], [pgp, spec({ artifacts: [IMAGE], require: [{ name: 'a', signature: { by: ['pgp'] } }] })],
    /name a signer with another key/, [signer(), spec({ artifacts: [IMAGE], require: [{ name: 'a', sbom: { by: ['alice'] } }] })]],
  ['key-signs-otherwise', [touched, spec({ artifacts: [IMAGE], require: [{ name: 'a', signature: { by: ['touched'] } }] })], [touched, spec({ artifacts: [COMMIT], require: [{ name: 'a', signature: { by: ['touched'] } }] })],
    /or a keyless identity/, [signer(), spec({ artifacts: [IMAGE], require: [{ name: 'a', signature: { by: ['alice'] } }] })]],
  ['key-signs-otherwise', [pgp, spec({ artifacts: [{ package: 'pkg:npm/x' }], require: [{ name: 'a', signature: { by: ['pgp'] } }] })], [pgp, spec({ artifacts: [COMMIT], require: [{ name: 'a', source: { by: ['pgp'] } }] })],
    /attest nothing/, [signer(), spec({ artifacts: [{ package: 'pkg:npm/x' }] })]],
  ['notation-signs-images', [STORES, notary, spec({ require: [{ name: 'a', sbom: { by: ['notary'] } }] })], [STORES, notary, spec({ require: [{ name: 'a', signature: { by: ['notary'] } }] })],
    /name a signer with a key/, [signer(), spec({ require: [{ name: 'a', sbom: { by: ['alice'] } }] })]],
  ['notation-signs-images', [STORES, notary, spec({ require: [{ name: 'a', signature: { by: ['notary'], bindRepository: true } }] })], [STORES, notary, spec({ require: [{ name: 'a', signature: { by: ['notary'], bindRepository: false } }] })],
    /leave it out/, [signer(), spec({ require: [{ name: 'a', signature: { by: ['alice'], bindRepository: true } }] })]],
  ['notation-signs-images', [STORES, notary, spec({ artifacts: [{ package: 'pkg:npm/x' }], require: [{ name: 'a', signature: { by: ['notary'] } }] })],
    [STORES, notary, spec({ artifacts: [{ package: 'pkg:npm/x' }, { image: 'a.example/x' }], require: [{ name: 'a', signature: { by: ['notary'] } }] })], /attests nothing/,
    [signer(), spec({ artifacts: [{ package: 'pkg:npm/x' }] })]],
  ['notation-plugin-unrun', [stores({ verificationPlugins: [{ name: 'p' }] }), notary, spec({ require: [{ name: 'a', signature: { by: ['notary'] } }] })],
    [STORES, notary, spec({ require: [{ name: 'a', signature: { by: ['notary'] } }] })], /leave them out/, [STORES, notary, spec({ require: [{ name: 'a', signature: { by: ['notary'] } }] })]],
  ['signer-unused', [signer('alice'), signer('bob'), spec({})], [signer('alice'), signer('bob')], /name it in by/,
    [signer('alice'), signer('bob'), spec({ require: [{ name: 'a', signature: { by: ['alice', 'bob'] } }] })]],
  ['usage-impossible', [signer(), spec({ artifacts: [{ package: 'pkg:npm/x' }], usedAs: ['container'] })],
    [signer(), spec({ artifacts: [{ image: 'a.example/x' }], usedAs: ['container'] })], /write usedAs with dependency, source, publish/,
    [signer(), spec({ artifacts: [{ package: 'pkg:npm/x' }], usedAs: ['dependency'] })]],
  ['usage-impossible', [signer(), spec({ artifacts: [{ definition: 'acme/**' }], usedAs: ['buildStep'] })],
    [signer(), spec({ artifacts: [{ definition: 'acme/**' }] })], /write usedAs with definition/,
    [signer(), spec({ artifacts: [{ definition: 'acme/**' }], usedAs: ['definition'] })]],
  ['namespaces-contradict', [signer(), spec({ namespaces: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] } })],
    [signer(), spec({ namespaces: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['c'] }] } })],
    /leave out all but one/, [signer(), spec({ namespaces: { matchLabels: { a: 'b' } } })]],
  ['namespaces-contradict', [signer(), spec({ namespaces: { matchExpressions: [{ key: 'a', operator: 'Exists' }, { key: 'a', operator: 'DoesNotExist' }] } })],
    [signer(), spec({ namespaces: { matchExpressions: [{ key: 'a', operator: 'Exists' }, { key: 'b', operator: 'DoesNotExist' }] } })],
    /contradicts itself/, [signer(), spec({ namespaces: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } })]],
  ['policies-overlap', [signer(), spec({}), policy({ requireDigest: true, artifacts: [{ image: 'ghcr.io/acme/app' }] }, { name: 'other' })],
    [signer(), spec({}), policy({ requireDigest: true, artifacts: [{ image: 'ghcr.io/other/app' }] }, { name: 'other' })], /write except in the other/,
    [signer(), spec({ except: [{ image: 'ghcr.io/acme/app' }] }), policy({ requireDigest: true, artifacts: [{ image: 'ghcr.io/acme/app' }] }, { name: 'other' })]],
  ['trust-expiring', [keyed('alice', { notAfter: at(10) }), spec({})], [keyed('alice', { notAfter: at(40) }), spec({})], /in 10 days; add its successor/,
    [keyed('alice', { notAfter: at(10) }, { notAfter: at(400) }), spec({})]],
  ['trust-expired', [keyed('alice', { notAfter: at(-3) }), spec({})], [keyed('alice', { notAfter: at(-3) }, {}), spec({})], /3 days ago; add its successor/,
    [keyed('alice', { notAfter: at(-3) }, { notAfter: at(400) }), spec({})]],
  ['trust-expiring', [signer('alice', { validity: { notAfter: at(1) } }), spec({})], [signer('alice', { validity: { notAfter: at(31) } }), spec({})],
    /in 1 day; write a later notAfter/, [signer('alice', { validity: { notAfter: at(90) } }), spec({})]],
  ['layout-unsigned', [keyed('alice', {}), layout({ signed: { expires: at(90) }, signatures: [] })],
    [keyed('alice', {}), layout({ signed: { expires: at(90) }, signatures: [{}] })], /write it with its signatures/, [keyed('alice', {}), layout({ signed: { expires: at(90) }, signatures: [{}] })]],
  ['layout-expired', [keyed('alice', {}), layout({ signed: { expires: at(-1) }, signatures: [{}] })],
    [keyed('alice', {}), layout({ signed: { expires: at(31) }, signatures: [{}] })], /sign one with a later end/, [keyed('alice', {}), layout({ signed: { expires: at(365) }, signatures: [{}] })]],
  ['layout-expiring', [keyed('alice', {}), layout({ payload: btoa(JSON.stringify({ expires: at(5) })), signatures: [{}] })],
    [keyed('alice', {}), layout({ payload: btoa(JSON.stringify({ expires: at(50) })), signatures: [{}] })], /in 5 days/, [keyed('alice', {}), layout({ payload: btoa(JSON.stringify({ expires: at(365) })), signatures: [{}] })]],
  ['exception-expired', [signer(), spec({}), exception(-20, -2)], [signer(), spec({}), exception(-2, 20)], /2 days ago; .* remove it/, [signer(), spec({})]],
  ['exception-needless', [signer(), spec({ mode: 'audit' }), exception(-2, 20)], [signer(), spec({}), exception(-2, 20)], /nothing to except/, [signer(), spec({ mode: 'audit' })]],
  ['exception-waits', [signer(), spec({}), exception(-2, 20).replace('"approvedBy":"ann"', '"requestedBy":"eve"')], [signer(), spec({}), exception(-2, 20)], /requested by "eve"/,
    [signer(), spec({}), exception(-2, 20).replace('"approvedBy"', '"requestedBy":"eve","approvedBy"')]],
  ['exception-wide', [signer(), spec({}), exception(-2, 20, 'ghcr.io/acme/**')], [signer(), spec({}), exception(-2, 20)], /name the artifact/, [signer(), spec({}), exception(-2, 20)]],
  ['revocation-without-holder', [keyed('alice', {}), spec({}), listOf(`sha256:${'a'.repeat(64)}`)], [keyed('alice', {}), spec({}), listOf(idOf(0))],
    /compare it with the id in messages/, [keyed('alice', {}), spec({}), listOf(idOf(0))]],
];

function idOf(index: number): string {
  const read = fakeTrust.key(KEYS[index] ?? '');
  return read.ok ? read.key.keyId : '';
}

function exception(from: number, to: number, image = 'ghcr.io/acme/app'): string {
  const window = { notBefore: at(from), expiresAt: at(to) };
  const what = { artifacts: [{ image }], policies: [{ name: 'images' }], namespaces: ['web'], reason: 'outage', approvedBy: 'ann' };
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'AdmissionException', metadata: { name: 'night' }, spec: { ...what, ...window } });
}

function listOf(key: string): string {
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'RevocationList', metadata: { name: 'list' }, spec: { revocations: [{ key, reason: 'lost' }] } });
}

describe('lint: each rule, its good twin, and its advice obeyed', () => {
  test.each(ROWS)('%s (%#)', (rule, bad, good, says, obeyed) => {
    const found = lint(...bad).filter((problem) => problem.rule === rule);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toMatch(says);
    expect(rulesIn(...good)).not.toContain(rule);
    expect(rulesIn(...obeyed)).toEqual([]);
  });

  test('without a time nothing is said of ends, unused signers and overlaps: a server loads the set as before', () => {
    const texts = [keyed('alice', { notAfter: at(10) }), signer('bob'), spec({}), policy({ requireDigest: true }, { name: 'other' })];
    const files = texts.map((text, index) => ({ path: `file${index}.yaml`, text }));
    expect(compilePolicies(files, { trust: fakeTrust }).problems).toEqual([]);
    expect(rulesIn(...texts).toSorted()).toEqual(['policies-overlap', 'signer-unused', 'trust-expiring']);
  });

  test('a note is no warning, and policies of different namespaces or uses do not overlap', () => {
    const pair = (one: Record<string, unknown>, two: Record<string, unknown>, first = {}, second = {}): string[] =>
      [signer(), policy(one, first), policy({ requireDigest: true, ...two }, { name: 'other', ...second })];
    expect(lint(...pair({}, {})).map(({ severity }) => severity)).toEqual(['note']);
    expect(rulesIn(...pair({}, {}, { namespace: 'a' }, { namespace: 'b' }))).toEqual([]);
    expect(rulesIn(...pair({ usedAs: ['container'] }, { usedAs: ['publish'] }))).toEqual([]);
    expect(rulesIn(...pair({ namespaces: { matchLabels: { a: '1' } } }, { namespaces: { matchLabels: { a: '2' } } }))).toEqual([]);
  });
});

describe('lint: all stages in one run', () => {
  const codes = (...texts: string[]): string[] => lint(...texts).map(({ severity, path }) => `${severity} ${path}`).toSorted();

  test('an error of one document hides nothing of the others: schema, names, conditions, advice', () => {
    expect(codes(
      keyless({ issuer: `${HUB}/` }),
      policy({ mod: 'warn' }, { name: 'schema' }),
      policy({ require: [{ name: 'a', signature: { by: ['alcie'] } }] }, { name: 'names' }),
      policy({ require: [{ name: 'a', sbom: { by: ['alice'], where: [{ cel: 'predicate.((' }] } }] }, { name: 'condition' }),
      policy({ artifacts: [{ image: '**' }] }, { name: 'advice' }),
    )).toEqual([
      'error spec.mod', 'error spec.require[0].sbom.where[0].cel', 'error spec.require[0].signature.by[0]',
      'warning spec.artifacts[0].image', 'warning spec.identities[0].keyless.issuer',
    ]);
  });

  test('within one document too: what is left without its broken parts is looked up and compiled', () => {
    const texts = [signer(), policy({
      mod: 'warn',
      require: [
        { name: 'a', signature: { by: ['alcie'] } }, { name: 'b', signature: { bye: ['alice'] } }, { name: 'c', signature: { by: ['bob'], threshold: 2 } },
      ],
    })];
    expect(codes(...texts)).toEqual([
      'error spec.mod', 'error spec.require[0].signature.by[0]', 'error spec.require[1].signature.by', 'error spec.require[1].signature.bye',
      'error spec.require[2].signature.by[0]', 'error spec.require[2].signature.threshold', 'warning metadata.name',
    ]);
  });

  test('and what is left of it gives no false problem: conditions about a broken requirement, keys that are missing', () => {
    expect(codes(signer(), policy({
      require: [{ name: 'scan', vulnerability: { by: ['alice'], deny: 'hgih' } },
        { name: 'sbom', sbom: { by: ['alice'], where: [{ cel: 'attestations["scan"].size() > 0' }] } }],
    }))).toEqual(['error spec.require[0].vulnerability.deny']);
    expect(codes(signer('alice', { identities: [{ keyless: { issuer: 'https://issuer.example' } }, { key: { data: 'x', trustRoot: 'nowhere' } }] }), policy()))
      .toEqual(['error spec.identities[0].keyless', 'error spec.identities[1].key.data', 'error spec.identities[1].key.trustRoot']);
  });

  test('a signer that only a broken policy names is not called unused, and a name that is almost right is told of once', () => {
    expect(codes(signer(), signer('bob'), policy({ mod: 1, require: [{ name: 'a', signature: { by: ['alice', 'bob'] } }] }))).toEqual(['error spec.mod']);
    expect(lint(signer('release'), policy({ require: [{ name: 'a', signature: { by: ['relaese'] } }] })).find(({ rule }) => rule === 'signer-unused')?.message)
      .toContain('"relaese"');
  });
});

describe('the reference of rules', () => {
  const page = readFileSync(new URL('../../../../docs/reference/lint.md', import.meta.url), 'utf8');

  test('lists every rule with what it finds, and no other', () => {
    const listed = [...page.matchAll(/^\| <a id="([a-z-]+)"><\/a>`\1` \| ([^|]*) \|$/gm)].map(([, id, text]) => [id, text]);
    expect(listed.map(([id]) => id)).toEqual(Object.keys(LINT_RULES));
    for (const [id, text] of listed) expect(text).toContain((LINT_RULES as Record<string, string>)[id ?? '']);
  });
});
