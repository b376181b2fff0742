import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** What is only recorded is judged after the answer: nobody waits for it, and nothing of it is lost. */

const world = createWorld({ now: Date.now() });
const [alice, bob] = [world.key(), world.key()];
const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const signed = (by: string): unknown => [{ name: `signed by ${by}`, signature: { by: [by] } }];
let registry: TestRegistry;
let server: TestServer;
/** Requests to `/v2/held/…` that have no answer yet. */
let held: ServerResponse[] = [];
const release = (): void => { for (const response of held.splice(0)) response.writeHead(404).end(); };

async function image(): Promise<string> {
  const made = makeImage({ seed: randomBytes(8).toString('hex') });
  await push(registry, 'acme/app', made);
  await pushReferrer(registry, 'acme/app', bundleReferrer(made, keyBundle(world, { digest: made.digest, key: alice })));
  return `${registry.host}/acme/app@${made.digest}`;
}
const unsigned = (repository: string): string => `${registry.host}/${repository}@sha256:${randomBytes(32).toString('hex')}`;

interface Line { readonly outcome: string; readonly verdict: string; readonly codes: readonly string[]; readonly policies: readonly string[]; readonly id: string }
const lines = (): readonly Line[] => server.log.filter(({ msg }) => msg === 'decision') as unknown as Line[];

async function start(config: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const policies = document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
    + document('Signer', 'bob', { identities: [{ key: { data: bob.publicKeyPem } }] })
    + document('ClusterArtifactPolicy', 'enforced', { artifacts: [{ image: `${registry.host}/acme/**` }], require: signed('alice') })
    + document('ClusterArtifactPolicy', 'tried-out', { artifacts: [{ image: `${registry.host}/acme/**` }], require: signed('bob'), mode: 'audit' })
    + document('ClusterArtifactPolicy', 'warned', { artifacts: [{ image: `${registry.host}/warned/**` }], require: signed('alice'), mode: 'warn' })
    + document('ClusterArtifactPolicy', 'audited', { artifacts: [{ image: `${registry.host}/held/**` }], require: signed('alice'), requireDigest: true, mode: 'audit' });
  server = await startTestServer({ 'policies.yaml': policies }, { plainHttp: [registry.host], unmatched: 'allow', ...config });
}

