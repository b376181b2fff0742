/** What a look-up is reckoned at where it is kept: all that somebody else has sent, wherever in a piece it stands. */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';

/** Reckoned for a piece beside its bytes, and for a batch beside its pieces. */
const EACH = 512;
const PROBLEM = 256;

/** What others have sent of this piece, in bytes and in characters of annotations: a message of OpenPGP has no bytes, and may be a megabyte. */
export function sentOf({ bytes, annotations }: Pick<UnverifiedEvidence, 'bytes' | 'annotations'>): number {
  return bytes.length + charactersOf(annotations);
}

/** Bytes of a batch in memory. */
export function batchBytes({ evidence, problems }: EvidenceBatch): number {
  const pieces = evidence.reduce((sum, piece) => sum + sentOf(piece) + charactersOf(piece.annotations) + EACH, EACH);
  // One block, however many pieces it stands beside.
  const message = evidence.reduce((most, piece) => Math.max(most, piece.message?.length ?? 0), 0);
  return pieces + message + problems.reduce((sum, problem) => sum + problemBytes(problem), 0);
}

function problemBytes({ source, found = '' }: FetchProblem): number {
  return PROBLEM + source.length + found.length;
}

function charactersOf(annotations: Readonly<Record<string, string>> = {}): number {
  return Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}
