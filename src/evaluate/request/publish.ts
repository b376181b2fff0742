/** What publishes says what it published, its pipeline passes that on, and Tekton Chains signs and stores where it came from. */
import type { BuildMatter } from '../../domain/build/matter.ts';
import type { PublishRequirement } from '../../domain/policy/request-policy.ts';
import { classOf } from './classes.ts';
import { isResolved, isSettled } from './definitions.ts';
import { openLevel } from './definition/graph.ts';
import { isTask, planOf } from './definition/places.ts';
import type { Placed, Plan } from './definition/places.ts';
import { judgeChains } from './publishing/chains.ts';
import { hintsOf } from './publishing/hints.ts';
import { lostAt } from './publishing/surfaced.ts';
import { judgeSummary } from './publishing/summary.ts';
import type { RequestJudge, RequestOutcome, RequestQuestion } from './question.ts';
import { unknownYet } from './question.ts';
import { openOnes, wholeRun } from './required-tasks.ts';

/**
 * Judges tasks of the class `publish`, also those that only say so: more is demanded of them, not less. Of a run with all that it leads
 * to, as soon as that is known; of a definition with what is known when it is stored, since the rest may be stored later.
 */
export const judgePublish: RequestJudge<'publish'> = (requirement, question) => {
  const { matter } = question;
  if (matter.about === 'question') return judgeSummary(matter, requirement, question);
  if (matter.about !== 'build' || matter.operation === 'DELETE' || isSettled(matter)) return undefined;
  if (matter.request.role === 'schedule') return undefined;
  const whole = planned(matter, requirement, question);
  if ('outcomes' in whole) return whole.outcomes;
  const { plan, isFinal } = whole;
  const tasks = plan.placed.filter(isTask);
  // What can move is judged by itself, when its engine has fetched it.
  const open = openOnes([...plan.hidden, ...tasks.map(({ node }) => node)], isFinal);
  if (open.length > 0) return open;
  const publishing = tasks.filter((one) => classOf(one, requirement.classes).claims === 'publish');
  if (publishing.length === 0) return undefined;
  const isRun = matter.request.role === 'run' || isResolved(matter, question);
  return [
    ...(requirement.results === 'off' ? [] : publishing.flatMap((one) => judgeResults(one))),
    ...(requirement.provenance === 'off' || !isRun ? [] : judgeChains(kindsOf(plan), question)),
  ];
};

function planned(
  matter: BuildMatter, { signedBy }: PublishRequirement, question: RequestQuestion,
): ReturnType<typeof wholeRun> {
  if (matter.request.role === 'run') return wholeRun(matter, question, signedBy);
  return { plan: planOf(openLevel(matter.request, question, signedBy)), isFinal: false };
}

/** A run of a single task leaves provenance of that task alone; a task that was fetched may be that of a pipeline. */
function kindsOf({ top }: Plan): readonly ('taskrun' | 'pipelinerun')[] {
  return top.request.order.length === 0 && top.request.role === 'run' ? ['taskrun'] : ['pipelinerun', 'taskrun'];
}

const EXPECTED = [
  'IMAGE_URL and IMAGE_DIGEST, or ARTIFACT_URI and ARTIFACT_DIGEST (names may begin alike), IMAGES, or an object *ARTIFACT_OUTPUTS with uri and digest',
];

function judgeResults(one: Placed): readonly RequestOutcome[] {
  const { path, node: { called }, task } = one;
  const at = { path, artifact: called };
  if (task === undefined) return [{ ...unknownYet(`the results of ${called}`, 'its content cannot be read', path), artifact: called }];
  if (hintsOf(task.results).length === 0) {
    const found = task.results.map(({ name }) => name);
    return [{ code: 'POLICY_PUBLISH_RESULTS', ...at, expected: EXPECTED, found: [found.length === 0 ? 'no results' : found.join(', ')] }];
  }
  const lost = lostAt(one);
  return lost === undefined ? [] : [{
    code: 'POLICY_PUBLISH_RESULTS', ...at, expected: [`results of the pipeline that take those of task ${lost}`],
    cause: 'the pipeline does not pass on what the task published',
  }];
}
