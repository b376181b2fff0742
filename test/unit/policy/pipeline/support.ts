import type { Matter } from '../../../../src/domain/build/matter.ts';

/** A matter of which every policy speaks. */
export const MATTER: Matter = {
  about: 'engineSettings', operation: 'UPDATE', namespace: 'tekton-pipelines', name: 'feature-flags',
  requester: { username: 'bob', groups: [] }, data: {}, before: {},
};

/** A PipelinePolicy as a document, `factory` unless it is named. */
export function pipeline(spec: object, metadata: object = {}): string {
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'factory', ...metadata }, spec });
}
