import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { extractEngine } from '../../../src/extract/engines.ts';
import { extract, KIND_READERS } from '../../../src/extract/index.ts';
import { JSON_LIMITS, parseJson, readAdmissionReview } from '../../../src/intake/index.ts';
import { hasSharedData, sharedData } from '../../support/shared.ts';

interface Container {
  readonly image: string;
}
type Spec = Readonly<Record<'containers' | 'initContainers', readonly Container[] | undefined>>;

/** One recorded review through the whole way in: bytes, JSON, envelope. */
function read(line: string): ReviewRequest {
  const bytes = Buffer.from(JSON.stringify((JSON.parse(line) as { review: unknown }).review));
  const json = parseJson(bytes, JSON_LIMITS);
  if (!json.ok) throw new Error(json.message);
  const result = readAdmissionReview(json.value);
  if (!result.ok) throw new Error(result.message);
  return result.review;
}

const files = hasSharedData ? readdirSync(sharedData('tekton-recorded')).filter((name) => name.endsWith('.jsonl')) : [];
const reviews = files.flatMap((name) => readFileSync(sharedData(`tekton-recorded/${name}`), 'utf8').trim().split('\n').map(read));

function of(resource: string, operation: string, subResource = ''): ReviewRequest[] {
  return reviews.filter((review) => review.resource.resource === resource && review.operation === operation && review.subResource === subResource);
}

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('reviews recorded from a real API server and Tekton', () => {
  it('every line is readable, and nothing in the way of it', () => {
    expect(reviews.length).toBeGreaterThanOrEqual(381);
    for (const review of reviews) expect(extract(review).findings.filter((finding) => finding.verdict !== 'satisfied' && finding.mode === 'enforce'), review.name).toEqual([]);
  });

  it('all images of all new pods are found, with their paths', () => {
    const pods = of('pods', 'CREATE');
    expect(pods.length).toBeGreaterThanOrEqual(20);
    for (const review of pods) {
      const spec = (review.object as { spec: Spec }).spec;
      const expected = (['containers', 'initContainers'] as const).flatMap((list) => (spec[list] ?? []).map((container, index) => `spec.${list}[${index}].image ${container.image}`));
      expect(extract(review).artifacts.map((artifact) => `${artifact.path} ${artifact.raw}`)).toEqual(expected);
      expect(extract(review).scope.namespace).toBe(review.namespace);
    }
  });

  it('updates of pods judge only the sidecar whose image Tekton replaced', () => {
    const judged = of('pods', 'UPDATE').flatMap((review) => extract(review).artifacts);
    expect(judged.length).toBeGreaterThan(0);
    for (const artifact of judged) expect([artifact.path, artifact.name]).toEqual(['spec.containers[1].image', 'ghcr.io/tektoncd/pipeline/nop']);
  });

  it('the template of the affinity assistant is read, its status and deletion are not judged', () => {
    const created = of('statefulsets', 'CREATE');
    expect(created.length).toBeGreaterThan(0);
    for (const review of created) expect(extract(review).artifacts.map((artifact) => artifact.path)).toEqual(['spec.template.spec.containers[0].image']);
    for (const review of [...of('statefulsets', 'UPDATE', 'status'), ...of('pods', 'DELETE')]) {
      expect(extract(review)).toMatchObject({ artifacts: [], findings: [{ code: 'INPUT_NOT_JUDGED' }] });
    }
  });

  it('kinds that are not read say so', () => {
    const others = reviews.filter((review) => extractEngine(review) === undefined && !Object.hasOwn(KIND_READERS, `${review.resource.group}/${review.resource.resource}`));
    expect(others.length).toBeGreaterThan(10);
    for (const review of others) {
      const { artifacts, findings: [finding] } = extract(review);
      const silent = review.operation === 'DELETE' || review.subResource === 'status' || !review.resource.group.endsWith('tekton.dev');
      expect([artifacts, finding?.code, finding?.mode]).toEqual([[], ...(silent ? ['INPUT_NOT_JUDGED', 'enforce'] : ['INPUT_KIND_UNREAD', 'warn'])]);
    }
  });
});
