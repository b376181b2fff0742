/** What this room gives: the linter of conditions, the examiner with its threads, and examining without them. */
export { createConditionRunner } from './cel/run.ts';
export { lintExpression } from './cel/lint.ts';
export type { ExpressionProblem, LintedExpression } from './cel/lint.ts';
export { createExaminer } from './examiner.ts';
export type { ExaminerOptions, PooledExaminer } from './examiner.ts';
export { runExamination } from './run.ts';
