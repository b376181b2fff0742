/** Not judged yet. */
import type { RequestJudge } from './question.ts';

/** Throws, which is undetermined. */
export const judgeServiceAccounts: RequestJudge<'serviceAccounts'> = () => {
  throw new Error('not judged yet');
};
