/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgeJail: RequestJudge<'jail'> = () => {
  throw new Error('not judged yet');
};
