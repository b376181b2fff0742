/** Whatever the tasks of a run have taken in was admitted by the gate before, for this run. */
import type { GateRun } from '../../../domain/gate/caller.ts';
import { misfit } from '../receipts/fits.ts';
import { taskInputs } from '../receipts/inputs.ts';
import type { TaskInput } from '../receipts/inputs.ts';
import { createListOf } from '../receipts/list.ts';
import type { ListOf } from '../receipts/list.ts';
import { unknownYet } from '../question.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { isMade } from './products.ts';
import type { Product } from './products.ts';
import type { RunTask } from './summary-run.ts';

/**
 * What is wrong with the inputs of the tasks of a run. What an earlier one of its own tasks has made (`products`) needs no receipt: the
 * run that made it is the one that is summarised. A receipt must have held when the artifact was taken in, since builds may take longer
 * than receipts last: for parameters when the task was made, for results when it ended.
 */
export function judgeInputs(
  run: GateRun, tasks: readonly RunTask[], products: readonly Product[], question: Pick<RequestQuestion, 'ask'>,
): readonly RequestOutcome[] {
  return tasks.flatMap(({ name, uid, params, results, createdAt, succeededAt }) => {
    const [given, made] = [taskInputs(params), taskInputs(results, 'results')];
    const isOwn = ({ digest, problem }: TaskInput): boolean =>
      problem === undefined && digest !== undefined && isMade(products, digest, { uid, before: createdAt });
    const giving: Taking = { name, at: createdAt, listOf: createListOf(given) };
    const making: Taking = { name, at: succeededAt, listOf: createListOf(made) };
    return [
      ...given.filter((input) => !isOwn(input)).flatMap((input) => judgeInput(input, giving, run, question)),
      ...made.filter((input) => !isOwn(input)).flatMap((input) => judgeInput(input, making, run, question)),
    ];
  });
}

interface Taking {
  readonly name: string;
  /** Epoch milliseconds; not known: now. */
  readonly at: number | undefined;
  /** What the task takes in together: a receipt may be for all of them. */
  readonly listOf: ListOf;
}

function judgeInput(
  input: TaskInput, { name, at: moment, listOf }: Taking, run: GateRun, { ask }: Pick<RequestQuestion, 'ask'>,
): readonly RequestOutcome[] {
  const { digest, problem, receipts } = input;
  const at = { path: input.path, artifact: `TaskRun ${name}`, expected: [`a receipt of this run in ${input.receiptName}`] };
  const refuse = (found: string): readonly RequestOutcome[] =>
    [{ code: 'POLICY_PUBLISH_INPUT', ...at, found: [`${input.name}: ${found}`] }];
  if (problem !== undefined || digest === undefined) return refuse(problem ?? 'it names no digest');
  if (receipts.length === 0) return refuse(`${digest} without a receipt`);
  const why = new Set<string>();
  for (const text of receipts) {
    const answer = ask({ kind: 'receipt', text, purpose: 'gate', ...(moment === undefined || Number.isNaN(moment) ? {} : { at: moment }) });
    if (answer?.known !== true) return [unknownYet(`the receipt of ${input.name} of TaskRun ${name}`, answer?.cause, input.path)];
    const { value } = answer;
    const fitting = { run: run.uid, called: `PipelineRun ${run.name}`, text, listOf };
    const wrong = value.ok ? misfit(value.receipt, input, fitting)?.outcome : value;
    if (wrong === undefined) return [];
    why.add(wrong.code);
  }
  return refuse(`${digest}: ${[...why].join(', ')}`);
}
