/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgeRequiredTasks: RequestJudge<'requiredTasks'> = () => {
  throw new Error('not judged yet');
};
