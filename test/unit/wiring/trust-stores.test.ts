import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { importFiles } from '../../../src/wiring/local/import.ts';
import { storesAt } from '../../../src/wiring/local/policy/trust-stores.ts';
import { makeNotary } from '../../world/notation.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-stores-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [one, two] = [makeNotary({ now: Date.UTC(2026, 5, 1) }).root, makeNotary({ now: Date.UTC(2026, 5, 1) }).root];
const store = join(folder, 'truststore', 'x509', 'ca', 'acme');
mkdirSync(store, { recursive: true });
writeFileSync(join(store, 'one.crt'), one.pem);
writeFileSync(join(store, 'two.der'), two.der);
writeFileSync(join(store, 'README'), 'no certificate');
symlinkSync(join(store, 'one.crt'), join(store, 'link.crt'));
const policy = join(folder, 'trustpolicy.json');
writeFileSync(policy, JSON.stringify({ version: '1.0', trustPolicies: [{
  name: 'acme', registryScopes: ['ghcr.io/acme/app'], signatureVerification: { level: 'strict', override: { revocation: 'skip' } }, trustStores: ['ca:acme'], trustedIdentities: ['*'],
}] }));
const noInput = (): Promise<Uint8Array> => Promise.reject(new Error('nothing is read'));

test('stores are read as Notation keeps them, PEM and DER, without links and other files', async () => {
  const stores = await storesAt(join(folder, 'truststore'));
  expect(stores.map(([name]) => name)).toEqual(['ca:acme', 'ca:acme']);
  expect(stores.map(([, pem]) => pem.replace(/\s/g, ''))).toEqual([one, two].map(({ pem }) => pem.replace(/\s/g, '')));
  expect(await storesAt(join(store, 'one.crt'))).toHaveLength(1);
  expect(await storesAt(policy)).toEqual([]);
});

test('a trust policy and its stores become documents; without the stores the door is shut', async () => {
  for (const paths of [[policy, join(folder, 'truststore')], [policy, join(store, 'one.crt'), join(store, 'two.der')], [folder]]) {
    const { documents, remarks } = await importFiles(paths, noInput);
    expect(remarks).toEqual([]);
    expect(documents.map(({ kind }) => kind)).toEqual(['Signer', 'TrustRoot', 'ClusterArtifactPolicy']);
    expect(documents[1]?.text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  }
  const shut = await importFiles([policy], noInput);
  expect(shut.remarks.map(({ level, what }) => `${level} ${what}`)).toEqual(['unsaid signatures of Notation by ca:acme']);
  expect(shut.documents.map(({ name }) => name)).toContain('nobody');
});
