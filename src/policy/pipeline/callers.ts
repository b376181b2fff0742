/** Who may ask the gate, and which artifacts of a task need a receipt of it. */
import type { z } from 'zod';
import { USAGES } from '../../domain/artifact/artifact.ts';
import type { Usage } from '../../domain/artifact/artifact.ts';
import type { CallersRequirement, ReceiptsRequirement, TaskClasses } from '../../domain/policy/request-policy.ts';
import { callerLists, callersIn } from '../schema/callers.ts';
import { list, strict, word } from '../schema/fields.ts';
import type { SignedBy } from './definitions.ts';

/** `callers` as written; with nobody in it nobody may ask. */
export const pipelineCallersField = strict({ ...callerLists, usedAs: list(word<Usage>(...USAGES), 'usage').optional() });

/** Only these may ask, and only about these uses. */
export function compileCallers({ usedAs, ...lists }: z.output<typeof pipelineCallersField>): CallersRequirement {
  return { kind: 'callers', name: 'callers', callers: callersIn(lists), ...(usedAs === undefined ? {} : { usedAs: new Set(usedAs) }) };
}

/** `receipts` as written. */
export const receiptsField = word('required', 'off');

/** What a task takes in has receipts of the gate; classes say which tasks of a run make something, which needs none. */
export function compileReceipts(
  written: z.output<typeof receiptsField>, signedBy: SignedBy, classes: TaskClasses,
): ReceiptsRequirement | undefined {
  if (written === 'off') return undefined;
  return { kind: 'receipts', name: 'receipts', classes, ...(signedBy === undefined ? {} : { signedBy }) };
}
