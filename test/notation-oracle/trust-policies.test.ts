import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePolicies } from '../../src/policy/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { mutatedJson } from '../fuzz/json.ts';
import { envelopeEvidence, judgeDocuments } from '../support/notation/judge.ts';
import { descriptorOf, makeImage } from '../world/image.ts';
import { makeNotary, notarySign } from '../world/notation.ts';
import { makeTsa } from '../world/tsa.ts';
import type { Name } from '../world/x509.ts';
import { askOracle, drawn } from './oracle.ts';

/** Whatever trust policy Gatehouse takes among its documents notation-go takes. That takes more: other identities than subjects, stores of nobody who signs. */
const now = Date.now();
const [ca, tsa] = [makeNotary({ now }).root.pem, makeTsa({ now }).chain.at(-1)?.pem ?? ''];
const ROOTS = ['acme', 'other', 'a.b-c'].map((name) =>
  JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name }, spec: { notation: { ca, signingAuthority: ca, tsa } } })).join('\n---\n');
const trust = createTrustReader();

function takes(text: string): boolean {
  const { problems } = compilePolicies([{ path: 'roots.yaml', text: ROOTS }, { path: 'trustpolicy.json', text }], { trust });
  return problems.every(({ severity }) => severity !== 'error');
}

/** Documents here are YAML, which takes more than JSON does. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Mostly as it should be. */
const mostly = <T>(usual: readonly T[], ...odd: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...usual) }, ...odd.map((one) => ({ weight: 1, arbitrary: fc.constant(one) })));
const lists = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 0, maxLength: 3 });

const scope = mostly(['ghcr.io/acme/app', 'ghcr.io/acme/other', 'localhost:5000/a', 'registry.example/a/b__c'], '*', 'ghcr.io/acme/*', 'ghcr.io', 'acme/app', 'https://ghcr.io/a', 'ghcr.io/A', 'ghcr.io/a:v1', 'ghcr.io/a/', '', 'GHCR.io/a');
const store = mostly(['ca:acme', 'ca:other', 'signingAuthority:acme', 'ca:a.b-c'], 'tsa:acme', 'ca:', 'ca', 'CA:acme', 'x:acme', 'ca:*', 'ca:a/b', 'ca:acme:x', ' ca:acme');
const identity = mostly(
  ['x509.subject: C=US, ST=WA, O=Acme', 'x509.subject: CN=a, C=US, ST=WA, O=Other', 'x509.subject:C=US,ST=WA,O=A\\, B', '*'],
  'x509.subject: C=US, ST=WA, O=Acme, CN=x', 'x509.subject: C=US, O=Acme', 'x509.subject: ST=WA, O=Acme', 'x509.subject: C=US, ST=WA', 'x509.subject: C=US, S=WA, O=Third', 'x509.subject:', 'x509.subject', 'x509.subject: C=US, ST=WA, O=Acme, O=Two',
  'x509.subject: C=US+ST=WA, O=Acme', 'x509.subject: C=US, ST=WA, O=#0c0141', 'x509.subject: C=US; ST=WA; O=Acme', 'x509.subject: C=US, ST=WA, O=', 'x509.san: a', 'C=US, ST=WA, O=Acme', '', 'x509.subject: c=US, st=WA, o=Low', 'x509.subject: 2.5.4.6=US, ST=WA, O=Acme',
);
const level = mostly<unknown>(['strict', 'permissive', 'audit'], 'skip', 'Strict', '', 'none', 1);
const action = mostly<unknown>(['enforce', 'log', 'skip'], 'Enforce', '', 'warn');
const override = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.dictionary(mostly(['authenticity', 'authenticTimestamp', 'expiry', 'revocation'], 'integrity', 'Expiry', 'x'), action, { maxKeys: 2 }));
const statement = fc.record({
  name: mostly<unknown>(['one', 'two', 'three', 'Vier'], '', ' '),
  registryScopes: lists(scope), trustStores: lists(store), trustedIdentities: lists(identity),
  signatureVerification: fc.record({ level, override, verifyTimestamp: mostly<unknown>([undefined, 'always', 'afterCertExpiry'], '', 'Always', 'never') }),
});
const document = fc.record({ version: mostly<unknown>(['1.0'], '1.1', '1', 1, ''), trustPolicies: fc.array(statement, { minLength: 0, maxLength: 3 }) });

/** Few are good when everything is drawn alike: these are, but for one part. */
const whole = fc.record({ scopes: fc.uniqueArray(mostly(['ghcr.io/acme/app', 'ghcr.io/acme/other', '*'], 'a.example/b'), { minLength: 1, maxLength: 3 }), stores: fc.uniqueArray(store, { minLength: 1, maxLength: 2 }), identities: fc.uniqueArray(identity, { minLength: 1, maxLength: 2 }), level, override })
  .map(({ scopes, stores, identities, level: by, override: more }) => ({
    version: '1.0', trustPolicies: scopes.map((one, index) => ({ name: `s${index}`, registryScopes: [one], trustStores: stores, trustedIdentities: identities, signatureVerification: { level: by, ...(more === undefined ? {} : { override: more }) } })),
  }));

