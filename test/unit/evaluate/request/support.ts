import type { Decision } from '../../../../src/domain/decision/decision.ts';
import type { Asking, Json, Surroundings } from '../../../support/pipelines.ts';
import { judgedBy } from '../../../support/pipelines.ts';

/** A PipelinePolicy with this spec, as a document. */
export function pipelinePolicy(spec: object, name = 'factory'): string {
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name }, spec });
}

/** What one requirement of a policy with this spec says of an object: codes with their paths, `[]` when it does not speak of it. */
export function saying(requirement: string, spec: object, surroundings: Surroundings = {}): (source: string | Json, asking?: Asking) => Promise<string[]> {
  const judge = judgedBy(pipelinePolicy(spec), surroundings);
  return async (source, asking) => said(await judge(source, asking), requirement);
}

/** Codes that one requirement came to, each with its path; none when it does not speak of the request. */
export function said({ findings }: Decision, requirement: string): string[] {
  return findings.filter((finding) => finding.requirement === requirement).map(({ code, path }) => (path === '' ? code : `${code} ${path}`));
}

/** A digest, for images that are pinned. */
export const PINNED = `sha256:${'0'.repeat(63)}1`;
