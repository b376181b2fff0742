import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import type { PodOptions, ReviewOptions } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** One tenant fills every place there is with images of a registry that does not answer; the others must not notice. */

const world = createWorld({ now: Date.now() });
const key = world.key();
const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
let registry: TestRegistry;
let hanging: TestRegistry;
let server: TestServer;
const leaving = new Set<() => void>();

async function good(): Promise<string> {
  const image = makeImage({ seed: randomBytes(8).toString('hex') });
  await push(registry, 'acme/app', image);
  await pushReferrer(registry, 'acme/app', bundleReferrer(image, keyBundle(world, { digest: image.digest, key })));
  return `${registry.host}/acme/app@${image.digest}`;
}
const slow = (repository = 'acme/slow'): string => `${hanging.host}/${repository}@sha256:${randomBytes(32).toString('hex')}`;

const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

/** Asks, and can leave before the answer. */
function ask(options: PodOptions & ReviewOptions): { readonly answer: Promise<AdmissionAnswer | undefined>; leave(): void } {
  const call = request({ host: '127.0.0.1', port: server.running.port, method: 'POST', path: '/validate?timeout=30s', headers: { 'content-type': 'application/json' }, agent });
  const leave = (): void => { leaving.delete(leave); call.destroy(); };
  leaving.add(leave);
  const answer = new Promise<AdmissionAnswer | undefined>((resolve, reject) => {
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve((JSON.parse(text) as { response: AdmissionAnswer }).response));
    });
    call.on('error', (cause) => (leaving.has(leave) ? reject(cause) : resolve(undefined)));
  });
  call.end(JSON.stringify(podReview(options)));
  return { answer, leave };
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.running.opsPort}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(`gatehouse_${name}`)).reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
}

/** Four places, of which one namespace has three at most; sixteen may wait, twelve of one namespace. */
const PLACES = 4;

