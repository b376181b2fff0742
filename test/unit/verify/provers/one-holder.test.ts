import { expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { layerEvidence } from '../../../world/domain.ts';
import type { GeneralName } from '../../../world/extensions.ts';
import { createOwnPki, signedByHolder } from '../../../world/own-pki.ts';
import type { HolderOptions } from '../../../world/own-pki.ts';
import { createTrustDomain } from '../../../world/spiffe.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DIGEST, doc, MINUTE, NOW, signs, world } from '../../policy/every-field/world.ts';
import type { Doc } from '../../policy/every-field/world.ts';

/** Whoever has several certificates, with keys of their own, is one person under whichever roots they are proven. */
const pki = createOwnPki(NOW);
const other = createOwnPki(NOW, 'Other');
const prod = createTrustDomain('prod.example', NOW);
const ISSUER = 'https://accounts.google.com';
const PATH = '/ns/chains/sa/controller';
const x509 = (fields: object): object => ({ x509: { eku: ['any'], ...fields } });
const pem = (chain: readonly { readonly pem: string }[]): string => chain.map((one) => one.pem).join('');
const ROOTS = [
  doc('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem } }),
  doc('TrustRoot', 'other', { x509: { certificates: other.root.certificate.pem } }),
  doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.example', bundle: prod.bundle() } }),
  doc('TrustRoot', 'spire', { x509: { certificates: prod.root.certificate.pem } }),
  doc('TrustRoot', 'fulcio', { x509: { certificates: pem(world.ca.chain) } }),
];
const [ONE, TWO] = ['deny POLICY_THRESHOLD', 'admit POLICY_SATISFIED'];

async function verdict(identities: readonly object[], evidence: readonly UnverifiedEvidence[], more: readonly Doc[] = []): Promise<string> {
  const names = identities.map((_, index) => `signer-${index}`);
  const scene = demanding({ signature: { by: names, threshold: identities.length } }, { evidence });
  const signers = identities.map((identity, index) => doc('Signer', `signer-${index}`, { identities: [identity] }));
  return (await judge({ ...scene, documents: [...signers, ...scene.documents, ...ROOTS, ...more] })).verdict;
}

test.each([[PATH, ONE], [`${PATH}2`, TWO]])('a workload as such, and by the URI of an SVID of %s: %s', async (second, expected) => {
  const identities = [{ spiffe: { trustRoot: 'prod', id: `spiffe://prod.example${PATH}` } }, x509({ trustRoot: 'spire', san: `spiffe://prod.example${second}` })];
  expect(await verdict(identities, [layerEvidence(prod.signed(DIGEST, PATH)), layerEvidence(prod.signed(DIGEST, second))])).toBe(expected);
});

test.each([['alice@acme.example', ONE], ['bob@acme.example', TWO]])('keyless, and %s under the same authority as one\'s own: %s', async (second, expected) => {
  const keyless = (san: string): UnverifiedEvidence => signs({ by: { san, issuer: ISSUER, claims: {} }, at: NOW - MINUTE });
  const identities = [{ keyless: { trustRoot: 'world', issuer: ISSUER, subject: 'alice@acme.example' } }, x509({ trustRoot: 'fulcio', san: second })];
  expect(await verdict(identities, [keyless('alice@acme.example'), keyless(second)])).toBe(expected);
});

const mail = (value: string): HolderOptions => ({ names: [{ type: 'email', value }] });
const uri = (value: string): GeneralName => ({ type: 'uri', value });
const alice: HolderOptions = { subject: [['O', 'Acme'], ['CN', 'alice']] };

test.each<[string, HolderOptions, object, HolderOptions, object, string]>([
  ['whole name and mail address, address alone', { ...alice, ...mail('a@acme.example') }, { subject: 'O=Acme, CN=alice' }, { subject: [], ...mail('a@acme.example') }, { san: 'a@acme.example' }, ONE],
  ['whole name and mail address, another address', { ...alice, ...mail('a@acme.example') }, { subject: 'O=Acme, CN=alice' }, { subject: [], ...mail('b@acme.example') }, { san: 'b@acme.example' }, TWO],
  ['an address in two spellings', { ...alice, ...mail('a@Acme.example') }, { subject: 'O=Acme, CN=alice' }, { subject: [], ...mail('A@acme.example') }, { san: 'A@acme.example' }, ONE],
  ['an address as attribute and as alternative name', { subject: [['CN', 'alice'], ['emailAddress', 'a@acme.example']] }, { subjectIncludes: 'CN=alice' }, { subject: [['CN', 'a. smith']], ...mail('a@acme.example') }, { subject: 'CN=a. smith' }, ONE],
  ['a URI beside another', { subject: [], names: [uri('https://acme.example/a'), uri('https://acme.example/b')] }, { san: 'https://acme.example/a' }, { subject: [], names: [uri('https://acme.example/b')] }, { san: 'https://acme.example/b' }, ONE],
  ['a host that two sign on', { ...alice, names: [{ type: 'dns', value: 'build.acme.example' }] }, { subject: 'O=Acme, CN=alice' }, { subject: [['CN', 'bob']], names: [{ type: 'dns', value: 'build.acme.example' }] }, { subject: 'CN=bob' }, TWO],
])('%s', async (_, first, firstIs, second, secondIs, expected) => {
  const evidence = [layerEvidence(signedByHolder(DIGEST, pki.issue(first), [pki.intermediate])), layerEvidence(signedByHolder(DIGEST, other.issue(second), [other.intermediate]))];
  expect(await verdict([x509({ trustRoot: 'acme', ...firstIs }), x509({ trustRoot: 'other', ...secondIs })], evidence)).toBe(expected);
});

test('a third certificate that shares a name with each of two makes no one of them', async () => {
  const holders = [{ ...alice, ...mail('a@acme.example') }, { subject: [['CN', 'bob']], ...mail('b@acme.example') }, { subject: [], names: [...mail('a@acme.example').names ?? [], ...mail('b@acme.example').names ?? []] }] as const;
  const evidence = holders.map((one) => layerEvidence(signedByHolder(DIGEST, pki.issue(one), [pki.intermediate])));
  const identities = ['a', 'b'].map((name) => x509({ trustRoot: 'acme', san: `${name}@acme.example` }));
  expect(await verdict(identities, evidence)).toBe(TWO);
  expect(await verdict(identities, evidence.slice(1))).toBe(ONE);
});

const san = (trustRoot: string, value: string): object => x509({ trustRoot, san: value });
const WORKLOAD = `spiffe://prod.example${PATH}`;

test.each<[string, object, () => UnverifiedEvidence, object, string]>([
  ['keyless', san('fulcio', 'alice@acme.example'), () => keylessOf('alice@acme.example'), { issuer: ISSUER, subject: 'alice@acme.example' }, 'deny POLICY_REVOKED'],
  ['keyless, by another issuer', san('fulcio', 'alice@acme.example'), () => keylessOf('alice@acme.example'), { issuer: 'https://login.acme.example', subject: 'alice@acme.example' }, TWO],
  ['keyless, of another name', san('fulcio', 'alice@acme.example'), () => keylessOf('alice@acme.example'), { issuer: ISSUER, subject: 'bob@acme.example' }, TWO],
  ['as a workload', san('spire', WORKLOAD), () => layerEvidence(prod.signed(DIGEST, PATH)), { issuer: 'spiffe://prod.example', subject: WORKLOAD }, 'deny POLICY_REVOKED'],
  ['as all workloads of its domain', san('spire', WORKLOAD), () => layerEvidence(prod.signed(DIGEST, PATH)), { issuer: 'spiffe://prod.example', subjectGlob: '**' }, 'deny POLICY_REVOKED'],
  ['as a workload of another domain', san('spire', WORKLOAD), () => layerEvidence(prod.signed(DIGEST, PATH)), { issuer: 'spiffe://dev.example', subject: WORKLOAD }, TWO],
  ['by the name of its authority', san('spire', WORKLOAD), () => layerEvidence(prod.signed(DIGEST, PATH)), { issuer: 'O=SPIRE, CN=root', subject: 'O=SPIRE' }, 'deny POLICY_REVOKED'],
])('who is revoked %s is so under a root of one\'s own authorities', async (_, identity, evidence, revoked, expected) => {
  const lists = [doc('RevocationList', 'incidents', { revocations: [{ identity: revoked, reason: 'left' }] })];
  expect(await verdict([identity], [evidence()], lists)).toBe(expected);
});

function keylessOf(name: string): UnverifiedEvidence {
  return signs({ by: { san: name, issuer: ISSUER, claims: {} }, at: NOW - MINUTE });
}

test.each<[string, HolderOptions, object, object, string]>([
  ['a host in capitals', { names: [{ type: 'dns', value: 'Build.Acme.Example' }] }, { sanGlob: '*.Acme.Example' }, { subject: 'build.acme.example' }, 'deny POLICY_REVOKED'],
  ['a mail address in capitals', mail('Alice@acme.example'), { sanGlob: '*@acme.example' }, { subject: 'alice@acme.example' }, 'deny POLICY_REVOKED'],
  ['a mail address that is revoked in capitals', mail('alice@acme.example'), { sanGlob: '*@acme.example' }, { subject: 'Alice@Acme.example' }, 'deny POLICY_REVOKED'],
  ['a mail address by a pattern', mail('Alice@acme.example'), { sanGlob: '*@acme.example' }, { subjectGlob: 'al*@acme.example' }, 'deny POLICY_REVOKED'],
  ['a whole name in capitals', { subject: [['O', 'ACME'], ['CN', 'Alice']] }, { subjectGlob: 'O=*, CN=*' }, { subject: 'CN=alice, O=Acme' }, 'deny POLICY_REVOKED'],
  ['another mail address', mail('alicE2@acme.example'), { sanGlob: '*@acme.example' }, { subject: 'alice@acme.example' }, TWO],
  ['a path in capitals, which is another one', { names: [uri('https://acme.example/Alice')] }, { sanGlob: 'https://acme.example/*' }, { subject: 'https://acme.example/alice' }, TWO],
])('who is revoked is so in whatever spelling his authority lets him have: %s', async (_, holder, fields, revoked, expected) => {
  const lists = [doc('RevocationList', 'incidents', { revocations: [{ identity: { issuerRegExp: '.*', ...revoked }, reason: 'left' }] })];
  expect(await verdict([x509({ trustRoot: 'acme', ...fields })], [layerEvidence(signedByHolder(DIGEST, pki.issue(holder), [pki.intermediate]))], lists)).toBe(expected);
});
