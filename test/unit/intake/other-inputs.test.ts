import { describe, expect, it } from 'vitest';
import { blobRequest, decisionTime, imageRequest, readImageReview, requestTimeout } from '../../../src/intake/index.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

function imageReview(spec: unknown): unknown {
  return { apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', spec };
}

describe('readImageReview', () => {
  it('names every container image with its place', () => {
    const result = readImageReview(imageReview({ namespace: 'shop', containers: [{ image: 'nginx' }, { image: `ghcr.io/acme/app:1@${digest}` }], annotations: { 'a.image-policy.k8s.io/b': 'c' } }));
    expect(result).toMatchObject({
      ok: true,
      apiVersion: 'imagepolicy.k8s.io/v1alpha1',
      review: {
        surface: 'imagereview',
        namespace: 'shop',
        inputFindings: [],
        artifacts: [
          { kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: 'nginx', name: 'docker.io/library/nginx', tag: 'latest' },
          { path: 'spec.containers[1].image', name: 'ghcr.io/acme/app', tag: '1', digest },
        ],
      },
    });
  });

  it('E12 E13 reports images that are none, beside those that are', () => {
    const containers = [{ image: 'nginx' }, { image: '' }, {}, { image: 7 }, null, { image: ' nginx' }, { image: 'Nginx' }];
    const result = readImageReview(imageReview({ namespace: 'shop', containers }));
    const review = result.ok ? result.review : undefined;
    expect(review?.artifacts).toHaveLength(1);
    expect(review?.inputFindings?.map((finding) => [finding.path, finding.code])).toEqual([
      ['spec.containers[1].image', 'INPUT_IMAGE_MISSING'],
      ['spec.containers[2].image', 'INPUT_IMAGE_MISSING'],
      ['spec.containers[3].image', 'INPUT_IMAGE_MISSING'],
      ['spec.containers[4].image', 'INPUT_IMAGE_MISSING'],
      ['spec.containers[5].image', 'INPUT_IMAGE_INVALID'],
      ['spec.containers[6].image', 'INPUT_IMAGE_INVALID'],
    ]);
  });

  it.each([undefined, null, [], {}, 'nginx'])('H08 denies a review without containers: %j', (containers) => {
    const result = readImageReview(imageReview({ namespace: 'shop', containers }));
    expect(result.ok && result.review.inputFindings?.map((finding) => finding.code)).toEqual(['INPUT_OBJECT_UNREADABLE']);
  });

  it('denies more containers than the limit', () => {
    const result = readImageReview(imageReview({ namespace: 'shop', containers: Array.from({ length: 2001 }, () => ({ image: 'nginx' })) }));
    expect(result.ok && result.review.inputFindings?.map((finding) => finding.code)).toEqual(['INPUT_TOO_MANY_ARTIFACTS']);
  });

  it.each([null, [], {}, { apiVersion: 'imagepolicy.k8s.io/v1', kind: 'ImageReview', spec: {} }, { apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'AdmissionReview', spec: {} }, imageReview(null), imageReview({ namespace: 7 })])(
    'refuses what is no ImageReview (%#)',
    (body) => {
      expect(readImageReview(body)).toMatchObject({ ok: false, code: 'INPUT_NOT_A_REVIEW' });
    },
  );
});

describe('deadline', () => {
  it('falls back to the default of the API, and stays below its maximum', () => {
    expect(requestTimeout('5s')).toBe(5000);
    expect(requestTimeout('1m30s')).toBe(30_000);
    expect(requestTimeout('1.5s')).toBe(1500);
    for (const absent of [undefined, null, '', 'soon', ['5s', '9s'], '0s']) expect(requestTimeout(absent)).toBe(10_000);
    expect(requestTimeout('24h')).toBe(30_000);
  });

  it('leaves a second for the answer, or half of a short time', () => {
    expect(decisionTime(10_000)).toBe(9000);
    expect(decisionTime(1000)).toBe(500);
  });
});

describe('command line', () => {
  it('names images by argument, good and bad together', () => {
    const review = imageRequest(['nginx:1', 'NGINX', `a.b/c@${digest}`], { namespace: 'shop' });
    expect(review).toMatchObject({ surface: 'cli', namespace: 'shop', object: null });
    expect(review.artifacts?.map((artifact) => [artifact.path, artifact.name])).toEqual([['arguments[0]', 'docker.io/library/nginx'], ['arguments[2]', 'a.b/c']]);
    expect(review.inputFindings?.map((finding) => [finding.path, finding.code])).toEqual([['arguments[1]', 'INPUT_IMAGE_INVALID']]);
  });

  it('names blobs by digest', () => {
    const review = blobRequest([{ name: 'app.tar.gz', digest }, { name: 'bad', digest: 'sha256:ab' }]);
    expect(review.artifacts).toEqual([{ kind: 'blob', usage: 'dependency', path: 'arguments[0]', raw: `app.tar.gz@${digest}`, name: 'app.tar.gz', digest }]);
    expect(review.inputFindings).toHaveLength(1);
  });
});
