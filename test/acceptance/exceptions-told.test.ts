// An AdmissionException on every surface: told wherever a decision is told, and no label, receipt or summary rests on it. Over HTTPS.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { AskingPod, GateServer } from '../support/gate.ts';
import { LABEL, labelOf, podOf, startMutate, VERIFIED_METADATA } from '../support/mutate.ts';
import type { MutateServer } from '../support/mutate.ts';
import { until } from '../support/patience.ts';
import type { TestServer } from '../support/server.ts';
import { podReview } from '../world/review.ts';

const DAY = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString();
const document = (kind: string, name: string, spec: object): string =>
  JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const exception = (name: string, more: object): string => document('AdmissionException', name, {
  namespaces: ['shop'], reason: 'signer is down <42>', approvedBy: 'carol', notBefore: iso(Date.now() - DAY), expiresAt: iso(Date.now() + DAY), ...more,
});

/** Lays a file beside the policies, and waits until it is in force. */
async function lay({ log, policyFolder }: TestServer, name: string, text: string): Promise<void> {
  const loaded = (): number => log.filter(({ msg }) => msg === 'policies loaded').length;
  const before = loaded();
  writeFileSync(join(policyFolder, `${name}.yaml`), text);
  await until(() => loaded() > before);
}

describe('AdmissionException: told, and not a proof', () => {
  let it_: MutateServer;
  beforeAll(async () => {
    it_ = await startMutate({ enabled: true });
    await lay(it_.server, 'night', exception('night-42', { digests: [it_.images.evil.digest], policies: [{ name: 'images', requirement: 'signed' }] }));
  });
  afterAll(() => it_.close());

  test('in the answer, the annotation, the log, the metrics, the page and JSON', async () => {
    const { server, images: { evil, extra } } = it_;
    const answer = await server.validate(podReview({ images: [evil.pinned], namespace: 'shop', name: 'told' }));
    expect([answer.allowed, answer.auditAnnotations['exceptions'], answer.auditAnnotations['decision']]).toEqual([true, 'night-42', 'warn']);
    expect(answer.warnings?.filter((line) => line.includes('AdmissionException night-42 until '))).toHaveLength(1);
    const id = answer.auditAnnotations['decision-id'] ?? '';
    await until(() => server.log.some((line) => line['id'] === id));
    expect(server.log.find((line) => line['id'] === id)).toMatchObject({ msg: 'decision', outcome: 'warn', exceptions: ['night-42'] });
    const metrics = (await server.ops('/metrics')).text;
    expect(metrics).toMatch(/gatehouse_exceptions_total\{exception="night-42",policy="images"\} [1-9]/);
    expect(metrics).toMatch(/gatehouse_exception_expiry_seconds\{exception="night-42"\} 8\d{4}/);
    expect(metrics).not.toContain('kind="exception"');
    const page = (await server.ops(`/decisions/${id}`, { accept: 'text/html' })).text;
    expect(page).toMatch(/admitted by<\/dt><dd><code>AdmissionException night-42 until [^<]*, said to be approved by carol: signer is down &lt;42&gt;/);
    const json = JSON.parse((await server.ops(`/decisions/${id}`, { accept: 'application/json' })).text) as { findings: readonly Record<string, unknown>[] };
    expect(json.findings.map(({ verdict, mode, exceptions }) => [verdict, mode, exceptions])).toEqual([
      ['violated', 'warn', [{ name: 'night-42', reason: 'signer is down <42>', approvedBy: 'carol', expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) as unknown }]],
    ]);
    // The twin that is signed has nothing of it.
    const twin = await server.validate(podReview({ images: [extra.pinned], namespace: 'shop', name: 'twin' }));
    expect([twin.allowed, twin.warnings, 'exceptions' in twin.auditAnnotations]).toEqual([true, undefined, false]);
    const twinId = twin.auditAnnotations['decision-id'];
    await until(() => server.log.some((line) => line['id'] === twinId));
    expect(server.log.find((line) => line['id'] === twinId)).not.toHaveProperty('exceptions');
  });

  test('the log tells once that a set with it enforces less, and that it ends', () => {
    const lost = it_.server.log.filter(({ what }) => what === 'exception');
    expect(lost.map(({ policy }) => policy)).toEqual(['images']);
  });

  test('another namespace, another image, and a tag that has moved away from the digest are denied', async () => {
    const { server, images: { evil, good } } = it_;
    const codeOf = async (image: string, namespace = 'shop') => (await server.validate(podReview({ images: [image], namespace, name: 'web' }))).status?.code;
    expect([await codeOf(evil.pinned), await codeOf(evil.pinned, 'shop-2')]).toEqual([undefined, 403]);
    expect(await codeOf(evil.tag)).toBe(undefined);
    await it_.move(evil);
    expect(await codeOf(evil.tag)).toBe(403);
    expect(await codeOf(good.pinned, 'shop-2')).toBe(undefined);
  });

  test('/mutate sets no label for it, and /validate takes none', async () => {
    const { images: { evil, good } } = it_;
    expect([labelOf((await it_.mutate(podOf([good.pinned]))).object), labelOf((await it_.mutate(podOf([evil.pinned]))).object)]).toEqual(['true', undefined]);
    expect(await it_.validate(podOf([evil.pinned]))).toMatchObject({ allowed: true });
    expect(await it_.validate(podOf([evil.pinned], VERIFIED_METADATA))).toMatchObject({ allowed: false, codes: expect.arrayContaining(['POLICY_VERIFIED_LABEL']) as unknown });
    expect(await it_.validate(podOf([good.pinned], { labels: { [LABEL]: 'true' } }))).toMatchObject({ allowed: true });
  });

  test('an ImageReview is allowed by it in its namespace alone, and says so in its annotation', async () => {
    const ask = async (namespace: string) => {
      const body = { apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', spec: { containers: [{ image: it_.images.evil.pinned }], namespace } };
      const { status } = JSON.parse((await it_.server.post('/imagereview', JSON.stringify(body))).text) as { status: { allowed: boolean; auditAnnotations: Record<string, string> } };
      return [status.allowed, status.auditAnnotations['exceptions']];
    };
    expect(await ask('shop')).toEqual([true, 'night-42']);
    expect(await ask('elsewhere')).toEqual([false, undefined]);
  });

  test('a set with a broken one is refused as a whole, and the one before stays', async () => {
    const { server, images: { evil } } = it_;
    writeFileSync(join(server.policyFolder, 'broken.yaml'), exception('night-43', { digests: [evil.digest], policies: [{ name: 'image' }] }));
    await until(() => server.log.some(({ msg }) => String(msg).includes('policies refused') || String(msg).includes('refused')));
    rmSync(join(server.policyFolder, 'broken.yaml'));
    expect((await server.validate(podReview({ images: [evil.pinned], namespace: 'shop', name: 'x' }))).auditAnnotations['exceptions']).toBe('night-42');
  });
});

