/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgeImages: RequestJudge<'images'> = () => {
  throw new Error('not judged yet');
};
