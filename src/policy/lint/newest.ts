/** Whoever serves the evidence can hide the newest: what that gains ends with maxAge, so it should be short. */
import type { Requirement } from '../../domain/policy/requirement.ts';
import type { Advice } from '../kinds/kind.ts';

/** Milliseconds; scans are made daily or weekly. */
const LONG = 8 * 86_400_000;

/** Reports a `newest` under which what is hidden is missed for longer than a week. */
export function lintNewest(requirement: Requirement, { report, path }: Pick<Advice, 'report' | 'path'>): void {
  if (requirement.kind !== 'examined' || requirement.newest !== true) return;
  const { maxAge = 0 } = requirement;
  if (maxAge > LONG)
    report.advise(
      'newest-hidden',
      [...path, 'maxAge'],
      `whoever serves the evidence can hide the newest, and an older one then counts for up to ${Math.floor(maxAge / 86_400_000)} days; a shorter maxAge bounds that`,
    );
}
