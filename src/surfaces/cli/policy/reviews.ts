/** Questions from files: objects as if they were created, and AdmissionReviews as they were asked, a log with one on each line too. */
import { readFile } from 'node:fs/promises';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import { readAdmissionReview } from '../../../intake/index.ts';
import { field } from '../../../text/json/fields.ts';
import { readJsonText } from '../../../text/json/read.ts';
import { kindsIn } from '../apply/kinds.ts';
import { readObjects } from '../apply/objects.ts';
import { reviewOf } from '../apply/review.ts';
import type { Applying } from '../apply/review.ts';
import { PlacedProblems } from '../context.ts';
import type { CliContext } from '../context.ts';

/** A question, and where it stands. */
export interface PlacedReview {
  readonly file: string;
  readonly line: number;
  readonly review: ReviewRequest;
}

/** Reads them all, with notes on what was passed over. Throws {@link UsageError} for files that cannot be used. */
export async function readReviews(
  names: readonly string[], applying: Applying, context: Pick<CliContext, 'stdin'>,
): Promise<{ readonly reviews: readonly PlacedReview[]; readonly notes: readonly string[] }> {
  const reviews: PlacedReview[] = [];
  const notes: string[] = [];
  for (const name of names) {
    const logged = await linesOf(name);
    if (logged !== undefined) {
      reviews.push(...logged);
      continue;
    }
    const read = await readObjects([name], context);
    const kinds = kindsIn(read.objects.map(({ object }) => object));
    notes.push(...read.notes);
    for (const { file, line, object } of read.objects) {
      const asked = field(object, 'kind') === 'AdmissionReview' ? reviewIn(object, `${file}:${line}`) : reviewOf(object, applying, kinds);
      reviews.push({ file, line, review: asked });
    }
  }
  return { reviews, notes };
}

/** A log: JSON on every line, each an AdmissionReview; `undefined` for every other file. */
async function linesOf(name: string): Promise<readonly PlacedReview[] | undefined> {
  if (!/\.(?:jsonl|ndjson|log)$/.test(name)) return undefined;
  const text = await readFile(name, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new PlacedProblems(`${name}: cannot be read (${cause.code ?? cause.message})`);
  });
  return text.split('\n').flatMap((written, index) => {
    if (written.trim() === '') return [];
    const read = readJsonText(written);
    if (!read.ok) throw new PlacedProblems(`${name}:${index + 1}: expected an AdmissionReview as JSON on every line`);
    return [{ file: name, line: index + 1, review: reviewIn(read.value, `${name}:${index + 1}`) }];
  });
}

function reviewIn(value: unknown, at: string): ReviewRequest {
  const read = readAdmissionReview(value);
  if (!read.ok) throw new PlacedProblems(`${at}: ${read.message}`);
  return { ...read.review, dryRun: true };
}
