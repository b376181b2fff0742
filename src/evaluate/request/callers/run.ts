/** The run for which a question is asked: one that is not the caller's own is never answered for, whatever policies say. */
import type { QuestionMatter } from '../../../domain/build/matter.ts';
import { callerName } from '../../../domain/gate/caller.ts';
import type { RequestOutcome } from '../question.ts';
import { unknownYet } from '../question.ts';

const NO_RUN =
  'could not verify, retry; when it lasts, have an administrator connect Gatehouse to the API server, or ask without a receipt (receipts: none)';

/**
 * What is wrong with the run of a caller, apart from all policies. `matters`: something rests on it, a policy about pipelines or a
 * receipt; else a run that is not known now takes nothing away.
 */
export function judgeRunOfCaller({ question: { caller, run } }: QuestionMatter, matters: boolean): readonly RequestOutcome[] {
  switch (run.found) {
    case 'wrong':
      return [{ code: 'POLICY_CALLER_RUN', artifact: callerName(caller), cause: run.cause }];
    case 'unknown':
      return matters ? [{ ...unknownYet('the run of the caller', run.cause), artifact: callerName(caller), fix: NO_RUN }] : [];
    case 'run':
    case 'none': return [];
  }
}
