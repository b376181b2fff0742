/** Whatever the tasks of a run have taken in was admitted by the gate before, for this run. */
import type { GateRun } from '../../../domain/gate/caller.ts';
import { judgeAgain } from '../receipts/again.ts';
import { misfit } from '../receipts/fits.ts';
import type { Told } from '../receipts/fits.ts';
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
 * than receipts last: for parameters when the task was made, for results when it ended. Revocations and changed policies count as of now.
 */
export function judgeInputs(
  run: GateRun, tasks: readonly RunTask[], products: readonly Product[], question: Pick<RequestQuestion, 'ask'>,
): readonly RequestOutcome[] {
  return tasks.flatMap(({ name, uid, params, results, createdAt, succeededAt }) => {
    const [given, made] = [taskInputs(params), taskInputs(results, 'results')];
    const isOwn = ({ digest, problem }: TaskInput): boolean =>
      problem === undefined && digest !== undefined && isMade(products, digest, { uid, before: createdAt });
    const giving: Taking = { name, at: createdAt, listOf: createListOf(given), again: new Map() };
    const making: Taking = { name, at: succeededAt, listOf: createListOf(made), again: new Map() };
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
  /** What came of judging anew what a text is for: of a list once for all. */
  readonly again: Map<string, Told | undefined>;
}

function judgeInput(
  input: TaskInput, { name, at: moment, listOf, again }: Taking, run: GateRun, { ask }: Pick<RequestQuestion, 'ask'>,
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
    if (wrong !== undefined) {
      why.add(wrong.code);
      continue;
    }
    if (value.ok && !again.has(text)) again.set(text, judgeAgain(value.receipt, input, () => listOf(text, value.receipt), { ask }));
    const today = again.get(text);
    if (today === undefined) return [];
    if (today.stage === 'open') return [{ ...today.outcome, path: input.path }];
    why.add(today.outcome.code);
  }
  return refuse(`${digest}: ${[...why].join(', ')}`);
}
