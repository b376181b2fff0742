/** What a reason is: a headline, a remedy, and the verdict that it always has. */
import type { Verdict } from './finding.ts';

/** One entry of the catalogue. */
export interface Reason {
  /** The headline of a denial: lower case, no full stop. */
  readonly title: string;
  /** What the reader should do. */
  readonly fix: string;
  readonly verdict: Verdict;
}

/** It speaks against an admission. */
export function violated(title: string, fix: string): Reason {
  return { title, fix, verdict: 'violated' };
}
/** It could not be found out, which neither admits nor accuses. */
export function undetermined(title: string, fix: string): Reason {
  return { title, fix, verdict: 'undetermined' };
}
/** It speaks for an admission. */
export function satisfied(title: string): Reason {
  return { title, fix: 'nothing to do', verdict: 'satisfied' };
}
