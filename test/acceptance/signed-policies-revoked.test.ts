/** A server whose policies are signed by certificates asks their authority: before the first of them is in force, and from then on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { policyText, signedByCertificate, signerDocument, makeKey, written } from '../unit/signed/support.ts';
import { startAuthority } from '../world/authority.ts';
import type { FakeAuthority } from '../world/authority.ts';
import { createOwnPki } from '../world/own-pki.ts';
import { makeList, points } from '../world/revocation.ts';

const NOW = Math.floor(Date.now() / 1000) * 1000;
const HOUR = 3_600_000;
const pki = createOwnPki(NOW);
const SERIAL = Buffer.from('4711', 'hex');
const said = { revoked: false };
const servers: TestServer[] = [];
const cacheDir = mkdtempSync(join(tmpdir(), 'gatehouse-signed-lists-'));
let authority: FakeAuthority;
let url = '';

beforeAll(async () => {
  authority = await startAuthority(() =>
    makeList(pki.intermediate, { thisUpdate: NOW - HOUR, revoked: [{ serial: said.revoked ? SERIAL : 1, at: NOW - HOUR }] }));
  url = `${authority.url}/signing.crl`;
});
afterEach(async () => { for (const server of servers.splice(0)) await server.close(); });
afterAll(() => {
  authority.close();
  rmSync(cacheDir, { recursive: true, force: true });
});

async function start(config: object = {}): Promise<TestServer> {
  const doc = (kind: string, name: string, spec: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
  const signers = written([
    doc('TrustRoot', 'own', { x509: { certificates: pki.root.certificate.pem, revocation: { mode: 'hard', crls: [url] } } }),
    doc('Signer', 'security', { identities: [{ x509: { subjectIncludes: 'O=Acme', trustRoot: 'own' } }], mayCertify: [{ policy: '**' }] }),
  ].join('\n---\n'));
  const holder = pki.issue({ serial: SERIAL, extensions: [points([url])] });
  const [policy, release] = await Promise.all([policyText(), `${signerDocument('release', makeKey('release'), {}).replace('"metadata":{', '"metadata":{"annotations":{"gatehouse.dev/version":"1"},')}\n`]
    .map((text) => signedByCertificate(text, holder, [pki.intermediate])));
  const server = await startTestServer({ 'p.yaml': `${policy ?? ''}\n---\n${release ?? ''}` }, { plainHttp: ['127.0.0.1'], policySignatures: { signers: [signers] }, ...config });
  servers.push(server);
  return server;
}
const isReady = async (server: TestServer): Promise<boolean> => (await server.ops('/readyz')).status === 200;

test('policies come into force once their authority has said that their signer is not revoked, and after a restart at once', async () => {
  said.revoked = false;
  const server = await start({ trust: { cacheDir } });
  await until(() => isReady(server));
  await servers.pop()?.close();
  authority.isDown = true;
  expect(await isReady(await start())).toBe(false);
  const again = await start({ trust: { cacheDir } });
  await until(() => isReady(again));
});

test('those of a revoked signer never do', async () => {
  said.revoked = true;
  Object.assign(authority, { isDown: false, asked: 0 });
  const server = await start();
  await until(() => server.log.some((line) => JSON.stringify(line).includes('POLICY_REVOKED')));
  expect([await isReady(server), authority.asked > 0]).toEqual([false, true]);
});
