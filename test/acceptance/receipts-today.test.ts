// A receipt is shown when policies have changed since: what today's say of the artifact counts, and nothing is asked of an unchanged one.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { AskingPod, GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-today-'));
let gate: GateServer;
let pod: AskingPod;
beforeAll(async () => {
  writeFileSync(join(folder, 'key-1.pem'), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  gate = await startGate({ policies: () => ({}), namespaces: { ci: {} }, config: { gate: { receipts: { keys: folder } } } });
  pod = gate.pod();
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

const artifact = () => ({ kind: 'image', uri: gate.good });
const check = async (receipt: string): Promise<Record<string, unknown>> => JSON.parse((await gate.call(pod, 'POST', '/v1/verify-receipt', { receipt, artifact: artifact() })).text) as Record<string, unknown>;

/** Lays a further policy beside the others, and waits until it is in force. */
async function alsoRequire(name: string, require: unknown): Promise<void> {
  const spec = { artifacts: [{ image: `${gate.registry.host}/acme/**` }], require: [require] };
  writeFileSync(join(gate.server.policyFolder, `${name}.yaml`), JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name }, spec }));
  const loaded = () => gate.server.log.filter(({ msg }) => msg === 'policies loaded').length;
  const before = loaded();
  await until(() => Promise.resolve(loaded() > before));
}

test('receipts: judged anew when policies have changed since, and only then', async () => {
  const { receipt = '' } = await gate.admit(pod, { artifacts: [artifact()] });
  expect(await check(receipt)).toMatchObject({ valid: true });

  await alsoRequire('again', { name: 'signed again', signature: { by: ['alice'] } });
  expect(await check(receipt), 'another policy, which is satisfied too').toMatchObject({ valid: true });

  await alsoRequire('scanned', { name: 'scanned', attestation: { type: 'vuln', by: ['alice'] } });
  const today = await check(receipt);
  expect(today, JSON.stringify(today)).toMatchObject({ valid: false, verdict: 'violated', code: 'POLICY_TYPE_MISSING' });
});
