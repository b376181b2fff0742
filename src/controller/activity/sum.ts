/** What all replicas together tell of a policy. */
import type { ActivityReport } from '../../platform/decisions/activity.ts';
import { keyOf } from '../documents/kinds.ts';

/** Counts of one policy over all replicas. */
export interface PolicyCounts {
  readonly matched: number;
  readonly admitted: number;
  readonly denied: number;
  readonly undetermined: number;
  /** Since when the oldest replica that is there counts, epoch milliseconds. */
  readonly since: number;
  /** Epoch milliseconds. */
  readonly last: number;
  /** When it denied last; 0: never. */
  readonly lastDenied: number;
  readonly reasons: ReadonlyMap<string, number>;
}

/** The key of the document of a policy, by the name that findings give it. */
export function policyKey({ policy, ofRequest }: { readonly policy: string; readonly ofRequest: boolean }): string {
  const slash = policy.indexOf('/');
  if (ofRequest || slash < 0) return keyOf({ kind: ofRequest ? 'PipelinePolicy' : 'ClusterArtifactPolicy', namespace: '', name: policy });
  return keyOf({ kind: 'ArtifactPolicy', namespace: policy.slice(0, slash), name: policy.slice(slash + 1) });
}

/** Sums up, by the key of the document. */
export function sumUp(reports: readonly ActivityReport[]): ReadonlyMap<string, PolicyCounts> {
  const since = Math.min(...reports.map((report) => report.since));
  const sums = new Map<string, PolicyCounts>();
  for (const { policies } of reports) {
    for (const one of policies) {
      const key = policyKey(one);
      const before = sums.get(key);
      const reasons = new Map(before?.reasons);
      for (const [code, count] of Object.entries(one.reasons)) reasons.set(code, (reasons.get(code) ?? 0) + count);
      sums.set(key, {
        matched: one.matched + (before?.matched ?? 0),
        admitted: one.admitted + (before?.admitted ?? 0),
        denied: one.denied + (before?.denied ?? 0),
        undetermined: one.undetermined + (before?.undetermined ?? 0),
        since,
        last: Math.max(one.last, before?.last ?? 0),
        lastDenied: Math.max(one.lastDenied, before?.lastDenied ?? 0),
        reasons,
      });
    }
  }
  return sums;
}
