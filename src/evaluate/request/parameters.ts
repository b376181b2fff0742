/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgeParameters: RequestJudge<'parameters'> = () => {
  throw new Error('not judged yet');
};