beforeAll(async () => {
  registry = await startRegistry();
  registry.fault({ path: /^\/v2\/held\//, behaviour: { kind: 'custom', handle: (_request, response) => { held.push(response); } } });
  await start();
});
afterEach(async () => {
  for (let before = -1; lines().length !== before;) {
    before = lines().length;
    release();
    await new Promise((done) => setTimeout(done, 50));
  }
  server.log.length === 0 || (server.log as unknown[]).splice(0);
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

describe('M5: audits follow the answer', () => {
  test('M5: a request with audited policies alone is answered at once, and recorded when it is judged', async () => {
    const answer = await server.validate(podReview({ images: [unsigned('held/app')] }));
    // A policy on trial makes nothing matched (M3); what it found is not there yet.
    expect([answer.allowed, codes(answer), answer.warnings ?? []]).toEqual([true, ['SELECT_NO_POLICY'], []]);
    await until(() => held.length > 0);
    expect(lines()).toEqual([]);
    await until(() => { release(); return lines().length > 0; });
    expect(lines()).toMatchObject([{ outcome: 'admit', verdict: 'violated', policies: ['audited'] }]);
    expect(lines()[0]?.codes).toEqual(['SELECT_NO_POLICY', expect.stringMatching(/^FETCH_N/)]);
    const metrics = await (await fetch(`http://127.0.0.1:${server.running.opsPort}/metrics`)).text();
    expect(metrics).toMatch(/gatehouse_findings_total\{policy="audited",requirement="signed by alice",code="FETCH_N\w+"\} 1/);
    expect(metrics).toMatch(/gatehouse_admission_decisions_total\{surface="webhook",decision="admit",verdict="violated",kind="Pod"\} 1/);
    expect((await server.ops(`/decisions/${lines()[0]?.id}`)).text).toContain('FETCH_N');
  });

  test('M5: an answer waits for the enforced image of a pod and not for the audited one', async () => {
    const answer = await server.validate(podReview({ images: [await image(), unsigned('held/app')] }));
    expect([answer.allowed, codes(answer)]).toEqual([true, ['SELECT_NO_POLICY', 'POLICY_SATISFIED']]);
    expect(lines()).toEqual([]);
    await until(() => { release(); return lines().length > 0; });
    expect(lines()).toMatchObject([{ outcome: 'admit', verdict: 'violated', policies: expect.arrayContaining(['enforced', 'tried-out', 'audited']) as string[] }]);
  });

  test('M5: a denial is on the page at once under its id, and complete later', async () => {
    const answer = await server.validate(podReview({ images: [unsigned('acme/app'), unsigned('held/app')] }));
    expect([answer.allowed, answer.status?.code]).toEqual([false, 403]);
    const id = answer.auditAnnotations['decision-id'] ?? /[0-9A-HJKMNP-TV-Z]{26}/.exec(answer.status?.message ?? '')?.[0] ?? '';
    const page = async (): Promise<string> => (await server.ops(`/decisions/${id}`, { accept: 'application/json' })).text;
    expect(await page()).toContain('"enforced"');
    expect(await page()).not.toContain('"policy":"audited"');
    await until(async () => { release(); return (await page()).includes('"policy":"audited"'); });
    const list = JSON.parse((await server.ops('/decisions', { accept: 'application/json' })).text) as { items: { id: string }[] };
    expect(list.items.filter((item) => item.id === id)).toHaveLength(1);
    expect(lines()).toHaveLength(1);
  });

  test('M5: of two policies about one image the audited one changes nothing of the answer', async () => {
    const good = await image();
    const answer = await server.validate(podReview({ images: [good] }));
    expect([answer.allowed, codes(answer), answer.warnings ?? []]).toEqual([true, ['POLICY_SATISFIED'], []]);
    await until(() => lines().length > 0);
    expect(lines()).toMatchObject([{ outcome: 'admit', verdict: 'violated', codes: expect.arrayContaining(['POLICY_SATISFIED', 'VERIFY_SIGNER_UNTRUSTED']) as string[] }]);
  });

  test('M5: a policy that warns is waited for', async () => {
    const answer = await server.validate(podReview({ images: [unsigned('warned/app'), unsigned('held/app')] }));
    expect([answer.allowed, answer.warnings?.length]).toEqual([true, 1]);
    expect(codes(answer)).not.toEqual([]);
  });

  test('M5: a tag under an audited policy is resolved after the answer', async () => {
    const answer = await server.validate(podReview({ images: [`${registry.host}/held/app:1`] }));
    expect([answer.allowed, answer.warnings ?? []]).toEqual([true, []]);
    await until(() => { release(); return lines().length > 0; });
    expect(lines()[0]?.codes).toEqual(expect.arrayContaining(['POLICY_DIGEST_REQUIRED']));
  });

  test('M5: a dry run is judged and logged, and not kept', async () => {
    await server.validate(podReview({ images: [unsigned('held/app')], dryRun: true }));
    await until(() => { release(); return lines().length > 0; });
    expect((await server.ops(`/decisions/${lines()[0]?.id}`)).status).toBe(404);
  });

  test('M5: where too many audits wait, the excess is recorded as not judged', async () => {
    await server.close();
    await start({ 'limits.maxAudits': 1 });
    // One at work, three who wait (of four, three quarters for one namespace), and two too many.
    for (let pod = 0; pod < 6; pod += 1) expect((await server.validate(podReview({ images: [unsigned('held/app')] }))).allowed).toBe(true);
    await until(() => lines().length === 2);
    expect(lines()).toMatchObject([1, 2].map(() => ({ outcome: 'admit', codes: ['SELECT_NO_POLICY', 'ENGINE_OVERLOADED'] })));
    await until(() => { release(); return lines().length === 6; });
    expect(lines().filter((line) => line.codes.includes('ENGINE_OVERLOADED'))).toHaveLength(2);
    const metrics = await (await fetch(`http://127.0.0.1:${server.running.opsPort}/metrics`)).text();
    expect(metrics).not.toMatch(/gatehouse_requests_shed_total\{/);
  });

  test('M5: stopping drops what is not judged, and records it as undetermined', async () => {
    await server.validate(podReview({ images: [unsigned('held/app')] }));
    await until(() => held.length > 0);
    const { log } = server;
    await server.close();
    expect(log.filter(({ msg }) => msg === 'decision')).toMatchObject([{ outcome: 'admit', codes: ['SELECT_NO_POLICY', 'ENGINE_DEADLINE'] }]);
    await start();
  });
});
