/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgeReserved: RequestJudge<'reserved'> = () => {
  throw new Error('not judged yet');
};
