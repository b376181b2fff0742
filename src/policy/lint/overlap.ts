/** Policies over the same artifacts that demand different things: both must hold, which is worth knowing and may well be meant. */
import type { DraftPolicy } from '../compile/policy.ts';
import { overlaps } from '../match/overlaps.ts';
import { coversPattern } from '../match/covers.ts';
import type { Steps } from '../steps.ts';

/** Pairs of patterns that are compared; larger sets go without these notes. */
const MOST_PAIRS = 200_000;

/** Notes each policy that shares artifacts with one before it, at the later of the two, once for each pattern. */
export function* lintOverlapSteps(drafts: readonly DraftPolicy[]): Steps<void> {
  let pairs = 0;
  for (const [index, later] of drafts.entries()) {
    yield;
    for (const [at, pattern] of later.patterns.entries()) {
      const shared = drafts.slice(0, index).filter((earlier) => {
        pairs += earlier.patterns.length;
        return pairs <= MOST_PAIRS && !isTwice(earlier, later) && together(earlier, later) && !excepted(earlier, later, at)
          && earlier.patterns.some((other) => overlaps(other, pattern));
      });
      const names = shared.map(({ policy }) => `${policy.kind} ${policy.name}`);
      if (names.length === 0) continue;
      const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
      later.report.note(
        'policies-overlap',
        ['spec', 'artifacts', at, pattern.kind],
        `artifacts of ${JSON.stringify(pattern.source)} are also spoken of by ${shown}: what all of them demand must hold`
          + '; where only one of them is meant, write except in the other',
      );
    }
  }
}

/** Whether they have one name, which is told as what it is. */
function isTwice({ policy: a }: DraftPolicy, { policy: b }: DraftPolicy): boolean {
  return a.kind === b.kind && a.name === b.name && a.namespace === b.namespace;
}

/** Whether both may speak about one request. */
function together({ policy: a }: DraftPolicy, { policy: b }: DraftPolicy): boolean {
  const uses = a.usedAs === undefined || b.usedAs === undefined || [...a.usedAs].some((use) => b.usedAs?.has(use));
  const namespaces = a.namespace === undefined || b.namespace === undefined || a.namespace === b.namespace;
  const selected = a.namespaces === undefined || b.namespaces === undefined || a.namespaces.source === b.namespaces.source;
  return uses && namespaces && selected && (a.callers === undefined) === (b.callers === undefined);
}

/** Whether one of them leaves to the other all that they share. */
function excepted(earlier: DraftPolicy, later: DraftPolicy, at: number): boolean {
  const pattern = later.patterns[at];
  if (pattern === undefined) return true;
  return earlier.except.some((one) => coversPattern(one, pattern))
    || earlier.patterns.every((other) => !overlaps(other, pattern) || later.except.some((one) => coversPattern(one, other)));
}
