import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { podReview, workloadReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** Templates that leave an image open, and kinds of others that describe pods, over HTTPS in a closed cluster. */

const pem = createWorld({ now: 0 }).key().publicKeyPem;
const policies = [
  { kind: 'Signer', metadata: { name: 's' }, spec: { identities: [{ key: { data: pem } }] } },
  { kind: 'ClusterArtifactPolicy', metadata: { name: 'p' }, spec: { artifacts: [{ image: '127.0.0.1:1/acme/**' }], requireDigest: true, require: [{ name: 'signed', signature: { by: ['s'] } }] } },
].map((one) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('\n---\n');
let server: TestServer;
beforeAll(async () => { server = await startTestServer({ 'p.yaml': policies }, { plainHttp: ['127.0.0.1:1'] }); });
afterAll(() => server.close());

const OURS = '127.0.0.1:1/acme/app:1';

describe('F20: placeholders', () => {
  test.each(['auto', ' ', ''])('F20: %j in a Deployment is admitted with a warning, and denied in a pod', async (image) => {
    const template = await server.validate(workloadReview('Deployment', { images: [{ image }] }));
    expect([template.allowed, codes(template), template.warnings?.length]).toEqual([true, ['INPUT_IMAGE_PLACEHOLDER'], 1]);
    expect((await server.validate(podReview({ images: [{ image }] }))).allowed).toBe(false);
  });

  test('F20: beside an image that is not admitted nothing is let in', async () => {
    const answer = await server.validate(workloadReview('Deployment', { images: ['auto', OURS] }));
    expect([answer.allowed, codes(answer)]).toEqual([false, expect.arrayContaining(['INPUT_IMAGE_PLACEHOLDER', 'POLICY_DIGEST_REQUIRED'])]);
  });
});

describe('F23: kinds of others', () => {
  const review = (spec: unknown): unknown => {
    const copy = JSON.parse(JSON.stringify(podReview({ images: [OURS] }))) as { request: Record<string, unknown> };
    const kind = { group: 'argoproj.io', version: 'v1alpha1' };
    Object.assign(copy.request, { kind: { ...kind, kind: 'Rollout' }, resource: { ...kind, resource: 'rollouts' }, object: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'web' }, spec } });
    return copy;
  };

  test.each<[string, unknown, boolean, string[]]>([
    ['a template whose image a policy denies', { template: { spec: { containers: [{ name: 'c', image: OURS }] } } }, false, ['POLICY_DIGEST_REQUIRED', 'FETCH_UNREACHABLE']],
    ['a template whose image no policy knows', { template: { spec: { containers: [{ name: 'c', image: 'nginx' }] } } }, false, ['SELECT_NO_POLICY']],
    ['a pod further down', { steps: [{ job: { spec: { containers: [{ name: 'c', image: 'nginx' }] } } }] }, false, ['SELECT_NO_POLICY']],
    ['a template that leaves its image open', { template: { spec: { containers: [{ name: 'c', image: 'auto' }] } } }, true, ['INPUT_IMAGE_PLACEHOLDER']],
    ['containers that cannot be read', { template: { spec: { containers: ['nginx'] } } }, false, ['INPUT_OBJECT_UNREADABLE']],
    ['no pod', { replicas: 2 }, true, ['INPUT_NOT_JUDGED']],
  ])('F23: %s', async (_what, spec, allowed, expected) => {
    const answer = await server.validate(review(spec));
    expect([answer.allowed, codes(answer).toSorted()]).toEqual([allowed, expected.toSorted()]);
  });
});
