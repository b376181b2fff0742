/** Answers that controllers can live with: what was recorded with a real controller, sent again about images of our own. */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { Behaviour, TestRegistry } from '../world/registry.ts';
import { podReview, workloadReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const alice = world.key();
const document = (kind: string, name: string, spec: unknown): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
let registry: TestRegistry;
let server: TestServer;
let signed = '';
let unsigned = '';

// A registry for each test: what one of them breaks is no other's trouble.
beforeEach(async () => {
  registry = await startRegistry();
  const [good, bare] = [makeImage(), makeImage()];
  await push(registry, 'acme/app', good);
  await push(registry, 'acme/nop', bare);
  await pushReferrer(registry, 'acme/app', bundleReferrer(good, keyBundle(world, { digest: good.digest, key: alice })));
  [signed, unsigned] = [`${registry.host}/acme/app@${good.digest}`, `${registry.host}/acme/nop@${bare.digest}`];
  server = await startTestServer({
    'policies.yaml': document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'acme', {
        artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'signed', signature: { by: ['alice'] } }],
      }),
  }, { plainHttp: [registry.host], 'cache.absenceTTL': '0s' });
});
afterEach(async () => {
  await server.close();
  await registry.close();
});

interface Recorded {
  readonly request: { readonly uid: string; readonly operation: string; readonly kind: { readonly kind: string }; readonly subResource?: string };
}

/** The reviews about pods of a recording, with our images: the controller's own become `nop`, all others the signed one. */
function pods(name: string, operation: string): Recorded[] {
  const image = (text: string): string => (text.includes('tektoncd/pipeline/nop@') ? unsigned : signed);
  return readFileSync(sharedData(`tekton-recorded/${name}.jsonl`), 'utf8').split('\n').filter((line) => line !== '')
    .map((line) => JSON.parse(line, (key, value: unknown) => (key === 'image' && typeof value === 'string' ? image(value) : value)) as { review: Recorded })
    .map(({ review }) => review)
    .filter(({ request }) => request.kind.kind === 'Pod' && request.operation === operation && (request.subResource ?? '') === '');
}

