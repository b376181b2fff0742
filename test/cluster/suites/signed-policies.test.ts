/** The record of signed policies in a Secret: written by the one process that holds its key and may, read by the others, and missed when it is gone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ranCommandLine } from '../../support/command-line.ts';
import { until } from '../../support/patience.ts';
import { makeKey, policyText, signed, signerDocument, written } from '../../unit/signed/support.ts';
import type { Key } from '../../unit/signed/support.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { shippedIdentity, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { dataFolder } from '../processes.ts';

const OWN = 'gatehouse-system';
const [alice, recordKey]: [Key, Key] = [makeKey('alice'), makeKey('record')];
const NAME = 'ClusterArtifactPolicy/acme-images';
let cluster: ControlPlane;
let identity: string;
const servers: Gatehouse[] = [];
const texts: string[] = [];

beforeAll(async () => {
  cluster = await startControlPlane();
  identity = await shippedIdentity(cluster);
  const release = JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'release', annotations: { 'gatehouse.dev/version': '1' } }, spec: { identities: [{ key: { data: alice.publicPem } }] } });
  for (const version of [1, 2, 3]) texts.push(await signed(`${release}\n---\n${policyText('acme-images', version, `ghcr.io/acme/v${version}`)}`, alice));
  await may(['get', 'update']);
  await putRecord(texts[0] ?? '');
}, 300_000);
afterAll(async () => {
  for (const server of servers) await server.stop();
  await cluster?.stop();
});

const may = (verbs: string[]): Promise<string> => cluster.must(['apply', '-f', '-'], {
  apiVersion: 'v1', kind: 'List', items: [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'policy-record', namespace: OWN }, rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['policy-record'], verbs }] },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'policy-record', namespace: OWN }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'policy-record' }, subjects: [{ kind: 'ServiceAccount', name: 'gatehouse', namespace: OWN }] },
  ],
});

/** The record that an administrator makes of these documents, put into the Secret. */
async function putRecord(text: string): Promise<void> {
  const file = join(dataFolder('record'), 'record.json');
  const made = await ranCommandLine('policy', 'record', written(text), '--key', recordKey.file, '-o', file);
  expect([made.code, made.stderr]).toEqual([0, expect.stringContaining(NAME)]);
  await cluster.must(['-n', OWN, 'create', 'secret', 'generic', 'policy-record', `--from-file=${file}`]);
}

async function versionInSecret(): Promise<number | undefined> {
  const data = await cluster.must(['-n', OWN, 'get', 'secret', 'policy-record', '-o', 'jsonpath={.data.record\\.json}']);
  const { payload } = JSON.parse(Buffer.from(data, 'base64').toString()) as { payload: string };
  const { documents } = JSON.parse(Buffer.from(payload, 'base64').toString()) as { documents: Record<string, { version: number }> };
  return documents[NAME]?.version;
}

async function start(text: string, key: { key: string } | { publicKey: string }, unready = false): Promise<Gatehouse> {
  const signers = join(dataFolder('signers'), 'signers.yaml');
  writeFileSync(signers, signerDocument('alice', alice));
  const server = await startGatehouse({
    config: { kubernetes: { kubeconfig: identity }, policySignatures: { signers: [signers], record: { secret: `${OWN}/policy-record`, ...key } } },
    policies: { 'p.yaml': text }, ...(unready ? { unready: true } as const : {}),
  });
  servers.push(server);
  return server;
}
const metric = async (server: Gatehouse, name: string): Promise<number> => {
  const text = await (await fetch(`${server.opsUrl}/metrics`)).text();
  return Number(new RegExp(`^gatehouse_${name.replaceAll(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? -1);
};
const isReady = async (server: Gatehouse): Promise<boolean> => (await fetch(`${server.opsUrl}/readyz`)).status === 200;

let writer: Gatehouse;

test('who holds the key and may raises the record in the Secret when a higher version is in force', async () => {
  writer = await start(texts[0] ?? '', { key: recordKey.file });
  expect(await versionInSecret()).toBe(1);
  writer.setPolicies({ 'p.yaml': texts[1] ?? '' });
  await until(async () => (await versionInSecret()) === 2);
});

test('a replica that only reads it refuses what is older from its start on', async () => {
  const replica = await start(texts[0] ?? '', { publicKey: written(recordKey.publicPem) }, true);
  await until(async () => (await metric(replica, 'policy_signature_refusals_total{because="older"}')) === 1);
  expect([await isReady(replica), await metric(replica, 'policy_record_lost')]).toEqual([false, 0]);
  replica.setPolicies({ 'p.yaml': texts[1] ?? '' });
  await until(() => isReady(replica));
});

test('without the right to update, what is in force stays in force, and the record is written when the right is there', async () => {
  await may(['get']);
  writer.setPolicies({ 'p.yaml': texts[2] ?? '' });
  await until(() => readFileSync(writer.program.log, 'utf8').includes('cannot be written'));
  expect([await isReady(writer), await versionInSecret()]).toEqual([true, 2]);
  await may(['get', 'update']);
  await until(async () => (await versionInSecret()) === 3);
});

test('a Secret that is deleted is missed, and made anew by an administrator alone', async () => {
  await cluster.must(['-n', OWN, 'delete', 'secret', 'policy-record']);
  await until(async () => (await metric(writer, 'policy_record_lost')) === 1);
  const replica = await start(texts[2] ?? '', { publicKey: written(recordKey.publicPem) }, true);
  await until(async () => (await metric(replica, 'policy_signature_refusals_total{because="recordLost"}')) === 2);
  expect([await isReady(writer), await isReady(replica)]).toEqual([true, false]);
  expect((await cluster.must(['-n', OWN, 'get', 'secret', 'policy-record', '--ignore-not-found', '-o', 'name'])).trim()).toBe('');
  await putRecord(texts[2] ?? '');
  await until(() => isReady(replica));
  await until(async () => (await metric(writer, 'policy_record_lost')) === 0);
});
