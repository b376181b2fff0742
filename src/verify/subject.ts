import type { Statement } from '../domain/evidence.ts';
import { digestAlgorithm, digestHex } from '../domain/digest.ts';
import type { Digest } from '../domain/digest.ts';
import { isRevision, namesRevision } from '../domain/revision.ts';
import type { Revision } from '../domain/revision.ts';
import { clip } from './problem.ts';
import type { Problem } from './problem.ts';
import type { MessageDigest } from './bundle.ts';

/**
 * Checks that some subject of the statement is the artifact, by digest alone; `undefined` when one is.
 *
 * The value under the artifact's own algorithm must be equal, exactly and in lower case. Names are never
 * compared, and digests of other algorithms neither help nor harm: we do not know the artifact's value under
 * them (in-toto/attestation docs/validation.md; security.md A08, A09, A11, A12).
 */
export function statementMismatch(statement: Statement, artifact: Digest | Revision): Problem | undefined {
  if (isRevision(artifact)) return revisionMismatch(statement, artifact);
  const algorithm = digestAlgorithm(artifact);
  const hex = digestHex(artifact);
  const found: string[] = [];
  for (const { digest } of statement.subjects) {
    const value = Object.hasOwn(digest, algorithm) ? digest[algorithm] : undefined;
    if (value === hex) return undefined;
    if (value !== undefined) found.push(`${algorithm}:${value}`);
    else found.push(`no ${algorithm} digest (only ${Object.keys(digest).join(', ')})`);
  }
  return { code: 'VERIFY_SUBJECT_MISMATCH', found: shortList(found), expected: artifact, claimedType: statement.predicateType };
}

/** The same for a commit: only statements name one, and only whole. */
function revisionMismatch({ subjects, predicateType }: Statement, revision: Revision): Problem | undefined {
  if (subjects.some(({ digest }) => namesRevision(digest, revision))) return undefined;
  const found = subjects.map(({ digest }) => Object.entries(digest).map(([algorithm, value]) => `${algorithm}:${value}`).join(', '));
  return { code: 'VERIFY_SUBJECT_MISMATCH', found: shortList(found), expected: revision, claimedType: predicateType };
}

/** Checks the digest a simple-signing payload names; `undefined` when it is the artifact's. */
export function digestMismatch(claimed: string, artifact: Digest | Revision): Problem | undefined {
  return claimed === artifact ? undefined : { code: 'VERIFY_SUBJECT_MISMATCH', found: clip(claimed), expected: artifact };
}

/**
 * Checks the digest that comes with a message signature; `undefined` when it is the artifact's. A digest of
 * another algorithm cannot be compared without the bytes, so it is refused.
 */
export function messageMismatch(claimed: MessageDigest, artifact: Digest): Problem | undefined {
  const algorithm = digestAlgorithm(artifact);
  if (claimed.algorithm !== algorithm) {
    return { code: 'VERIFY_ALGORITHM', found: `a signature over a ${claimed.algorithm} digest`, expected: `a signature over the ${algorithm} digest of the artifact` };
  }
  return digestMismatch(`${claimed.algorithm}:${claimed.hex}`, artifact);
}

function shortList(items: readonly string[]): string {
  const shown = items.slice(0, 3).map((item) => clip(item, 160)).join(', ');
  return items.length > 3 ? `${shown} and ${items.length - 3} more` : shown;
}
