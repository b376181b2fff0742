/** The controller raises the record of signed policies in its Secret with the key that it alone holds, and says in the status what is refused. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/platform/config/config.ts';
import { startController } from '../../../src/wiring/controller/index.ts';
import type { RunningController } from '../../../src/wiring/controller/index.ts';
import { ranCommandLine } from '../../support/command-line.ts';
import { until } from '../../support/patience.ts';
import { folder, makeKey, read, signed, signerDocument, written } from '../signed/support.ts';
import { WritableApiServer } from './api-server.ts';
import type { Stored } from './api-server.ts';

const OURS = '/apis/gatehouse.dev/v1alpha1';
const POLICIES = `${OURS}/clusterartifactpolicies`;
const SECRETS = '/api/v1/namespaces/gatehouse-system/secrets';
const NAME = 'gatehouse-policy-record';
const [alice, recordKey] = [makeKey('alice'), makeKey('record')];
const document = (kind: string, name: string, version: number, spec: object): Promise<string> =>
  signed(JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, annotations: { 'gatehouse.dev/version': String(version) } }, spec }), alice);
const release = document('Signer', 'release', 1, { identities: [{ key: { data: alice.publicPem } }] });
const policy = (version: number): Promise<string> =>
  document('ClusterArtifactPolicy', 'acme', version, { artifacts: [{ image: `registry.test/v${version}/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] });
const object = (text: string): Stored => parse(text) as Stored;

let api: WritableApiServer;
const running: RunningController[] = [];
beforeEach(async () => {
  api = await new WritableApiServer().start();
  const file = join(folder, 'record.json');
  const made = await ranCommandLine('policy', 'record', written(await release), written(await policy(1)), '--key', recordKey.file, '-o', file);
  expect(made.code).toBe(0);
  api.put(SECRETS, { kind: 'Secret', type: 'Opaque', metadata: { name: NAME, namespace: 'gatehouse-system' }, data: { 'record.json': Buffer.from(read(file)).toString('base64') } });
  api.put(`${OURS}/signers`, object(await release));
  api.put(POLICIES, object(await policy(1)));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await api.stop();
});

async function control(controller: object): Promise<void> {
  const loaded = loadConfig(undefined, {
    host: '127.0.0.1', opsPort: 0, kubernetes: { kubeconfig: api.kubeconfig() }, log: { level: 'silent' }, policySources: [{ cluster: {} }], controller,
    policySignatures: { signers: [written(signerDocument('alice', alice))], record: { secret: `gatehouse-system/${NAME}`, publicKey: written(recordKey.publicPem) } },
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  running.push(await startController(loaded.config, { anyOpsPort: true, leaseTimes: { duration: 1500, renewWithin: 900, retry: 100 } }));
}
const recorded = (): number | undefined => {
  const data = api.get(SECRETS, NAME)?.['data'] as Record<string, string> | undefined;
  const { payload } = JSON.parse(Buffer.from(data?.['record.json'] ?? '', 'base64').toString()) as { payload: string };
  return (JSON.parse(Buffer.from(payload, 'base64').toString()) as { documents: Record<string, { version: number }> }).documents['ClusterArtifactPolicy/acme']?.version;
};
const ready = (): string => {
  const { conditions = [] } = (api.get(POLICIES, 'acme')?.status ?? {}) as { conditions?: { type: string; reason: string; message: string }[] };
  const { reason = '', message = '' } = conditions.find(({ type }) => type === 'Ready') ?? {};
  return `${reason} ${message}`;
};

test('two of them with its key raise it, each over what the other wrote, and an older version is told in the status', async () => {
  await Promise.all([control({ recordKey: recordKey.file }), control({ recordKey: recordKey.file })]);
  await until(() => ready().startsWith('InForce'));
  for (const version of [2, 3, 7]) {
    api.put(POLICIES, object(await policy(version)));
    await until(() => recorded() === version);
  }
  api.put(POLICIES, object(await policy(3)));
  await until(() => ready().startsWith('LastGoodInForce'));
  expect([ready(), recorded()]).toEqual([expect.stringContaining('older than version 7'), 7]);
});

test('without the key it reads the record as replicas do, and writes nothing', async () => {
  await control({});
  await until(() => ready().startsWith('InForce'));
  api.put(POLICIES, object(await policy(2)));
  await until(async () => JSON.stringify(api.get(POLICIES, 'acme')?.status).includes('"observedGeneration":2'));
  expect([api.wrote('secrets'), recorded()]).toEqual([[], 1]);
});
