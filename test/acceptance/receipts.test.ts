// Receipts by the front door: given for what was satisfied under policies that enforce, and for nothing else.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReceiptPurpose } from '../../src/domain/gate/receipt.ts';
import { createReceipts } from '../../src/vouch/index.ts';
import { sha256Hex } from '../../src/text/sha256.ts';
import { startGate } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import { gateCodes } from '../support/gate.ts';
import type { GateAnswer, GateServer } from '../support/gate.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-receipts-'));
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
writeFileSync(join(folder, 'key-1.pem'), pem);

const document = (kind: string, name: string, spec: unknown): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;

let gate: GateServer;
beforeAll(async () => {
  gate = await startGate({
    policies: () => ({}), namespaces: { ci: { factory: 'true' } },
    config: { gate: { receipts: { keys: folder, verifier: 'https://gate.example', settle: '0s' } }, unmatched: 'allow' },
    documents: (host) => document('ClusterArtifactPolicy', 'watched', {
      artifacts: [{ image: `${host}/watched/**` }], mode: 'warn', require: [{ name: 'signed', signature: { by: ['alice'] } }],
    })
      + document('Signer', 'gatehouse', { identities: [{ key: { data: publicKey.export({ type: 'spki', format: 'pem' }) } }] })
      + document('ClusterArtifactPolicy', 'summed', { artifacts: [{ image: `${host}/summed/**` }], require: [{ name: 'published', vsa: { by: ['gatehouse'], levels: ['SLSA_BUILD_LEVEL_2'] } }] }),
  });
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

function predicateOf(receipt: string | undefined): Record<string, unknown> {
  const { payload } = JSON.parse(receipt ?? '{}') as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Record<string, unknown>;
}

const asking = (...uris: string[]): { artifacts: unknown[] } => ({ artifacts: uris.map((uri) => ({ kind: 'image', uri })) });

test('receipts: an admitted image has one, with the digest, its policies and what they rested on', async () => {
  const answer = await gate.admit(gate.pod(), asking(gate.good));
  const statement = predicateOf(answer.receipt) as { subject: unknown; predicate: Record<string, unknown> };
  expect(Buffer.byteLength(answer.receipt ?? '')).toBeLessThanOrEqual(2048);
  expect(statement.subject).toEqual([{ digest: { sha256: gate.good.split('@sha256:')[1] } }]);
  expect(statement.predicate).toMatchObject({
    verifier: { id: 'https://gate.example/gate' }, resourceUri: `oci://${gate.good.split('@')[0]}`, verificationResult: 'PASSED',
    policy: { digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string } },
    inputAttestations: [{ name: expect.stringContaining('referrer') as string, digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string } }],
    gatehouse_id: answer.id, gatehouse_caller: answer.caller, gatehouse_usage: 'baseImage',
  });
  const { text } = await gate.call(undefined, 'GET', '/v1/keys');
  expect(JSON.parse(text)).toMatchObject({ keys: [{ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: expect.stringMatching(/^sha256:/) as string }] });
});

test('receipts: a list has one for the digest of its lines', async () => {
  const answer = await gate.admit(gate.pod(), {
    artifacts: [{ kind: 'image', uri: gate.good }, { kind: 'image', uri: gate.good, usedAs: 'baseImage' }],
  });
  const [name, digest] = gate.good.split('@');
  const statement = predicateOf(answer.receipt) as { subject: unknown; predicate: Record<string, unknown> };
  expect(statement.subject).toEqual([{ digest: { sha256: sha256Hex(`image ${name} ${digest} baseImage\n`) } }]);
  expect(statement.predicate).toMatchObject({ resourceUri: 'gatehouse:list' });
});

describe('receipts: none where not everything is satisfied under policies that enforce', () => {
  const receiptsOf = ({ receipt, artifacts }: GateAnswer): unknown[] => [receipt, ...artifacts.map((artifact) => artifact.receipt)].filter((one) => one !== undefined);
  const unmatched = (): string => `${gate.good.split('/')[0]}/nobody/app@sha256:${sha256Hex(randomUUID())}`;

  test.each<[string, () => Record<string, unknown>, string]>([
    ['a dry run', () => ({ ...asking(gate.good), dryRun: true }), 'admit'],
    ['nobody wants one', () => ({ ...asking(gate.good), receipts: 'none' }), 'admit'],
    ['a warning', () => asking(gate.good.replace('/acme/', '/watched/')), 'warn'],
    ['no policy speaks about it', () => asking(unmatched()), 'admit'],
    ['one of a list is denied', () => asking(gate.good, gate.evil), 'deny'],
    ['one of a list is not spoken about', () => asking(gate.good, unmatched()), 'admit'],
  ])('%s', async (_what, question, decision) => {
    const answer = await gate.admit(gate.pod(), question());
    expect(answer.decision).toBe(decision);
    expect(receiptsOf(answer)).toEqual([]);
  });

  test('the twin of each: the same image, asked as it is', async () => {
    expect(receiptsOf(await gate.admit(gate.pod(), asking(gate.good)))).toHaveLength(1);
    expect(receiptsOf(await gate.admit(gate.pod(), { ...asking(gate.good, gate.evil), receipts: 'each' }))).toHaveLength(1);
  });
});

