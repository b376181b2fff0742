/** What a task takes in that its own run has made: no receipt can exist for it, since it was not there when somebody could ask. */
import { isMade, productsOf } from '../publishing/products.ts';
import { knownTasksOfRun } from '../publishing/summary-run.ts';
import type { ClassRules } from '../classes.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import type { TaskInput } from './inputs.ts';
import type { TakenIn } from './taken-in.ts';

/**
 * Says of an input without a receipt that counts: nothing stands against it (empty), since an ended task of the runs that hold the taker
 * has made it; whether one has is not known; or none has (`undefined`). The same notion of a product as for publish summaries.
 */
export function madeBefore(
  { within, uid }: TakenIn, rules: ClassRules, question: RequestQuestion,
): (input: TaskInput) => readonly RequestOutcome[] | undefined {
  const read = within.map((run) => {
    const { tasks, open } = knownTasksOfRun(run, question);
    const products = productsOf(run.namespace, tasks, rules, question);
    return { made: products.made, open: [...open, ...products.open] };
  });
  const [made, open] = [read.flatMap((one) => one.made), read.flatMap((one) => one.open)];
  return ({ digest, problem, path }) => {
    if (digest === undefined || problem !== undefined) return undefined;
    // Whatever has ended by now had ended before what is about to start.
    if (isMade(made, digest, { uid, before: Infinity })) return [];
    return open.length === 0 ? undefined : open.map((outcome) => ({ ...outcome, path }));
  };
}
