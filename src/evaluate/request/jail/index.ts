/** User code runs only where it can reach nobody: judged with the run, with each pod, with whatever would open a jail later, and when it asks. */
import type { PodMatter } from '../../../domain/build/matter.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import type { RequestJudge, RequestOutcome, RequestQuestion } from '../question.ts';
import { judgePolicyChange } from './breach.ts';
import { judgeCaller } from './caller.ts';
import { judgeAdded, judgePod } from './pod.ts';
import { judgeRelabelling } from './relabelling.ts';
import { judgeRun } from './run.ts';

/**
 * Judges gate 3. A run, before it starts: what of its tasks is known then. A pod of a run: everything, by its labels and by the
 * NetworkPolicies that are there now. A change to a pod or to a network policy: whether it lets out user code that runs.
 */
export const judgeJail: RequestJudge<'jail'> = (requirement, question) => {
  const { matter } = question;
  switch (matter.about) {
    case 'build':
      return matter.operation === 'CREATE' && matter.request.role === 'run' ? judgeRun(matter.request, requirement, question) : undefined;
    case 'pod':
      return matter.operation === 'CREATE' ? judgePod(matter, requirement, question) : judgeChange(matter, requirement, question);
    case 'networkPolicy':
      return judgePolicyChange(matter, requirement, question);
    case 'question':
      return judgeCaller(matter, requirement, question);
    case 'status':
    case 'engineSettings': return undefined;
  }
};

function judgeChange(pod: PodMatter, requirement: JailRequirement, question: RequestQuestion): readonly RequestOutcome[] | undefined {
  const relabelled = judgeRelabelling(pod, requirement, question);
  return relabelled === undefined ? undefined : [...relabelled, ...judgeAdded(pod, requirement, question)];
}
