/** CEL conditions are linted when the policy is loaded, and may name only requirements that stand above them. */
import type { Condition } from '../../domain/policy/content-check.ts';
import type { Requirement } from '../../domain/policy/requirement.ts';
import { lintExpression } from '../../examine/cel/lint.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';
import { didYouMean } from '../read/suggest.ts';
import type { WhereField } from '../schema/content.ts';

/** Where conditions stand, and at what else they may look. */
export interface ConditionContext {
  readonly report: Reporter;
  /** Down to what has the `where`. */
  readonly path: Path;
  /** Requirements of this policy that stand above, by name. */
  readonly earlier: ReadonlyMap<string, Requirement>;
}

/** Lints every expression; problems are reported at the character in the file, and `undefined` is given then. */
export function compileConditions(
  where: WhereField,
  context: ConditionContext,
): readonly Condition[] | undefined {
  const compiled = where.map(({ cel, message }, index): Condition | undefined => {
    const path = [...context.path, 'where', index, 'cel'];
    const linted = lintExpression(cel);
    if (!linted.ok) {
      for (const { offset, message: problem } of linted.problems) context.report.errorIn(path, offset, problem);
      return undefined;
    }
    const unknown = linted.uses.attestations.filter((name) => !context.earlier.has(name));
    for (const name of unknown)
      context.report.errorIn(
        path,
        Math.max(0, cel.indexOf(name)),
        `no requirement above this one is named ${JSON.stringify(name)}${didYouMean(name, [...context.earlier.keys()])}`,
      );
    if (unknown.length > 0) return undefined;
    return {
      expression: cel,
      ...(message === undefined ? {} : { message }),
      uses: linted.uses,
    };
  });
  const complete = compiled.filter((condition) => condition !== undefined);
  return complete.length < compiled.length ? undefined : complete;
}
