/** What stores answer is held to bounds; beyond them it is open what there is, which is told and never taken for absence. */
import { isRevision } from '../../domain/artifact/revision.ts';
import type { Revision } from '../../domain/artifact/revision.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';
import { FetchFailure } from '../../net/failure.ts';
import { sentOf } from '../evidence/size.ts';
import { JSON_DEFAULTS } from '../../text/json/read.ts';
import type { JsonLimits } from '../../text/json/read.ts';
import type { AskStore, StoreBounds } from './store.ts';

/** As much as verification reads of one piece (`verify/limits.ts`). */
export const MOST_PIECE = 16 * 1024 * 1024;

/** Lists of stores have a few names for many things: each new name takes the parser a hundred times as long as one that was there. */
export const LIST_LIMITS: JsonLimits = { ...JSON_DEFAULTS, maxKeys: 20_000 };

/** Nothing there. */
export const NOTHING: EvidenceBatch = { evidence: [], problems: [] };

/** An algorithm and hexadecimal digits, as stores name content: `gitCommit` for commits. */
export function partsOf(digest: Digest | Revision): { readonly algorithm: string; readonly hex: string } {
  const [algorithm, hex] = [digest.slice(0, digest.indexOf(':')), digest.slice(digest.indexOf(':') + 1)];
  return { algorithm: isRevision(digest) ? 'gitCommit' : algorithm, hex };
}

/** More than is read: nobody knows then what is among it. */
export function beyond(source: string, found: string, expected: string): FetchFailure {
  return new FetchFailure({
    code: 'FETCH_TOO_LARGE', source, found, expected, cause: 'none of it was read',
    fix: 'could not verify, retry after what is superfluous for this artifact was taken out of the store, or with the evidence beside the artifact',
  });
}

/** Asks as `ask` does, for at most so many bytes in all answers together: what pads its pages takes no more memory than others. */
export function metered(ask: AskStore, source: string, most: number): AskStore {
  let left = most;
  return async (question, signal) => {
    if (left <= 0) throw beyond(source, `more than ${most} bytes in its answers`, `at most ${most} bytes`);
    const answer = await ask({ ...question, maxBytes: Math.min(question.maxBytes, left) }, signal);
    left -= answer?.body.length ?? 0;
    return answer;
  };
}

/** Pages of a list, one after the other; `page` gives the items and where the next one begins. Throws where the list does not end. */
export async function everyPage<T>(
  source: string, { pieces, pages }: StoreBounds,
  page: (after: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next?: string | undefined }>,
): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | undefined;
  for (let asked = 0; asked < pages; asked += 1) {
    const { items: some, next } = await page(after);
    items.push(...some);
    if (items.length > pieces) throw beyond(source, `more than ${pieces} entries`, `at most ${pieces}`);
    if (next === undefined || next === '') return items;
    if (next === after) throw beyond(source, 'a page that leads to itself', 'a list that ends');
    after = next;
  }
  throw beyond(source, 'a list that goes on', `at most ${pages} pages`);
}

/** What was found, each piece once. Throws beyond the number of pieces; beyond the bytes the small ones count, and the others are told. */
export function withinBounds(
  source: string, found: readonly (UnverifiedEvidence | FetchProblem)[], { bytes, pieces: most }: StoreBounds,
): EvidenceBatch {
  const pieces = new Map<string, UnverifiedEvidence>();
  const problems: FetchProblem[] = [];
  for (const one of found) {
    if ('code' in one) problems.push(one);
    else if (!pieces.has(one.digest)) pieces.set(one.digest, one);
  }
  if (pieces.size > most) throw beyond(source, `${pieces.size} pieces`, `at most ${most}`);
  let left = bytes;
  const evidence = [...pieces.values()].toSorted((a, b) => sentOf(a) - sentOf(b)).filter((piece) => {
    left -= sentOf(piece);
    return left >= 0;
  });
  const over = pieces.size - evidence.length;
  if (over > 0)
    problems.push({
      code: 'FETCH_TOO_LARGE', source, found: `${over} pieces beyond ${bytes} bytes`, expected: `at most ${bytes} bytes from one store`,
      fix: 'could not verify, retry after superfluous evidence was taken out of the store, or raising limits.evidenceBytes in the configuration',
    });
  return { evidence, problems };
}
