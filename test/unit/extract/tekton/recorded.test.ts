/** What a real API server and a real Tekton have sent, read as build requests. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BuildRequest } from '../../../../src/domain/build/build-request.ts';
import type { ReviewRequest } from '../../../../src/domain/decision/review.ts';
import { extract } from '../../../../src/extract/index.ts';
import { readAdmissionReview } from '../../../../src/intake/index.ts';
import { hasSharedData, sharedData } from '../../../support/shared.ts';

function read(line: string): ReviewRequest {
  const result = readAdmissionReview((JSON.parse(line) as { review: unknown }).review);
  if (!result.ok) throw new Error(result.message);
  return result.review;
}

function recorded(file: string): readonly ReviewRequest[] {
  return readFileSync(sharedData(`tekton-recorded/${file}`), 'utf8').trim().split('\n').map(read);
}

const files = hasSharedData ? readdirSync(sharedData('tekton-recorded')).filter((name) => name.endsWith('.jsonl')) : [];

function builds(reviews: readonly ReviewRequest[]): readonly BuildRequest[] {
  return reviews.flatMap((review) => {
    const { matter } = extract(review);
    return matter?.about === 'build' && review.subResource === '' ? [matter.request] : [];
  });
}

describe.skipIf(!hasSharedData)('recorded requests about builds', () => {
  it.each(files)('%s', (file) => {
    for (const review of recorded(file)) {
      if (review.resource.group !== 'tekton.dev' || review.subResource !== '' || review.operation === 'DELETE') continue;
      const { matter, findings, deferred } = extract(review);
      expect(matter?.about, review.resource.resource).toBe('build');
      expect(findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce')).toEqual([]);
      expect(deferred ?? []).toEqual([]);
    }
  });

  it('a definition that Tekton resolved comes as a dry run, by its controller, with its images', () => {
    const dry = builds(recorded('f-pipelinerun-bundle.jsonl')).filter(({ dryRun }) => dryRun);
    expect([...new Set(dry.map(({ kind, role }) => `${kind} ${role}`))].sort()).toEqual(['Pipeline definition', 'Task definition']);
    for (const { requester, definitions } of dry) expect([requester.username, definitions[0]?.form]).toEqual(['system:serviceaccount:tekton-pipelines:tekton-pipelines-controller', 'self']);
    expect(dry.filter(({ kind }) => kind === 'Task').every(({ images }) => images.length > 0)).toBe(true);
  });

  it('bundles by digest are known to be pinned, and a run that a controller makes names its owner', () => {
    const runs = builds(recorded('f-pipelinerun-bundle.jsonl')).filter(({ role }) => role === 'run');
    expect(runs[0]?.definitions[0]).toMatchObject({ form: 'remote', resolver: 'bundles', source: { from: 'bundle' } });
    expect(runs.find(({ kind }) => kind === 'TaskRun')?.owner).toMatchObject({ kind: 'PipelineRun' });
  });

  it('v1beta1 is read whether the API server converts it or not', () => {
    for (const file of ['l-v1beta1.jsonl', 'l2-v1beta1-converted.jsonl']) {
      const [task] = builds(recorded(file));
      expect([task?.kind, task?.images.length]).toEqual(['Task', 1]);
    }
  });
});
