/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgeDefinitions: RequestJudge<'definitions'> = () => {
  throw new Error('not judged yet');
};
