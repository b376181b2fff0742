/** The run that a pod belongs to, looked up by its owner reference; and whether the task of that run runs user code. */
import type { RunFact } from '../../../domain/build/facts.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import { classedTasks } from '../classes.ts';
import { claimedRun } from '../owner.ts';
import type { Claim } from '../owner.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { isStillSo } from './still-so.ts';

/** Owners whose pods run tasks, by kind: the group is that of their engine, whatever the reference says. */
const RUNS: Readonly<Record<string, { readonly group: string; readonly resource: string }>> = {
  TaskRun: { group: 'tekton.dev', resource: 'taskruns' },
  Workflow: { group: 'argoproj.io', resource: 'workflows' },
};

/** Kinds of owners whose pods are those of builds, by the engine that runs them. */
export function engineOfOwner(owner: Claim | undefined): 'tekton' | 'argo' | undefined {
  return owner?.kind === 'TaskRun' ? 'tekton' : owner?.kind === 'Workflow' ? 'argo' : undefined;
}

/** Whether it does; or what is not known that would say so. */
type UserCode = { readonly known: true; readonly is: boolean } | { readonly known: false; readonly outcome: RequestOutcome };

/** What is known of the pod's run: whether it is user code, and the run itself; or what is wrong or not known. */
export type PodRun =
  | { readonly found: true; readonly isUserCode: boolean; readonly run: RunFact }
  | { readonly found: false; readonly outcome: RequestOutcome };

/**
 * Looks up the run of a pod. The owner reference is a claim, so the run must be there with that uid (POLICY_OWNER): else the
 * class of some other task would be this pod's.
 */
export function runOfPod(owner: Claim, namespace: string, requirement: JailRequirement, question: RequestQuestion): PodRun {
  const place = Object.hasOwn(RUNS, owner.kind) ? RUNS[owner.kind] : undefined;
  if (place === undefined) return { found: false, outcome: { code: 'POLICY_OWNER', found: [`${owner.kind} ${owner.name}`] } };
  const claimed = claimedRun(owner, place, namespace, question.ask);
  if (!claimed.found) return claimed;
  const { run } = claimed;
  const code = userCodeOf(run, requirement, question);
  return code.known ? { found: true, isUserCode: code.is, run } : { found: false, outcome: code.outcome };
}

/**
 * A TaskRun is an instance of one definition. A Workflow makes pods of many, and which of them a pod is cannot be told by anything
 * that its author does not write: they count as user code if one of them does.
 */
function userCodeOf(run: RunFact, requirement: JailRequirement, question: RequestQuestion): UserCode {
  const { request } = run;
  const { tasks, open } = classedTasks(request, requirement, question);
  const [outcome] = open;
  // While a definition is not known its task counts as a build only because nothing is known of it.
  if (outcome !== undefined) return { known: false, outcome };
  const { userCode } = requirement.classes;
  // Who changes a definition while a run of it is on its way would choose the class of code that it no longer is.
  if (!isStillSo(run, requirement.signedBy, question)) return { known: true, is: userCode.has('build') };
  return { known: true, is: tasks.length === 0 ? userCode.has('build') : tasks.some((task) => userCode.has(task.class)) };
}
