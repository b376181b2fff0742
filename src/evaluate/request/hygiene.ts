/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgeHygiene: RequestJudge<'hygiene'> = () => {
  throw new Error('not judged yet');
};
