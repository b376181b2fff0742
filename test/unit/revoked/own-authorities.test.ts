import { describe, expect, test } from 'vitest';
import { layerEvidence } from '../../world/domain.ts';
import { createOwnPki, signedByHolder } from '../../world/own-pki.ts';
import type { HolderOptions } from '../../world/own-pki.ts';
import { judge } from '../policy/every-field/judge.ts';
import { demanding } from '../policy/every-field/row.ts';
import { DIGEST, doc, NOW } from '../policy/every-field/world.ts';

/** What revokes a certificate of one's own authority and a workload: every credential on its path by key and fingerprint, its own by serial number and name. */
const pki = createOwnPki(NOW);
const ID = 'spiffe://acme.example/ns/ci/sa/build';
const HOLDER: HolderOptions = { names: [{ type: 'uri', value: 'https://acme.example/release' }] };
const WORKLOAD: HolderOptions = { subject: [['O', 'SPIRE']], names: [{ type: 'uri', value: ID }], usages: [] };
const [release, build] = [pki.issue(HOLDER), pki.issue(WORKLOAD)];
const serialOf = ({ certificate }: typeof release): string => Buffer.from(certificate.spec.serial).toString('hex');

async function verdict(kind: 'x509' | 'spiffe', revocation: object): Promise<string> {
  const evidence = layerEvidence(signedByHolder(DIGEST, kind === 'x509' ? release : build, [pki.intermediate]));
  const scene = demanding({ signature: { by: ['tested'] } }, { evidence: [evidence] });
  const identity = kind === 'x509' ? { trustRoot: 'acme', subject: 'C=DE, O=Acme, CN=release' } : { trustRoot: 'acme', id: ID };
  const certificates = pki.root.certificate.pem;
  const documents = [
    doc('Signer', 'tested', { identities: [{ [kind]: identity }] }), ...scene.documents,
    doc('TrustRoot', 'acme', { [kind]: { certificates, ...(kind === 'spiffe' ? { trustDomain: 'acme.example' } : {}) } }),
    doc('TrustRoot', 'other', { x509: { certificates } }),
    doc('RevocationList', 'incidents', { revocations: [{ ...revocation, reason: 'stolen' }] }),
  ];
  return (await judge({ ...scene, documents })).verdict;
}

const [FALLS, STANDS] = ['deny POLICY_REVOKED', 'admit POLICY_SATISFIED'];
const other = pki.issue();

describe.each([['x509', release], ['spiffe', build]] as const)('a certificate of kind %s', (kind, holder) => {
  test.each<[string, object, string]>([
    ['its key', { key: holder.key.keyId }, FALLS],
    ['another key', { key: other.key.keyId }, STANDS],
    ['the key of the authority that issued it', { key: pki.intermediate.key.keyId }, FALLS],
    ['the key of the anchor', { key: pki.root.key.keyId }, FALLS],
    ['its fingerprint', { certificate: { fingerprint: holder.certificate.fingerprint } }, FALLS],
    ['the fingerprint of the authority', { certificate: { fingerprint: pki.intermediate.certificate.fingerprint } }, FALLS],
    ['another fingerprint', { certificate: { fingerprint: other.certificate.fingerprint } }, STANDS],
    ['its serial number', { certificate: { serial: serialOf(holder) } }, FALLS],
    ['its serial number under its root', { certificate: { serial: serialOf(holder), trustRoot: 'acme' } }, FALLS],
    ['its serial number under another root', { certificate: { serial: serialOf(holder), trustRoot: 'other' } }, STANDS],
    ['the serial number of the authority, which leaves have too', { certificate: { serial: serialOf(pki.intermediate) } }, STANDS],
  ])('is revoked by %s', async (_, revocation, expected) => {
    expect(await verdict(kind, revocation)).toBe(expected);
  });
});

describe('an identity', () => {
  const issuer = 'O=Acme, CN=signing';
  test.each<[string, object, string]>([
    ['both names', { issuer, subject: 'C=DE, O=Acme, CN=release' }, FALLS],
    ['both from the other end', { issuer: 'CN=signing,O=Acme', subject: 'CN=release,O=Acme,C=DE' }, FALLS],
    ['in another notation', { issuer: 'O="Acme", CN=sign\\69ng', subject: 'c=DE,o=Acme+cn=release' }, FALLS],
    ['an alternative name', { issuer, subject: 'https://acme.example/release' }, FALLS],
    ['a pattern', { issuer, subjectGlob: '**CN=release' }, FALLS],
    ['a pattern from the other end', { issuer, subjectGlob: 'CN=release,**' }, FALLS],
    ['an expression', { issuerRegExp: '.*CN=signing.*', subjectRegExp: '.*release.*' }, FALLS],
    ['whatever its issuer', { issuerRegExp: '.*', subject: 'C=DE, O=Acme, CN=release' }, FALLS],
    ['another issuer', { issuer: 'O=Acme, CN=root', subject: 'C=DE, O=Acme, CN=release' }, STANDS],
    ['another holder', { issuer, subject: 'C=DE, O=Acme, CN=build' }, STANDS],
    ['a part of the name', { issuer, subject: 'CN=release' }, STANDS],
  ])('of a certificate by %s', async (_, identity, expected) => {
    expect(await verdict('x509', { identity })).toBe(expected);
  });

  test.each<[string, object, string]>([
    ['its ID', { issuer: 'spiffe://acme.example', subject: ID }, FALLS],
    ['a pattern', { issuer: 'spiffe://acme.example', subjectGlob: 'spiffe://acme.example/ns/ci/**' }, FALLS],
    ['another domain', { issuer: 'spiffe://other.example', subject: ID }, STANDS],
    ['another ID', { issuer: 'spiffe://acme.example', subject: `${ID}er` }, STANDS],
  ])('of a workload by %s', async (_, identity, expected) => {
    expect(await verdict('spiffe', { identity })).toBe(expected);
  });
});
