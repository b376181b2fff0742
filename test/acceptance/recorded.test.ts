import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';

interface Recorded {
  readonly request?: { readonly uid: string; readonly kind: { readonly kind: string }; readonly operation: string; readonly subResource?: string; readonly object?: { readonly spec?: { readonly containers?: readonly { readonly image: string }[] } } };
}

const recordings = hasSharedData ? readdirSync(sharedData('tekton-recorded')).filter((name) => name.endsWith('.jsonl')) : [];

function reviews(name: string): Recorded[] {
  return readFileSync(sharedData(`tekton-recorded/${name}`), 'utf8').split('\n').filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map((line) => (line['review'] ?? line['body'] ?? line) as Recorded)
    .filter((review) => review.request !== undefined);
}

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('real AdmissionReviews recorded from Kubernetes and Tekton', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      'none.yaml': readFileSync(new URL('../../policies/baseline/distroless.yaml', import.meta.url), 'utf8'),
    }, { unmatched: 'warn' });
  });
  afterAll(() => server.close());

  test('there are recordings, 24 of them since the first day', () => {
    expect(recordings.length).toBeGreaterThanOrEqual(24);
  });

  test.each(recordings)('%s: every review is answered well-formed, and the images of pods are found', async (name) => {
    const list = reviews(name);
    expect(list.length).toBeGreaterThan(0);
    for (const review of list) {
      const answer = await server.validate(review);
      expect(answer.uid).toBe(review.request?.uid);
      expect(typeof answer.allowed).toBe('boolean');
      const created = review.request?.kind.kind === 'Pod' && review.request.operation === 'CREATE' && !review.request.subResource;
      if (!created) continue;
      for (const [index, container] of (review.request?.object?.spec?.containers ?? []).entries()) {
        expect(answer.auditAnnotations['artifacts'], container.image).toContain(`spec.containers[${index}].image=`);
      }
    }
  });
});
