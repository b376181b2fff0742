/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgeWriters: RequestJudge<'writers'> = () => {
  throw new Error('not judged yet');
};
