/** Which artifacts a task takes in, by the parameters and results that say so, each with the receipt that stands beside it. */
import { ambiguous, draftsOf, folded, receiptMember } from './hints.ts';
import type { Book, Draft, TaskInput, ValuesOf } from './hints.ts';
import { textsIn } from './values.ts';
import type { NamedValue } from './values.ts';

export type { TaskInput, ValuesOf } from './hints.ts';

/** Most artifacts that are read; one more has a problem, and stands for all others. */
const MOST_INPUTS = 500;
/** Most receipts that are looked at for one artifact, where several stand beside it and are not one for each. */
const MOST_RECEIPTS = 8;

/**
 * The artifacts that a task takes in (pipelines.md §3.3, issue 13 part 3): `CHAINS-GIT_URL` with `CHAINS-GIT_COMMIT`, objects
 * `*ARTIFACT_INPUTS` of uri and digest, `<prefix>_DIGEST` with `<prefix>_URI` or `<prefix>_URL`, and references to trusted artifacts
 * (`oci:REPOSITORY@sha256:…`) wherever they stand. Its receipt stands in `<prefix>_RECEIPT`; what has no such prefix has it in the
 * parameter of its own name with `_RECEIPT` behind it, an object also in its member `receipt`.
 *
 * Hints are found whatever the case of their names and with `-` for `_`, so that no spelling hides one; two parameters that differ
 * in nothing else are a problem of both. What is empty is no artifact. Pure; never throws.
 */
export function taskInputs(values: readonly NamedValue[], of: ValuesOf = 'parameters'): readonly TaskInput[] {
  const book = byFoldedName(values);
  const inputs = values.flatMap((value) => draftsOf(value, book, of));
  const told = inputs.length <= MOST_INPUTS ? inputs : [
    ...inputs.slice(0, MOST_INPUTS), { ...inputs[MOST_INPUTS]!, problem: `more than ${MOST_INPUTS} artifacts` },
  ];
  return told.map((draft) => withReceipts(draft, book));
}

function byFoldedName(values: readonly NamedValue[]): Book {
  const book = new Map<string, NamedValue[]>();
  for (const value of values) {
    const key = folded(value.name);
    const known = book.get(key);
    if (known === undefined) book.set(key, [value]);
    else known.push(value);
  }
  return book;
}

function withReceipts(draft: Draft, book: Book): TaskInput {
  const places = book.get(folded(draft.receiptName)) ?? [];
  const twin = ambiguous(draft, [places]);
  const own = book.get(folded(draft.name))?.flatMap(({ name, value }) => (name === draft.name ? [receiptMember(value)] : [])) ?? [];
  const { index, ...input } = twin ?? draft;
  const beside = places.flatMap(({ value }) => textsIn(value));
  const values = book.get(folded(draft.name))?.flatMap(({ value }) => textsIn(value)) ?? [];
  // Of a list: one for each, or some for all.
  const isEach = index !== undefined && values.length > 1 && beside.length === values.length;
  const receipts = [...(isEach ? beside.slice(index, index + 1) : beside.slice(0, MOST_RECEIPTS)), ...own].filter((text) => text !== '');
  return { ...input, receipts };
}
