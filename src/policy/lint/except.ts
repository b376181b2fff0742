/** Advice about what a policy does not speak about: too much of it, or nothing. */
import type { DraftPolicy } from '../compile/policy.ts';
import { coversPattern } from '../match/covers.ts';
import { overlaps } from '../match/overlaps.ts';

/** Pairs of patterns that are compared; longer lists go without this advice. */
const MOST_PAIRS = 10_000;

/** Reports exceptions that leave a whole pattern of the policy unspoken of, and those that match nothing that it speaks about. */
export function lintExcept({ patterns, except, report }: DraftPolicy): void {
  if (patterns.length * except.length > MOST_PAIRS) return;
  for (const [index, pattern] of patterns.entries()) {
    const whole = except.find((one) => coversPattern(one, pattern));
    if (whole === undefined) continue;
    const left = patterns.every((other) => except.some((one) => coversPattern(one, other)));
    report.advise(
      'pattern-excepted',
      ['spec', 'artifacts', index, pattern.kind],
      `is excepted as a whole by ${JSON.stringify(whole.source)}, so ${left ? 'this policy speaks about nothing' : 'it does nothing'}; `
        + 'take it out here, or narrow the exception',
    );
  }
  for (const [index, one] of except.entries())
    if (!patterns.some((pattern) => overlaps(pattern, one)))
      report.advise(
        'except-nothing',
        ['spec', 'except', index, one.kind],
        'matches nothing that artifacts of this policy match, so it excepts nothing; mend the pattern, or take it out',
      );
}
