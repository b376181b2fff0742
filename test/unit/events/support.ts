import type { Decision } from '../../../src/domain/decision/decision.ts';

/** A denial with two findings about one image. */
export function eventOf(over: Partial<Decision> = {}, request: Partial<Decision['request']> = {}): Decision {
  const digest = `sha256:${'a'.repeat(64)}` as never;
  const finding = { path: 'spec.containers[0].image', artifact: 'ghcr.io/a/b', requirement: 'r', mode: 'enforce' } as const;
  return {
    id: '01JDECISION', at: 1_750_000_000_000, durationMs: 12, outcome: 'deny', verdict: 'violated', notes: [], policyGeneration: 'g1',
    artifacts: [{ kind: 'image', usage: 'container', path: finding.path, raw: 'ghcr.io/a/b', name: 'ghcr.io/a/b', digest }],
    findings: [
      { ...finding, verdict: 'violated', code: 'FETCH_NONE_FOUND', policy: 'acme' },
      { ...finding, verdict: 'satisfied', code: 'POLICY_SATISFIED', policy: 'other' },
    ],
    request: {
      surface: 'webhook', proof: 'certificate', uid: 'u-1', operation: 'CREATE', group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web',
      user: 'alice', dryRun: false, ...request,
    },
    ...over,
  };
}