test('of 3,000 trust policies notation-go takes whatever is taken here', () => {
  const good = { version: '1.0', trustPolicies: [{ name: 'one', registryScopes: ['ghcr.io/acme/app'], trustStores: ['ca:acme', 'tsa:acme'], trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'], signatureVerification: { level: 'strict', override: { revocation: 'skip' }, verifyTimestamp: 'always' } }] };
  const texts = [
    ...drawn(document, 1000).map((one) => JSON.stringify(one)), ...drawn(whole, 1500).map((one) => JSON.stringify(one)),
    ...drawn(mutatedJson([good]), 500).map((bytes) => Buffer.from(bytes).toString('utf8')),
  ].filter((text) => text.includes('trustPolicies') && isJson(text));
  const theirs = askOracle(texts.map((text) => ({ policy: Buffer.from(text).toString('base64') })));
  const answers = texts.map(takes);
  const looser = texts.flatMap((text, index) => (answers[index] === true && theirs[index]?.ok !== true ? [`${theirs[index]?.error}: ${text}`] : []));
  expect(looser).toEqual([]);
  expect(answers.filter((taken) => taken).length).toBeGreaterThan(100);
});

/** Names of holders, and identities that mean some of them, or almost. */
const NAMES: readonly Name[] = [
  [['C', 'US'], ['ST', 'WA'], ['O', 'Acme']], [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['CN', 'release']], [['CN', 'release'], ['O', 'Acme'], ['ST', 'WA'], ['C', 'US']],
  [['C', 'US'], ['ST', 'WA'], ['O', 'acme']], [['C', 'US'], ['ST', 'WA'], ['O', 'Acme '], ['CN', 'release']], [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['O', 'Other']], [['O', 'Other'], ['C', 'US'], ['ST', 'WA'], ['O', 'Acme']],
  [['C', 'US'], ['ST', 'WA'], ['O', 'Acme, Inc.']], [['C', 'US'], ['ST', 'WA'], ['O', 'Acme+x']], [['C', 'US'], ['ST', 'WA'], ['O', '#Acme']], [['C', 'US'], ['ST', 'WA'], ['O', 'A"c"me']], [['C', 'US'], ['ST', 'WA'], ['O', 'Ac\\me']],
  [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['OU', 'a'], ['OU', 'b']], [['C', 'US'], ['O', 'Acme']], [['C', 'DE'], ['ST', 'WA'], ['O', 'Acme']], [['C', 'US'], ['ST', 'WA'], ['O', 'Äcme']],
  [['C', 'US'], ['ST', 'WA'], ['O', 'x, O=Acme']], [['CN', 'C=US, ST=WA, O=Acme']], [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['emailAddress', 'a@acme.example']], [['C', 'US'], ['ST', 'WA'], ['O', ' Acme']],
];
const IDENTITIES = [
  '*', ...['O=Acme', 'O=acme', 'O=Acme, CN=release', 'CN=release, O=Acme', 'O=Acme\\ ', 'O=Other', 'O=Acme\\, Inc.', 'O="Acme, Inc."', 'O=Acme\\+x', 'O=\\#Acme', 'O=A\\"c\\"me', 'O=Ac\\\\me', 'O=Acme, OU=a', 'O=Acme, OU=b', 'O=Äcme', 'O=x\\, O\\=Acme', 'O=\\ Acme', 'O=Acme  ', 'O=A\\63me', 'O=Acme, L=Seattle']
    .map((rest) => `x509.subject: C=US, ST=WA, ${rest}`), 'x509.subject: O=Acme, S=WA, C=US', 'x509.subject:ST=WA,C=US,O=Acme', 'x509.subject: C=us, ST=WA, O=Acme',
];

test('whom a trust policy means: of 480 signatures and identities notation-go takes those that are admitted, and no others', async () => {
  const image = makeImage({ seed: 'identities' });
  const holders = NAMES.map((subject) => makeNotary({ now, subject }));
  const pairs = holders.flatMap((holder) => IDENTITIES.map((identity) => ({ holder, identity })));
  const envelopes = new Map(holders.map((holder) => [holder, notarySign({ notary: holder, target: descriptorOf(image), at: now - 3_600_000 })]));
  const policyOf = (identity: string): string => JSON.stringify({
    version: '1.0', trustPolicies: [{ name: 'one', registryScopes: ['ghcr.io/acme/app'], trustStores: ['ca:acme'], trustedIdentities: [identity], signatureVerification: { level: 'strict', override: { revocation: 'skip' } } }],
  });
  const theirs = askOracle(pairs.map(({ holder, identity }) => ({
    mediaType: 'application/jose+json', envelope: (envelopes.get(holder) ?? Buffer.of()).toString('base64'), target: descriptorOf(image),
    roots: [Buffer.from(holder.root.der).toString('base64')], policy: Buffer.from(policyOf(identity)).toString('base64'),
  })));
  let both = 0;
  const [looser, stricter]: [string[], string[]] = [[], []];
  for (const [index, { holder, identity }] of pairs.entries()) {
    const root = JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'acme' }, spec: { notation: { ca: holder.root.pem } } });
    const evidence = [envelopeEvidence('notation-jws', envelopes.get(holder) ?? Buffer.of(), image.manifest)];
    const admitted = (await judgeDocuments({ text: `${root}\n---\n${policyOf(identity)}`, evidence, digest: image.digest, now })).startsWith('admit');
    const taken = theirs[index]?.ok === true;
    // Who has an attribute twice, or an address in his name, is nobody to notation-go; here what he is asked for decides.
    if (theirs[index]?.error?.includes('parsing the certificate subject') === true) continue;
    if (admitted && !taken) looser.push(`${JSON.stringify(holder.chain[0]?.spec.subject)} by ${identity}: ${theirs[index]?.error}`);
    if (taken && !admitted) stricter.push(`${JSON.stringify(holder.chain[0]?.spec.subject)} by ${identity}`);
    if (admitted && taken) both += 1;
  }
  expect([looser, stricter]).toEqual([[], []]);
  expect(both).toBeGreaterThan(40);
});