describe.skipIf(!hasSharedData)('recorded with a real controller', () => {
  test('n6d: a pod met by a short absence of the registry is told to be sent again, and then is admitted', async () => {
    const creates = pods('n6d-pod-denied-503-retry-after', 'CREATE');
    expect(creates).toHaveLength(2);
    const off = registry.fault({ path: /\/acme\/app\//, behaviour: { kind: 'status', status: 502 } });
    const first = await server.validate(creates[0]);
    off();
    expect(first).toMatchObject({ allowed: false, status: { code: 503, reason: 'ServiceUnavailable', details: { retryAfterSeconds: 2 } } });
    expect(codes(first)).toEqual(['FETCH_SERVER_ERROR']);
    expect(await server.validate(creates[1])).toMatchObject({ allowed: true });
  });

  test('n10b: the refusal of what is tried again and again has the same text each time, and another id in the audit log', async () => {
    const tries = pods('n10b-stop-sidecar-denied-403-varying-text', 'UPDATE').slice(-20);
    const answers = [];
    for (const review of tries) answers.push(await server.validate(review));
    const refused = answers.filter(({ allowed }) => !allowed);
    expect(refused.length).toBeGreaterThan(10);
    expect(new Set(refused.map(({ status }) => status?.message)).size).toBe(1);
    expect(new Set(refused.map(({ auditAnnotations }) => auditAnnotations['decision-id'])).size).toBe(refused.length);
    for (const { status } of refused) expect(status).not.toHaveProperty('details');
  });

  test('n10e: stopping the sidecars outlives two absences of the registry', async () => {
    const updates = pods('n10e-stop-sidecar-denied-503-retry-after', 'UPDATE').slice(-3);
    const off = registry.fault({ path: /\/acme\/nop\//, behaviour: { kind: 'status', status: 503 } });
    for (const review of updates.slice(0, 2)) {
      expect(await server.validate(review)).toMatchObject({ allowed: false, status: { code: 503, details: { retryAfterSeconds: 2 } } });
      // As the client library of the controller does.
      await setTimeout(2000);
    }
    off();
    // Nobody signed our stand-in for the controller's image: with the registry back it is refused for good, and not told to come again.
    const last = await server.validate(updates[2]);
    expect(last).toMatchObject({ allowed: false, status: { code: 403 } });
    expect(last.status).not.toHaveProperty('details');
  });
});

describe('n10b: equal requests are refused in equal words, whatever goes on behind', () => {
  const gone = `@sha256:${'ab'.repeat(32)}`;

  test.each<[string, string, Behaviour | undefined]>([
    ['answers 502, by digest', `/acme/gone${gone}`, { kind: 'status', status: 502 }],
    ['answers 500, by tag', '/acme/gone:v1', { kind: 'status', status: 500 }],
    ['breaks connections', `/acme/gone${gone}`, { kind: 'reset' }],
    ['does not exist', `/acme/gone${gone}`, undefined],
  ])('n10b: a registry that %s, before it is left alone and while it is', async (_, path, behaviour) => {
    if (behaviour === undefined) await registry.close();
    else registry.fault({ path: /\/acme\/gone\//, behaviour });
    const texts = new Set<string | undefined>();
    for (let time = 0; time < 30; time += 1) texts.add((await server.validate(podReview({ images: [`${registry.host}${path}`] }))).status?.message);
    const paused = /^gatehouse_evidence_paused_(?:hosts|repositories) 1$/m;
    expect((await server.ops('/metrics')).text).toMatch(paused);
    expect([...texts]).toHaveLength(1);
  });
});

describe('what is told to be sent again', () => {
  const dead = (): string => signed.replace('/acme/app@', '/acme/gone@');

  test('never with anything violated beside it', async () => {
    const off = registry.fault({ path: /\/acme\/gone\//, behaviour: { kind: 'status', status: 500 } });
    const alone = await server.validate(podReview({ images: [dead()] }));
    const both = await server.validate(podReview({ images: [dead(), unsigned] }));
    off();
    expect(alone.status).toMatchObject({ code: 503, details: { retryAfterSeconds: 2 } });
    expect(both.status).toMatchObject({ code: 403 });
    expect(both.status).not.toHaveProperty('details');
  });

  test('not when the try itself took most of its time', async () => {
    const off = registry.fault({ path: /\/acme\/hangs\//, behaviour: { kind: 'hang' } });
    const answer = await server.validate(podReview({ images: [signed.replace('/acme/app@', '/acme/hangs@')] }), '?timeout=1s');
    off();
    expect(codes(answer)).toEqual(['ENGINE_DEADLINE']);
    expect(answer.status).toMatchObject({ code: 503 });
    expect(answer.status).not.toHaveProperty('details');
  });

  test('n6d n7c n11b: what Tekton asks for once is told so however long it took; what it asks for again by itself, and what others ask for, is not', async () => {
    const off = registry.fault({ path: /\/acme\/hangs\//, behaviour: { kind: 'hang' } });
    const images = [signed.replace('/acme/app@', '/acme/hangs@')];
    const asked = async (user: string, kind: 'Pod' | 'StatefulSet' | 'Deployment') => (await server.validate(workloadReview(kind, { images, username: user }), '?timeout=1s')).status;
    const controller = 'system:serviceaccount:tekton-pipelines:tekton-pipelines-controller';
    for (const kind of ['Pod', 'StatefulSet'] as const) expect(await asked(controller, kind), kind).toMatchObject({ code: 503, details: { retryAfterSeconds: 1 } });
    for (const [user, kind] of [[controller, 'Deployment'], [`${controller}-2`, 'Pod']] as const) {
      const status = await asked(user, kind);
      expect(status, kind).toMatchObject({ code: 503 });
      expect(status, kind).not.toHaveProperty('details');
    }
    off();
  });

  test('the text ends so that what callers append to it spoils nothing', async () => {
    const { status } = await server.validate(podReview({ images: [unsigned] }));
    expect(`${status?.message ?? ''}. Maybe invalid TaskSpec`).toMatch(/\n {2}gatehouse explain FETCH_NONE_FOUND \(reference [0-9a-f]{10}\)\. Maybe invalid TaskSpec$/);
  });

  test('the reference leads to the refusal, also after many others', async () => {
    const { status, auditAnnotations } = await server.validate(podReview({ images: [unsigned], name: 'looked-for' }));
    const reference = /reference ([0-9a-f]{10})/.exec(status?.message ?? '')?.[1] ?? '';
    await server.validate(podReview({ images: [unsigned], name: 'other' }));
    const line = server.log.find((one) => one['reference'] === reference);
    expect(line).toMatchObject({ id: auditAnnotations['decision-id'], outcome: 'deny' });
  });
});
