// Receipts signed by an identity: by the sigstore package, against a certificate authority and a log over HTTP, never on the way of an answer.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { AskingPod, GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import { identityToken, startSigstoreServices } from '../world/sigstore-services.ts';
import type { SigstoreServices } from '../world/sigstore-services.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keyless-'));
const OURS = { issuer: 'https://issuer.example', subject: 'https://cluster.example/ns/gatehouse-system/sa/gatehouse' };
const tokenFile = join(folder, 'token');
const rootFile = join(folder, 'trusted_root.json');

let services: SigstoreServices;
let gate: GateServer;
let pod: AskingPod;
beforeAll(async () => {
  services = await startSigstoreServices();
  writeFileSync(tokenFile, `${identityToken({ iss: OURS.issuer, sub: OURS.subject })}\n`);
  writeFileSync(rootFile, JSON.stringify(services.trustedRoot));
  gate = await startGate({
    policies: () => ({}), namespaces: { ci: { factory: 'true' } },
    config: {
      gate: {
        receipts: {
          verifier: 'https://gate.example',
          keyless: { fulcio: services.url, rekor: services.url, identityTokenFile: tokenFile, trustRoot: rootFile, ...OURS },
        },
      },
    },
  });
  pod = gate.pod();
});
afterAll(async () => {
  await gate.close();
  await services.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly id: string;
  readonly receipt?: string;
  readonly receiptPending?: true;
  readonly receiptMissing?: string;
}

const ask = async (): Promise<Answer> => (await gate.admit(pod, { artifacts: [{ kind: 'image', uri: gate.good }] })) as unknown as Answer;
const later = async (id: string): Promise<Answer> => JSON.parse((await gate.call(pod, 'GET', `/v1/decisions/${id}`)).text) as Answer;

async function signed(id: string): Promise<string> {
  await until(async () => (await later(id)).receiptPending !== true);
  const { receipt, receiptMissing } = await later(id);
  if (receipt === undefined) throw new Error(receiptMissing);
  return receipt;
}

async function verify(receipt: string, more: object = {}): Promise<unknown> {
  const { text } = await gate.call(pod, 'POST', '/v1/verify-receipt', { receipt, run: 'another', ...more });
  return (JSON.parse(text) as { code?: string }).code;
}

/** The run is compared last: everything before it held. */
const HELD = 'POLICY_RECEIPT_RUN';

test('receipts without a key: the answer waits for nobody, and the receipt comes later', async () => {
  let open = (): void => undefined;
  services.gate = new Promise<void>((done) => { open = done; });
  const answer = await ask();
  expect(answer).toMatchObject({ receiptPending: true });
  expect(answer).not.toHaveProperty('receipt');
  expect(await later(answer.id)).toMatchObject({ receiptPending: true });
  open();
  const receipt = await signed(answer.id);
  expect(JSON.parse(receipt)).toMatchObject({ dsseEnvelope: { payloadType: 'application/vnd.in-toto+json' }, verificationMaterial: { tlogEntries: [{}] } });
  expect(await verify(receipt)).toBe(HELD);
  expect(await verify(receipt, { purpose: 'publish' })).toBe('POLICY_RECEIPT_PURPOSE');
});

test('receipts without a key: one that was changed, or that another identity has signed, counts for nothing', async () => {
  const receipt = await signed((await ask()).id);
  const bundle = JSON.parse(receipt) as { dsseEnvelope: { payload: string } };
  const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8').replace('"baseImage"', '"buildStep"');
  const changed = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: Buffer.from(payload).toString('base64') } };
  expect(await verify(JSON.stringify(changed))).toMatch(/^VERIFY_RECEIPT_(?:INVALID|UNTRUSTED)$/);
  expect(await verify(JSON.stringify({ ...bundle, verificationMaterial: {} }))).toBe('VERIFY_RECEIPT_UNTRUSTED');
  for (const claims of [{ iss: OURS.issuer, sub: `${OURS.subject}2` }, { iss: 'https://other.example', sub: OURS.subject }]) {
    writeFileSync(tokenFile, identityToken(claims));
    expect(await verify(await signed((await ask()).id))).toBe('VERIFY_RECEIPT_UNTRUSTED');
  }
  writeFileSync(tokenFile, identityToken({ iss: OURS.issuer, sub: OURS.subject }));
  expect(await verify(await signed((await ask()).id))).toBe(HELD);
});

test('receipts without a key: a service that fails is asked again', async () => {
  services.failing = 1;
  const before = services.asked.fulcio;
  expect(await verify(await signed((await ask()).id))).toBe(HELD);
  expect(services.asked.fulcio).toBe(before + 2);
  const { text } = await gate.server.ops('/metrics');
  expect(text).toMatch(/gatehouse_receipts_keyless_total\{result="again"\} 1/);
  expect(text).toMatch(/gatehouse_receipts_pending 0/);
});

test('receipts without a key: a timestamp authority in place of the log', async () => {
  const own = await startGate({
    policies: () => ({}), namespaces: { ci: { factory: 'true' } },
    config: {
      gate: {
        receipts: {
          verifier: 'https://gate.example',
          keyless: { fulcio: services.url, tsa: services.url, identityTokenFile: tokenFile, trustRoot: rootFile, ...OURS },
        },
      },
    },
  });
  const logged = services.asked.rekor;
  const asking = own.pod();
  const { id } = await own.admit(asking, { artifacts: [{ kind: 'image', uri: own.good }] });
  const receipt = async (): Promise<string | undefined> =>
    (JSON.parse((await own.call(asking, 'GET', `/v1/decisions/${id}`)).text) as Answer).receipt;
  await until(async () => (await receipt()) !== undefined);
  const { text } = await own.call(asking, 'POST', '/v1/verify-receipt', { receipt: await receipt(), run: 'another' });
  await own.close();
  expect(JSON.parse(text)).toMatchObject({ code: HELD });
  expect(services.asked.rekor).toBe(logged);
});
