import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { createOwnPki, envelopeByHolders } from '../../../world/own-pki.ts';
import type { Holder, HolderOptions } from '../../../world/own-pki.ts';
import { createTrustDomain } from '../../../world/spiffe.ts';
import { makeStatement } from '../../../world/statement.ts';
import type { Subject } from '../../../world/statement.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, DIGEST, doc, NOW } from '../../policy/every-field/world.ts';

/** Steps of a layout in a policy, by whoever has a certificate of an own authority or an SVID: the notion of a signer is that of every requirement. */
const SLSA = 'https://slsa.dev/provenance/v1';
const [pki, stranger] = [createOwnPki(NOW), createOwnPki(NOW)];
const [prod, dev] = [createTrustDomain('prod.example', NOW), createTrustDomain('dev.example', NOW)];
const PACKER = '/ns/ci/sa/packer';

const APP: Subject = { name: 'app', digest: { sha256: '22'.repeat(32) } };
const IMAGE: Subject = { name: 'image', digest: { sha256: DIGEST.slice(7) } };
const SOURCE = { uri: 'git+https://github.com/acme/app', digest: { gitCommit: '1'.repeat(40) } };

function made(by: Holder, chain: readonly Holder[], product: Subject, material: object): UnverifiedEvidence {
  const predicate = { buildDefinition: { buildType: 't', externalParameters: {}, resolvedDependencies: [material] }, runDetails: { builder: { id: 'b' }, metadata: {} } };
  const bytes = envelopeByHolders(makeStatement([product], { predicateType: SLSA, predicate }), [{ by, chain }]);
  return { format: 'dsse', source: 'a file', bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

const compiled = (options: HolderOptions = {}, material: object = SOURCE): UnverifiedEvidence => made(pki.issue(options), [pki.intermediate], APP, material);
const packed = (by: Holder = prod.svid(PACKER), material: object = { ...APP, uri: 'file:app' }): UnverifiedEvidence => made(by, [], IMAGE, material);

async function verdict(evidence: readonly UnverifiedEvidence[], step: object = {}): Promise<string> {
  const layout = { steps: [{ name: 'compile', type: SLSA, by: ['compiler'], ...step }, { name: 'pack', type: SLSA, by: ['packer'] }] };
  const scene = demanding({ layout }, { evidence });
  return (await judge({
    ...scene,
    documents: [
      doc('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem } }),
      doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.example', bundle: prod.bundle() } }),
      doc('Signer', 'compiler', { identities: [{ x509: { trustRoot: 'acme', subject: 'C=DE, O=Acme, CN=release', maxCertificateLifetime: '91d' } }] }),
      doc('Signer', 'packer', { identities: [{ spiffe: { trustRoot: 'prod', id: `spiffe://prod.example${PACKER}`, maxCertificateLifetime: '2d' } }] }),
      ...scene.documents,
    ],
  })).verdict;
}

const [ADMITTED, STEP] = ['admit POLICY_SATISFIED', 'deny POLICY_LAYOUT_STEP'];

describe('a layout whose steps are done by certificates', () => {
  test('is met by the holder and the workload that it names', async () => {
    expect(await verdict([compiled(), packed()])).toBe(ADMITTED);
    expect(await verdict([packed(), compiled({ key: pki.issue().key })])).toBe(ADMITTED);
  });

  test.each<[string, () => readonly UnverifiedEvidence[]]>([
    ['one step is missing', () => [packed()]],
    ['the other step is missing', () => [compiled()]],
    ['the holder has another name', () => [compiled({ subject: [['C', 'DE'], ['O', 'Acme'], ['CN', 'intern']] }), packed()]],
    ['the holder is of a look-alike authority', () => [made(pki.issue({ issuer: stranger.intermediate }), [stranger.intermediate], APP, SOURCE), packed()]],
    ['its issuer did not come along', () => [made(pki.issue(), [], APP, SOURCE), packed()]],
    ['the certificate is for servers', () => [compiled({ usages: ['serverAuth'] }), packed()]],
    ['the certificate lives too long', () => [compiled({ notAfter: NOW + 91 * DAY }), packed()]],
    ['the certificate is over', () => [compiled({ notBefore: NOW - 2 * DAY, notAfter: NOW - DAY }), packed()]],
    ['the workload has another path', () => [compiled(), packed(prod.svid('/ns/ci/sa/other'))]],
    ['the workload is of another domain', () => [compiled(), packed(dev.svid(PACKER))]],
    ['the SVID lives too long', () => [compiled(), packed(prod.svid(PACKER, { notAfter: NOW + 2 * DAY }))]],
    ['the SVID names two workloads', () => [compiled(), packed(prod.svid(PACKER, { names: [{ type: 'uri', value: `spiffe://prod.example${PACKER}` }, { type: 'uri', value: 'spiffe://prod.example/x' }] }))]],
    ['holder and workload have changed places', () => [made(prod.svid(PACKER), [], APP, SOURCE), made(pki.issue(), [pki.intermediate], IMAGE, { ...APP, uri: 'file:app' })]],
    ['something else was packed', () => [compiled(), packed(prod.svid(PACKER), { uri: 'file:app', digest: { sha256: '33'.repeat(32) } })]],
  ])('is not met where %s', async (_, make) => {
    expect(await verdict(make())).toBe(STEP);
  });

  test('that wants two of them is met by two holders, not by one with two certificates', async () => {
    const two = { by: ['compiler', 'tester'], threshold: 2 };
    const tester = doc('Signer', 'tester', { identities: [{ x509: { trustRoot: 'acme', subject: 'O=Acme, CN=tests' } }] });
    const judged = async (evidence: readonly UnverifiedEvidence[]): Promise<string> => {
      const scene = demanding({ layout: { steps: [{ name: 'compile', type: SLSA, ...two }] } }, { evidence });
      return (await judge({
        ...scene,
        documents: [
          doc('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem } }), tester,
          doc('Signer', 'compiler', { identities: [{ x509: { trustRoot: 'acme', subject: 'C=DE, O=Acme, CN=release' } }] }), ...scene.documents,
        ],
      })).verdict;
    };
    const of = (options: HolderOptions): UnverifiedEvidence => made(pki.issue(options), [pki.intermediate], IMAGE, SOURCE);
    const TESTS: HolderOptions = { subject: [['O', 'Acme'], ['CN', 'tests']] };
    const { key } = pki.issue();
    expect(await judged([of({}), of(TESTS)])).toBe(ADMITTED);
    expect(await judged([of({})])).toMatch(/^deny POLICY_/);
    expect(await judged([of({ key }), of({ ...TESTS, key })])).toMatch(/^deny POLICY_/);
    expect(await judged([of({}), of({})])).toMatch(/^deny POLICY_/);
  });
});