test('receipts: an id, a key and a subject that a list revokes count no more, and a revoked key signs no more', async () => {
  const pod = gate.pod();
  const answer = await gate.admit(pod, asking(gate.good));
  // Of another run: what is compared last, so that everything before it held.
  const verify = async (): Promise<unknown> => {
    const { text } = await gate.call(pod, 'POST', '/v1/verify-receipt', { receipt: answer.receipt, run: 'another' });
    return (JSON.parse(text) as { code?: string }).code;
  };
  const file = join(gate.server.policyFolder, 'revoked.yaml');
  const listed = (entry: object): string => document('RevocationList', 'incidents', { revocations: [{ ...entry, reason: 'incident 7' }] });
  const { keys: [key] } = JSON.parse((await gate.call(undefined, 'GET', '/v1/keys')).text) as { keys: { kid: string }[] };
  for (const entry of [{ receipt: answer.id }, { key: key?.kid }, { digest: gate.good.split('@')[1] }]) {
    expect(await verify()).toBe('POLICY_RECEIPT_RUN');
    writeFileSync(file, listed(entry));
    await until(async () => (await verify()) === 'VERIFY_RECEIPT_REVOKED');
    if ('key' in entry) expect((await gate.admit(pod, asking(gate.good))).receipt).toBeUndefined();
    rmSync(file);
    await until(async () => (await verify()) === 'POLICY_RECEIPT_RUN');
  }
});

test.each<[ReceiptPurpose, string, string[]]>([
  ['gate', 'deny', ['POLICY_RECEIPT_PURPOSE']],
  ['publish', 'admit', []],
])('K10 receipts: a summary of ours for %s beside an image that a policy wants a summary of: %s', async (purpose, decision, codes) => {
  const [name, digest = ''] = gate.good.replace('/acme/', '/summed/').split('@');
  const resource = `oci://${name}`;
  // By our own key: nothing but the purpose is wrong with it.
  const { issuer, take } = createReceipts({ verifier: 'https://gate.example', version: '1', lastsMs: 3_600_000, now: Date.now });
  take([{ name: 'key', text: pem }]);
  const issued = issuer.issue({
    purpose, id: 'x', at: Date.now(), subjects: [{ name: resource, digest }], resource, usage: 'publish', caller: 'x', policies: '0'.repeat(64), inputs: [], levels: ['SLSA_BUILD_LEVEL_2'],
  });
  const evidence = issued.state === 'signed' ? [JSON.parse(issued.text) as unknown] : [];
  const answer = await gate.admit(gate.pod(), { artifacts: [{ kind: 'image', uri: `${name}@${digest}`, evidence }] });
  expect([answer.decision, gateCodes(answer)]).toEqual([decision, codes]);
});

test('receipts: keys change while builds ask, and every receipt counts before and after', async () => {
  const pod = gate.pod();
  const given: string[] = [];
  const kids = new Set<string>();
  const round = async (): Promise<void> => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => gate.admit(pod, asking(gate.good))));
    for (const { receipt } of answers) {
      expect(receipt).toBeDefined();
      given.push(receipt ?? '');
      kids.add((JSON.parse(receipt ?? '{}') as { signatures: [{ keyid: string }] }).signatures[0].keyid);
    }
  };
  const untilKeys = async (count: number): Promise<void> => until(async () => {
    await round();
    return kids.size === count;
  });
  const files = ['key-1.pem', 'key-2.pem', 'key-10.pem'].map((name) => join(folder, name));
  const fresh = (): string => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  await untilKeys(1);
  writeFileSync(files[1] ?? '', fresh());
  await untilKeys(2);
  // What is broken changes nothing, and neither does a file that goes.
  writeFileSync(files[2] ?? '', 'broken');
  rmSync(files[0] ?? '');
  await until(async () => (await gate.server.ops('/metrics')).text.includes('gatehouse_feed_refused_total{feed="receipt-keys"} 1'));
  await round();
  writeFileSync(files[2] ?? '', fresh());
  await untilKeys(3);
  for (const receipt of [given[0], given[Math.floor(given.length / 2)], given.at(-1)]) {
    const { text } = await gate.call(pod, 'POST', '/v1/verify-receipt', { receipt, run: 'another' });
    expect(JSON.parse(text)).toMatchObject({ code: 'POLICY_RECEIPT_RUN' });
  }
  writeFileSync(files[0] ?? '', pem);
});
