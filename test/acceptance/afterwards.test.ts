/** What was begun goes on after our own answer at the deadline, so that the next try is answered from memory. */
import { request } from 'node:https';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { until } from '../support/patience.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const alice = world.key();
const document = (kind: string, name: string, spec: unknown): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
let registry: TestRegistry;
let server: TestServer;
let signed = '';

beforeEach(async () => {
  registry = await startRegistry();
  const good = makeImage();
  await push(registry, 'acme/app', good);
  await pushReferrer(registry, 'acme/app', bundleReferrer(good, keyBundle(world, { digest: good.digest, key: alice })));
  signed = `${registry.host}/acme/app@${good.digest}`;
  server = await startTestServer({
    'policies.yaml': document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'acme', {
        artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'signed', signature: { by: ['alice'] } }],
      }),
  }, { plainHttp: [registry.host] });
});
afterEach(async () => {
  await server.close();
  await registry.close();
});

const asked = (): number => registry.log.length;

test('an answer at the deadline, and the next try asks the registry nothing', async () => {
  const off = registry.fault({ path: /acme/, behaviour: { kind: 'delay', ms: 700 } });
  const first = await server.validate(podReview({ images: [signed] }), '?timeout=1s');
  expect(first).toMatchObject({ allowed: false, status: { code: 503 } });
  expect(codes(first)).toEqual(['ENGINE_DEADLINE']);
  expect(registry.log.filter(({ aborted }) => aborted)).toEqual([]);
  // All three requests of this image, of which only the first was begun in time.
  await until(() => asked() >= 3);
  off();
  await until(async () => (await server.validate(podReview({ images: [signed] }))).allowed);
  const before = asked();
  expect(await server.validate(podReview({ images: [signed] }), '?timeout=1s')).toMatchObject({ allowed: true });
  expect(asked()).toBe(before);
  expect(registry.log.filter(({ aborted }) => aborted)).toEqual([]);
});

test('H23: nothing goes on for a caller that hung up', async () => {
  registry.fault({ path: /acme/, behaviour: { kind: 'hang' } });
  const sending = request({
    host: '127.0.0.1', port: server.running.port, path: '/validate?timeout=10s', method: 'POST', rejectUnauthorized: false, agent: false,
    headers: { 'content-type': 'application/json' },
  });
  sending.on('error', () => undefined);
  sending.end(JSON.stringify(podReview({ images: [signed] })));
  await until(() => asked() > 0);
  const closed = new Promise((resolve) => sending.once('close', resolve));
  sending.destroy();
  await closed;
  await until(() => registry.log.every(({ aborted }) => aborted), 'a request to the registry goes on');
});

test('what goes on leaves no decision of its own', async () => {
  const off = registry.fault({ path: /acme/, behaviour: { kind: 'delay', ms: 300 } });
  await server.validate(podReview({ images: [signed] }), '?timeout=500ms');
  await until(() => asked() >= 3);
  off();
  expect(server.log.filter(({ msg }) => msg === 'decision')).toHaveLength(1);
});
