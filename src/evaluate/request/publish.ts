/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgePublish: RequestJudge<'publish'> = () => {
  throw new Error('not judged yet');
};
