/** What a task takes in has receipts of the gate: judged with the TaskRun before it starts, and with each of its pods. */
import type { RequestJudge, RequestOutcome, RequestQuestion } from '../question.ts';
import { unknownYet } from '../question.ts';
import { judgeAgain } from './again.ts';
import { furthest, misfit } from './fits.ts';
import type { Told } from './fits.ts';
import type { TaskInput } from './inputs.ts';
import { createListOf } from './list.ts';
import type { ListOf } from './list.ts';
import { madeBefore } from './made-before.ts';
import { takenIn } from './taken-in.ts';
import type { TakenIn } from './taken-in.ts';

/**
 * Judges every artifact that a TaskRun's parameters carry: a receipt of the gate stands beside its digest, for that digest, that run and
 * a use that an input can have; and where the policies that spoke about it have changed since, it holds under today's as well. What an
 * earlier task of the run has made needs none.
 */
export const judgeReceipts: RequestJudge<'receipts'> = (requirement, question) => {
  const taken = takenIn(question);
  if (taken === undefined) return undefined;
  if ('outcomes' in taken) return taken.outcomes;
  const listOf = createListOf(taken.inputs);
  const again = new Map<string, Told | undefined>();
  const judged = taken.inputs.map((input) => [input, judgeInput(input, { ...taken, listOf, again }, question)] as const);
  if (judged.every(([, outcomes]) => outcomes.length === 0)) return [];
  const isOfRun = madeBefore(taken, requirement, question);
  return judged.flatMap(([input, outcomes]) => (outcomes.length === 0 ? [] : isOfRun(input) ?? outcomes));
};

/** What is taken in, the lists that it is, and what came of judging anew what a text is for: of a list once for all. */
type Taken = TakenIn & {
  readonly listOf: ListOf;
  readonly again: Map<string, Told | undefined>;
};

function judgeInput(input: TaskInput, taken: Taken, question: RequestQuestion): readonly RequestOutcome[] {
  const at = { path: input.path, artifact: `parameter ${input.name}` };
  const expected = [`a receipt in parameter ${input.receiptName}`];
  if (input.digest === undefined || input.problem !== undefined)
    return [{ code: 'POLICY_RECEIPT_DIGEST', ...at, expected: ['an artifact by its digest'], cause: input.problem ?? 'it names no digest' }];
  if (input.receipts.length === 0) return [{ code: 'POLICY_RECEIPT_MISSING', ...at, expected, found: [input.digest] }];
  const told = input.receipts.map((text) => judgeText(text, input, taken, question));
  return told.includes('holds') ? [] : [{ ...furthest(told.filter((one) => one !== 'holds')).outcome, ...at }];
}

function judgeText(text: string, input: TaskInput, taken: Taken, question: RequestQuestion): Told | 'holds' {
  const answer = question.ask({ kind: 'receipt', text, purpose: 'gate' });
  if (answer?.known !== true) return { stage: 'open', outcome: unknownYet(`the receipt in ${input.receiptName}`, answer?.cause) };
  const read = answer.value;
  if (!read.ok) {
    const { code, expected, found, cause } = read;
    return {
      stage: 'unread',
      outcome: {
        code, ...(expected === undefined ? {} : { expected: [expected] }), ...(found === undefined ? {} : { found: [found] }),
        ...(cause === undefined ? {} : { cause }),
      },
    };
  }
  const wrong = misfit(read.receipt, input, { ...taken, text });
  if (wrong !== undefined) return wrong;
  if (!taken.again.has(text)) taken.again.set(text, judgeAgain(read.receipt, input, () => taken.listOf(text, read.receipt), question));
  return taken.again.get(text) ?? 'holds';
}
