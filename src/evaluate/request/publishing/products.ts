/** What a run has made itself: results of its tasks that build or publish. What a fetching task names was only taken in. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import { parseDigest } from '../../../domain/artifact/digest.ts';
import type { TaskClass } from '../../../domain/policy/request-policy.ts';
import { classedTasks } from '../classes.ts';
import type { ClassRules } from '../classes.ts';
import { isStillSo } from '../jail/still-so.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { taskOutputs } from './summary-outputs.ts';
import type { TaskOutput } from './summary-outputs.ts';
import type { RunTask } from './summary-run.ts';

/** Something that a task of the run has made, by which TaskRun (uid), and when that had ended (epoch milliseconds). */
export interface Product {
  readonly output: TaskOutput;
  readonly by: RunTask;
  readonly since: number;
}

/** All products of a run. `open`: tasks that may have made more, and of which that is not known now. */
export interface Products {
  readonly made: readonly Product[];
  readonly open: readonly RequestOutcome[];
}

/** Classes of tasks that make something: by naming what it has fetched as a result a task would else admit it without the gate. */
const MAKERS: ReadonlySet<TaskClass> = new Set(['build', 'publish']);

/**
 * The products of tasks that are live children of a run (`tasksOfRun`): results that Tekton Chains would call an output, of a TaskRun that
 * has succeeded, and whose verified definition is of class build or publish, now as when it was executed. A commit is no product.
 */
export function productsOf(namespace: string, tasks: readonly RunTask[], rules: ClassRules, question: RequestQuestion): Products {
  const [made, open]: [Product[], RequestOutcome[]] = [[], []];
  for (const by of tasks) {
    const { succeededAt: since, results } = by;
    const outputs = since === undefined ? [] : taskOutputs(results).filter(({ digest }) => parseDigest(digest) !== undefined);
    if (since === undefined || outputs.length === 0) continue;
    const makes = isMaker(by, namespace, rules, question);
    if (typeof makes === 'object') open.push(makes);
    else if (makes) made.push(...outputs.map((output) => ({ output, by, since })));
  }
  return { made, open };
}

/** Whether one of them is this digest, by another task that had ended `before` (epoch milliseconds) that moment. */
export function isMade(
  products: readonly Product[], digest: string, { uid, before }: { readonly uid: string; readonly before: number },
): boolean {
  return products.some(({ output, by, since }) => output.digest === digest && by.uid !== uid && since <= before);
}

function isMaker({ name, uid }: RunTask, namespace: string, rules: ClassRules, question: RequestQuestion): boolean | RequestOutcome {
  const called = `TaskRun ${name}`;
  const answer = question.ask({ kind: 'run', group: 'tekton.dev', resource: 'taskruns', namespace, name });
  if (answer?.known !== true) return unknownYet(called, answer?.cause);
  if (answer.value === null || answer.value.uid !== uid) return false;
  const makes = makesSomething(answer.value.request, rules, question);
  // What has become of a definition since says nothing of what was executed: it may have fetched.
  return makes === true ? isStillSo(answer.value, rules.signedBy, question) : makes;
}

function makesSomething(request: BuildRequest, rules: ClassRules, question: RequestQuestion): boolean | RequestOutcome {
  const { tasks, open: [outcome] } = classedTasks(request, rules, question);
  if (outcome !== undefined) return outcome;
  // What is not verified counts as a build, in the jail; where it calls itself something else nothing is made of that.
  return tasks.every((one) => MAKERS.has(one.class) && MAKERS.has(one.claims));
}
