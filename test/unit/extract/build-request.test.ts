import { describe, expect, test } from 'vitest';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { extract } from '../../../src/extract/index.ts';

const USER = { username: 'system:serviceaccount:ci:triggers', groups: ['system:serviceaccounts'] };

function review(resource: string, more: Partial<ReviewRequest> = {}): ReviewRequest {
  return {
    surface: 'webhook', caller: { proof: 'certificate', credentials: 'all' }, uid: 'u', operation: 'CREATE', kind: { group: 'tekton.dev', version: 'v1', kind: 'Run' }, resource: { group: 'tekton.dev', version: 'v1', resource },
    subResource: '', namespace: 'ci', name: 'n', user: USER, dryRun: false, object: { apiVersion: 'tekton.dev/v1', kind: 'Run' }, oldObject: null, ...more,
  };
}

describe('the build that a request starts', () => {
  test.each(['pipelineruns', 'taskruns'])('%s: engine and requester, and nothing of the object', (resource) => {
    expect(extract(review(resource)).request).toEqual({ engine: 'tekton', requester: USER });
    expect(extract(review(resource, { object: 'no object' })).request).toEqual({ engine: 'tekton', requester: USER });
  });

  test.each<[string, ReviewRequest]>([
    ['a definition', review('tasks')],
    ['a change', review('taskruns', { operation: 'UPDATE' })],
    ['an end', review('taskruns', { operation: 'DELETE' })],
    ['a subresource', review('taskruns', { subResource: 'other' })],
    ['the same name in another group', review('taskruns', { resource: { group: '', version: 'v1', resource: 'taskruns' } })],
    ['artifacts that are named directly', review('taskruns', { artifacts: [] })],
  ])('%s starts none', (_, it) => expect(extract(it)).not.toHaveProperty('request'));
});