beforeAll(async () => {
  registry = await startRegistry();
  hanging = await startRegistry();
  hanging.fault({ path: /^\/v2\//, behaviour: { kind: 'hang' } });
  server = await startTestServer({ 'policies.yaml': policies() }, { plainHttp: [registry.host, hanging.host], 'limits.maxInFlight': PLACES, 'limits.maxAudits': 2, unmatched: 'warn' });
});

function policies(): string {
  const by = [{ name: 'signed', signature: { by: ['alice'] } }];
  return document('Signer', 'alice', { identities: [{ key: { data: key.publicKeyPem } }] })
    + document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/acme/**` }, { image: `${hanging.host}/acme/**` }], require: by })
    + document('ClusterArtifactPolicy', 'warned', { artifacts: [{ image: `${hanging.host}/warned/**` }], require: by, mode: 'warn' })
    + document('ClusterArtifactPolicy', 'audited', { artifacts: [{ image: `${hanging.host}/audited/**` }], require: by, mode: 'audit' });
}

afterEach(async () => {
  for (const leave of [...leaving]) leave();
  await until(async () => (await metric('requests_in_flight')) === 0);
});
afterAll(async () => {
  agent.destroy();
  await server.close();
  await registry.close();
  await hanging.close();
});

/** Fills all that mallory's namespace may have: three places and twelve who wait. */
async function flood(more = 25, username = 'mallory'): Promise<readonly ReturnType<typeof ask>[]> {
  const before = await metric('requests_shed_total');
  const asked = Array.from({ length: 15 + more }, () => ask({ images: [slow()], namespace: 'evil', username }));
  await until(async () => (await metric('requests_waiting')) === 12 && (await metric('requests_in_flight')) === 15 && (await metric('requests_shed_total')) === before + more);
  return asked;
}

describe('S3: one tenant never stops the others', () => {
  test('S3: its own excess is turned away, and nobody else’s', async () => {
    const [warm, cold] = [await good(), await good()];
    for (let time = 0; time < 2; time += 1) expect((await ask({ images: [warm], namespace: 'team' }).answer)?.allowed).toBe(true);
    const asked = await flood();

    const others = {
      'from memory': ask({ images: [warm], namespace: 'team' }),
      'from memory, first time in this namespace': ask({ images: [warm], namespace: 'other' }),
      'from memory, for the tenant itself': ask({ images: [warm], namespace: 'evil', username: 'mallory' }),
      'never seen': ask({ images: [cold], namespace: 'team' }),
      'without a policy': ask({ images: [`${registry.host}/other/app@sha256:${'ab'.repeat(32)}`], namespace: 'team' }),
      'without a policy, for the tenant itself': ask({ images: [`${registry.host}/other/app@sha256:${'ab'.repeat(32)}`], namespace: 'evil', username: 'mallory' }),
      'with audited policies alone': ask({ images: [slow('audited/app')], namespace: 'team' }),
      'with audited policies alone, for the tenant itself': ask({ images: [slow('audited/app')], namespace: 'evil', username: 'mallory' }),
      'a removal': ask({ images: [slow()], operation: 'DELETE', namespace: 'evil', username: 'mallory' }),
    };
    for (const [what, { answer }] of Object.entries(others)) expect([what, (await answer)?.allowed]).toEqual([what, true]);

    for (const { leave } of asked) leave();
    const answers = (await Promise.all(asked.map(({ answer }) => answer))).filter((answer) => answer !== undefined);
    expect(answers.map((answer) => [answer.allowed, answer.status?.code, ...codes(answer)])).toEqual(answers.map(() => [false, 503, 'ENGINE_OVERLOADED']));
    expect(answers).toHaveLength(25);
  });

  test('S3: as many as there are places for are judged, and none is turned away', async () => {
    const before = await metric('requests_shed_total');
    const images = await Promise.all(Array.from({ length: 15 }, good));
    const answers = await Promise.all(images.map((image) => ask({ images: [image], namespace: 'evil', username: 'mallory' }).answer));
    expect(answers.map((answer) => answer?.allowed)).toEqual(images.map(() => true));
    expect(await metric('requests_shed_total')).toBe(before);
  });

  test('S3: within a namespace it is the excess of the caller who asks most', async () => {
    const asked = await flood(0);
    const before = await metric('requests_shed_total');
    const bob = ask({ images: [await good()], namespace: 'evil', username: 'bob' });
    await until(async () => (await metric('requests_shed_total')) === before + 1);
    // Two of mallory's leave their places: one goes to mallory, who waits for longer, the other to bob.
    for (const { leave } of asked.slice(0, 2)) leave();
    expect((await bob.answer)?.allowed).toBe(true);
  });

  test('S3: whoever leaves gives its place back, waiting or not', async () => {
    const asked = await flood(0);
    for (const { leave } of asked) leave();
    await until(async () => (await metric('requests_waiting')) === 0);
    expect((await ask({ images: [await good()], namespace: 'evil', username: 'mallory' }).answer)?.allowed).toBe(true);
  });

  test('S3: turned away under a policy that warns, it is a warning, as when time ends', async () => {
    await flood(0);
    const warned = await ask({ images: [slow('warned/app')], namespace: 'evil', username: 'mallory' }).answer;
    expect([warned?.allowed, warned === undefined ? [] : codes(warned)]).toEqual([true, ['ENGINE_OVERLOADED']]);
    const both = await ask({ images: [slow('warned/app'), slow()], namespace: 'evil', username: 'mallory' }).answer;
    expect(both).toMatchObject({ allowed: false, status: { code: 503 } });
  });

  test('S3: images by tag wait as well', async () => {
    await flood(0);
    const tagged = await ask({ images: [`${hanging.host}/acme/slow:1`], namespace: 'evil', username: 'mallory' }).answer;
    expect([tagged?.allowed, tagged === undefined ? [] : codes(tagged)]).toEqual([false, ['ENGINE_OVERLOADED']]);
  });

  test('S4: what waits counts its bytes for its namespace, and leaves room for the others', async () => {
    await server.close();
    server = await startTestServer({ 'policies.yaml': policies() }, { plainHttp: [registry.host, hanging.host], 'limits.bodyBytes': 65_536, unmatched: 'warn' });
    const large = { annotations: { filler: 'x'.repeat(50_000) }, username: 'mallory' };
    // Two mebibytes in all, half of them for one namespace: some twenty of fifty kilobytes, far from the 192 places.
    const asked = Array.from({ length: 40 }, () => ask({ images: [slow()], namespace: 'evil', ...large }));
    await until(async () => (await metric('requests_shed_total')) + (await metric('requests_in_flight')) === 40);
    const waiting = await metric('requests_in_flight');
    expect([waiting > 15, waiting < 25]).toEqual([true, true]);
    expect((await ask({ images: [await good()], namespace: 'team', ...large }).answer)?.allowed).toBe(true);
    expect((await ask({ images: [`${registry.host}/other/app:1`], namespace: 'evil', ...large }).answer)?.allowed).toBe(true);
    expect(codes((await ask({ images: [slow()], namespace: 'evil', ...large }).answer) as AdmissionAnswer)).toEqual(['ENGINE_OVERLOADED']);
    for (const { leave } of asked) leave();
    await until(async () => (await metric('requests_in_flight')) === 0);
    expect((await ask({ images: [await good()], namespace: 'evil', ...large }).answer)?.allowed).toBe(true);
  });

  test('S4: what is kept for the page is no longer than names are, whoever sends more', async () => {
    const long = 'x'.repeat(40_000);
    const answer = await server.validate(podReview({ images: [`${registry.host}/UPPER/${long}`], namespace: 'evil', username: 'mallory' }));
    const kept = await server.ops(`/decisions/${answer.auditAnnotations['decision-id']}`, { accept: 'application/json' });
    expect([answer.allowed, kept.status, kept.text.includes('INPUT_IMAGE_INVALID')]).toEqual([false, 200, true]);
    expect(kept.text.length).toBeLessThan(4000);
    // The twin: as long as a reference may be, it is kept whole.
    const whole = `${registry.host}/UPPER/${'x'.repeat(900)}`;
    const other = await server.validate(podReview({ images: [whole], namespace: 'evil', username: 'mallory' }));
    expect((await server.ops(`/decisions/${other.auditAnnotations['decision-id']}`, { accept: 'application/json' })).text).toContain(whole);
  });

  test.each<[string, (request: Record<string, unknown>, length: number) => void, number]>([
    ['a name', (request, length) => { request['name'] = 'n'.repeat(length); }, 4096],
    ['a namespace', (request, length) => { request['namespace'] = 'n'.repeat(length); }, 4096],
    ['groups', (request, length) => { request['userInfo'] = { username: '', groups: Array.from({ length: length / 512 }, () => 'g'.repeat(512)).concat(length % 512 === 0 ? [] : ['g'.repeat(length % 512)]) }; }, 262_144],
  ])('S4: %s is no longer than it can be', async (_what, edit, most) => {
    const reviewed = (length: number): string => {
      const review = JSON.parse(JSON.stringify(podReview({ images: ['a/b:1'], operation: 'DELETE' }))) as { request: Record<string, unknown> };
      edit(review.request, length);
      return JSON.stringify(review);
    };
    const wide = await startTestServer({ 'policies.yaml': policies() }, { unmatched: 'warn' });
    try {
      expect((await wide.post('/validate', reviewed(most))).status).toBe(200);
      const refused = await wide.post('/validate', reviewed(most + 1));
      expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { code: 'INPUT_NOT_A_REVIEW' }]);
    } finally {
      await wide.close();
    }
  });
});
