/** A failed artifact rule in words: what it failed on, and what was left by then. */
import type { LayoutItem } from '../../domain/policy/layout.ts';
import type { LayoutProblem } from './result.ts';
import { few } from './result.ts';
import type { Recorded, RuleFailure } from './rules.ts';
import { applyRules } from './rules.ts';

/** Both rule lists of a step or inspection, against what `recorded` has under its name; `place` is written before the name. */
export function ruleProblems(item: LayoutItem, recorded: ReadonlyMap<string, Recorded>, place: string): readonly LayoutProblem[] {
  const own = recorded.get(item.name);
  if (own === undefined) return [];
  return (['materials', 'products'] as const).flatMap((subject) => {
    const rules = subject === 'materials' ? item.expectedMaterials : item.expectedProducts;
    const failure = applyRules({ subject, rules, own, others: recorded });
    return failure === undefined ? [] : [ruleProblem(failure, subject, `${place}${item.name}`)];
  });
}

function ruleProblem(failure: RuleFailure, subject: 'materials' | 'products', step: string): LayoutProblem {
  const required = failure.rule.startsWith('REQUIRE ');
  return {
    kind: 'rule', step, subject, rule: failure.rule, artifact: few(failure.artifacts),
    expected: required ? `${few(failure.artifacts)} among the ${subject} not yet matched by a rule` : `no ${subject} left that match`,
    found: required ? few(failure.queue) : few(failure.artifacts),
    trace: failure.trace,
  };
}
