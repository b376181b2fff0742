import { describe, expect, test } from 'vitest';
import { WORKLOAD_KINDS, ephemeralContainersReview, objectReview, podReview, updateReview, workloadReview } from '../../world/review.ts';

describe('admission reviews', () => {
  test('pod with every place that names an image', () => {
    const { request } = podReview({ images: ['a', { name: 'web', image: 'b' }], initImages: ['c'], ephemeralImages: ['d'], imageVolumes: ['e'], pullSecrets: ['s'], serviceAccount: 'sa', namespace: 'prod' });
    expect(request.object).toMatchObject({
      kind: 'Pod',
      metadata: { namespace: 'prod' },
      spec: {
        serviceAccountName: 'sa',
        imagePullSecrets: [{ name: 's' }],
        containers: [{ name: 'app-0', image: 'a' }, { name: 'web', image: 'b' }],
        initContainers: [{ image: 'c' }],
        ephemeralContainers: [{ image: 'd' }],
        volumes: [{ image: { reference: 'e' } }],
      },
    });
    expect(request).toMatchObject({ operation: 'CREATE', namespace: 'prod', dryRun: false, oldObject: null, resource: { group: '', version: 'v1', resource: 'pods' } });
  });

  test.each(WORKLOAD_KINDS)('%s carries the image and its kind', (kind) => {
    const { request } = workloadReview(kind, { images: ['registry.example/app:1'] });
    expect(request).toMatchObject({ kind: { kind }, object: { kind } });
    expect(JSON.stringify(request.object)).toContain('registry.example/app:1');
    expect(JSON.stringify(workloadReview(kind, { images: [] }).request.object)).not.toContain('registry.example');
  });

  test('update holds both objects, ephemeral containers only the new one', () => {
    const update = updateReview('Deployment', { images: ['a:1'] }, { images: ['a:2'] });
    expect(JSON.stringify(update.request.oldObject)).toContain('a:1');
    expect(JSON.stringify(update.request.object)).toContain('a:2');
    expect(update.request).toMatchObject({ operation: 'UPDATE' });

    const debug = ephemeralContainersReview({ images: ['a'], ephemeralImages: ['shell'] });
    expect(debug.request).toMatchObject({ operation: 'UPDATE', subResource: 'ephemeralcontainers' });
    expect(JSON.stringify(debug.request.oldObject)).not.toContain('shell');
    expect(JSON.stringify(debug.request.object)).toContain('shell');
  });

  test('delete has no object; other kinds take group and version from the object', () => {
    expect(podReview({ operation: 'DELETE' }).request).toMatchObject({ object: null, oldObject: { kind: 'Pod' } });
    expect(objectReview({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun' }, 'pipelineruns').request).toMatchObject({ kind: { group: 'tekton.dev', version: 'v1', kind: 'PipelineRun' }, resource: { resource: 'pipelineruns' } });
    expect(podReview().request.uid).not.toBe(podReview().request.uid);
    expect(podReview({ uid: 'u' }).request.uid).toBe('u');
  });
});