describe('AdmissionException: at the gate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-excepted-'));
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

  test('no receipt comes of it, and one of before does not outlive a change of policies by it', async () => {
    const artifact = { kind: 'image', uri: gate.good };
    const { receipt = '' } = await gate.admit(pod, { artifacts: [artifact] });
    expect(receipt).not.toBe('');
    const spec = { artifacts: [{ image: `${gate.registry.host}/acme/**` }], require: [{ name: 'scanned', attestation: { type: 'vuln', by: ['alice'] } }] };
    await lay(gate.server, 'scanned', document('ClusterArtifactPolicy', 'scanned', spec));
    const night = exception('night-42', { artifacts: [{ image: `${gate.registry.host}/acme/**` }], policies: [{ name: 'scanned' }], namespaces: ['ci'] });
    expect((await gate.admit(pod, { artifacts: [artifact] })).decision).toBe('deny');
    await lay(gate.server, 'night', night);
    const answer = await gate.admit(pod, { artifacts: [artifact] });
    expect([answer.decision, answer.receipt, answer.artifacts[0]?.receipt]).toEqual(['warn', undefined, undefined]);
    expect(answer.message).toContain('AdmissionException night-42 until');
    const each = await gate.admit(pod, { artifacts: [artifact], receipts: 'each' });
    expect(each.artifacts[0]?.receipt).toBe(undefined);
    const today = JSON.parse((await gate.call(pod, 'POST', '/v1/verify-receipt', { receipt, artifact })).text) as Record<string, unknown>;
    expect(today).toMatchObject({ valid: false, code: 'POLICY_TYPE_MISSING' });
  });
});
