/** Every run has the tasks that a policy demands, by the names of their verified definitions, and before what it demands them. */
import type { RequiredTasksRequirement } from '../../domain/policy/request-policy.ts';
import type { BuildMatter } from '../../domain/build/matter.ts';
import { claimedName, classOf, verifiedName } from './classes.ts';
import { isSettled } from './definitions.ts';
import { openLevel } from './definition/graph.ts';
import type { DefinitionNode } from './definition/graph.ts';
import { canMove } from './definition/origin.ts';
import { executedRequest, rootOf } from './definition/made.ts';
import { isTask, planOf } from './definition/places.ts';
import type { Placed, Plan } from './definition/places.ts';
import { belongingOf } from './owner.ts';
import type { RequestJudge, RequestOutcome, RequestQuestion } from './question.ts';
import { unknownYet } from './question.ts';
import { behind, comesFirst, orderOf } from './definition/reach.ts';

type Required = RequiredTasksRequirement['require'][number];

/**
 * Judges the order of a run: of its own pipeline, or of the one that it refers to. A run of a single task that somebody asks for is a
 * pipeline of that task: it lacks every other one. What an engine makes for a run is judged by the order of that run, when all its
 * definitions are there: so what an engine fetches only when the run is on its way is judged before anything of it runs.
 */
export const judgeRequiredTasks: RequestJudge<'requiredTasks'> = (requirement, question) => {
  const { matter } = question;
  if (matter.about !== 'build' || matter.request.role !== 'run' || matter.operation === 'DELETE' || isSettled(matter)) return undefined;
  const whole = wholeRun(matter, question, requirement.signedBy);
  if ('outcomes' in whole) return whole.outcomes;
  const { plan, isFinal } = whole;
  const unknown = [...plan.hidden, ...plan.placed.filter(isTask).map(({ node }) => node)];
  const open = openOnes(unknown, isFinal);
  if (open.length > 0) return open;
  // Tasks are known by their verified definitions: what can move is known to nobody until it runs.
  const moving = unknown.filter(({ state, use }) => state === 'later' && canMove(use));
  if (moving.length > 0) {
    return moving.map(({ called, path }) => ({ code: 'POLICY_DEFINITION_UNPINNED', path, artifact: called, cause: MOVING }));
  }
  if (plan.hidden.some(({ state }) => state === 'later')) return undefined;
  const refused = plan.hidden.flatMap(({ outcomes }) => outcomes);
  if (refused.length > 0) return refused;
  // A run of a single task has no parts that would be judged when it is there: what nobody knows now does not count.
  const isAlone = plan.top.request.order.length === 0;
  const isLate = !isAlone && unknown.some(({ state }) => state === 'later');
  return requirement.require.flatMap((required) => judgeOne(required, plan, requirement, isLate));
};

const MOVING = 'which task it is must be known before the run begins, since the policy requires tasks';

/** Definitions that are not known now, and have to be: also what was pinned and fetched, once the run has begun. */
export function openOnes(nodes: readonly DefinitionNode[], isFinal: boolean): readonly RequestOutcome[] {
  return nodes
    .filter(({ state, use }) => state === 'open' || (isFinal && state === 'later' && !canMove(use)))
    .map(({ called, path }) => ({ ...unknownYet(called, 'its definition is not known now', path), artifact: called }));
}

/**
 * The whole run that something is part of. `isFinal`: its engine has begun to execute it, and whatever it has to fetch has been fetched.
 */
export function wholeRun(
  matter: BuildMatter, question: RequestQuestion, signedBy: RequiredTasksRequirement['signedBy'],
): { readonly plan: Plan; readonly isFinal: boolean } | { readonly outcomes: readonly RequestOutcome[] } {
  const belonging = belongingOf(matter, question);
  if (belonging.state === 'wrong') return { outcomes: [belonging.outcome] };
  const isPart = belonging.state === 'made' && belonging.run.request.role === 'run'
    && belonging.run.request.engine === matter.request.engine;
  if (!isPart) return { plan: planOf(openLevel(matter.request, question, signedBy)), isFinal: false };
  const root = rootOf(belonging.run, matter.namespace, question, signedBy);
  if ('code' in root) return { outcomes: [root] };
  return { plan: planOf(openLevel(executedRequest(root), question, signedBy)), isFinal: true };
}

/**
 * `isLate`: some definitions are yet to be fetched, and any of them may turn out to be the one. What is a task of a class is seen by what
 * its definition says of itself, also where nobody has signed it: more is demanded of it then, not less.
 */
function judgeOne(
  { task, before, first }: Required, { placed }: Plan, { classes }: RequiredTasksRequirement, isLate: boolean,
): readonly RequestOutcome[] {
  const named = placed.filter(({ node }) => task.test(claimedName(node) ?? ''));
  const isGood = (one: Placed): boolean => why(one) === undefined;
  const good = new Set(named.filter(isGood));
  const expected = [`task ${task.source}`];
  if (good.size === 0 && !isLate) {
    const late = placed.filter(({ node }) => node.state === 'later').map(({ node }) => `${node.called}: known only when it runs`);
    const found = [...named.map((one) => `${one.node.called}: ${why(one) ?? ''}`), ...late];
    return [{ code: 'POLICY_TASK_REQUIRED', expected, found: found.length === 0 ? ['no task of that definition'] : found }];
  }
  const order = orderOf(placed);
  const maybe = [...good, ...placed.filter(({ node }) => node.state === 'later')];
  const behindIt = behind(order, maybe);
  const wrong = placed.filter((one) => isTask(one) && before.includes(classOf(one, classes).claims) && !behindIt.has(one));
  const outcomes = wrong.map((one): RequestOutcome => ({
    code: 'POLICY_TASK_ORDER', path: one.path, artifact: one.node.called, expected: [`after task ${task.source}`],
    ...(one.isFinally ? { cause: 'what stands under finally runs also when the required task has failed' } : {}),
  }));
  if (!first || comesFirst(order, maybe)) return outcomes;
  return [...outcomes, { code: 'POLICY_TASK_ORDER', expected: [`task ${task.source} before all others`] }];
}

/** Why a task of the name does not count; `undefined` when it does. */
function why({ node, isConditional, isIgnored }: Placed): string | undefined {
  if (verifiedName(node) === undefined) return 'its definition is not verified';
  if (isConditional) return 'it may be passed over (when)';
  return isIgnored ? 'its failure is ignored (onError)' : undefined;
}
