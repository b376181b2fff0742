/** What a task takes in has receipts of the gate. */
import type { RequestJudge } from '../question.ts';

/** Judges runs that carry artifacts in their parameters. */
export const judgeReceipts: RequestJudge<'receipts'> = () => undefined;
