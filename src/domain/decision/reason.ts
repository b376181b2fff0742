/** What a reason is: a headline, a remedy, and the verdict that it always has. */
import type { Verdict } from './finding.ts';

/** One entry of the catalogue. */
export interface Reason {
  /** The headline of a denial: lower case, no full stop. */
  readonly title: string;
  /** What whoever is denied should do: a developer, who writes no policies. Where he can do nothing it says whom to ask. */
  readonly fix: string;
  /** What the owner of the policy, or whoever runs Gatehouse, may do instead, after looking at the case; shown by `explain` alone. */
  readonly ownerFix?: string;
  readonly verdict: Verdict;
}

/** It speaks against an admission. */
export function violated(title: string, fix: string, ownerFix?: string): Reason {
  return { title, fix, verdict: 'violated', ...(ownerFix === undefined ? {} : { ownerFix }) };
}
/** It could not be found out, which neither admits nor accuses. */
export function undetermined(title: string, fix: string, ownerFix?: string): Reason {
  return { title, fix, verdict: 'undetermined', ...(ownerFix === undefined ? {} : { ownerFix }) };
}
/** It speaks for an admission. */
export function satisfied(title: string): Reason {
  return { title, fix: 'nothing to do', verdict: 'satisfied' };
}
