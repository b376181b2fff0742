import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../../src/pki/certificate.ts';
import { readList } from '../../../../src/pki/revocation/crl.ts';
import { deltaPoints, revocationPoints } from '../../../../src/pki/revocation/points.ts';
import { hasSharedData, sharedData } from '../../../support/shared.ts';
import { feedScene } from '../../feeds/certificates/support.ts';

/** Every list and certificate that the Notary Project tests revocation with, and what it comes to here. */
const NOW = Date.UTC(2026, 5, 1);
const CORE = sharedData('notation/notation-core-go/revocation/crl/testdata');
const E2E = sharedData('notation-e2e/config/crl');
const EJBCA = 'http://localhost:80/ejbca/publicweb/webdist/certdist?cmd=';
const ISSUER = '&issuer=UID%3Dc-0nwwozqvawvao3ech%2CCN%3DManagementCA%2CO%3DEJBCA+Container+Quickstart';

const read = (path: string): Buffer => readFileSync(path);
function list(path: string) {
  for (const steps = readList(read(path)); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
const chain = (path: string) => [...read(path).toString().matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)]
  .map(([, base64 = '']) => parseCertificate(Buffer.from(base64, 'base64')));

describe.skipIf(!hasSharedData)('the data of notation-core-go', () => {
  /** Lists that certificates name, and deltas; two points that name the same are one. */
  const POINTS: Readonly<Record<string, { readonly lists: readonly string[]; readonly deltas: readonly string[] }>> = {
    'certificateWith2DeltaCRL.cer': { lists: [`${EJBCA}crl${ISSUER}`], deltas: [`${EJBCA}deltacrl${ISSUER}`] },
    'certificateWithDeltaCRL.cer': { lists: [`${EJBCA}crl${ISSUER}`], deltas: [`${EJBCA}deltacrl${ISSUER}`] },
    'certificateWithIncompleteFreshestCRL.cer': { lists: [], deltas: [] },
    'certificateWithIncompleteFreshestCRL2.cer': { lists: [], deltas: [] },
    'certificateWithNonURIDeltaCRL.cer': { lists: [], deltas: [] },
    'certificateWithZeroDeltaCRLURL.cer': { lists: [`${EJBCA}crl${ISSUER}`], deltas: [] },
  };

  test('is all in the table', () => {
    expect(readdirSync(CORE).sort()).toEqual([...Object.keys(POINTS), 'crlWithMultipleFreshestCRLs.crl', 'delta.crl'].sort());
    expect(readdirSync(E2E).filter((name) => name.endsWith('.crl')).sort()).toEqual(Object.keys(LISTS).sort());
  });

  test.each(Object.entries(POINTS))('%s names its points', (name, points) => {
    expect(chain(`${CORE}/${name}`).map(revocationPoints)).toEqual([points]);
  });

  test('lists', () => {
    const base = list(`${CORE}/crlWithMultipleFreshestCRLs.crl`);
    expect(base).toMatchObject({ number: 5n, entries: 0 });
    expect(base.freshest === undefined ? [] : deltaPoints(base.freshest)).toEqual([`${EJBCA}deltacrl${ISSUER}`]);
    expect(list(`${CORE}/delta.crl`)).toMatchObject({ number: 5n, deltaOf: 4n, entries: 0 });
  });

  /** Where each list is hung, and what then comes of the leaf and of the authority above it. */
  const LISTS: Readonly<Record<string, readonly ['leaf' | 'intermediate', string, string]>> = {
    'leaf.crl': ['leaf', 'good', 'unknown'],
    'leaf_revoked.crl': ['leaf', 'revoked', 'unknown'],
    'leaf_expired.crl': ['leaf', 'unknown', 'unknown'],
    'intermediate.crl': ['intermediate', 'unknown', 'good'],
    'intermediate_revoked.crl': ['intermediate', 'unknown', 'revoked'],
  };

  test.each(Object.entries(LISTS))('%s', async (name, [at, leaf, intermediate]) => {
    const { feed, published, pass } = feedScene(NOW);
    published.set(`http://localhost:10086/${at}.crl`, read(`${E2E}/${name}`));
    const path = chain(`${E2E}/certchain_with_crl.pem`);
    const leads = path.slice(0, 2).map((certificate, index) => ({
      issuer: Buffer.from(path[index + 1]?.der ?? []).toString('base64'), number: Buffer.from(certificate.serial).toString('hex'),
      ...revocationPoints(certificate),
    }));
    for (const lead of leads) feed.of(lead, []);
    await pass(0);
    expect(leads.map((lead) => feed.of(lead, []).state)).toEqual([leaf, intermediate]);
    feed.close();
  });
});
