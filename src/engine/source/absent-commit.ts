/** A commit whose raw object nobody handed over is not unsigned: nobody could look. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import { isRevision } from '../../domain/artifact/revision.ts';
import type { EvidenceProblem, ProvenEvidence, UnverifiedEvidence } from '../../domain/evidence.ts';
import { GIT_COMMIT_TYPE } from '../../domain/policy/predicate-types.ts';
import { gitId } from '../../text/names/git-id.ts';

/** What has been found of an artifact so far. */
interface Found {
  readonly proofs: readonly Pick<ProvenEvidence, 'gitObject'>[];
  readonly evidence: readonly UnverifiedEvidence[];
}

/**
 * The problem that the commit itself is not among the raw objects that were handed over; `undefined` for other artifacts, and where it is.
 * Which object it is says its id, computed over the bytes; nothing else of them is looked at.
 */
export function absentCommit(
  { kind, digest }: Pick<Artifact, 'kind' | 'digest'>, { proofs, evidence }: Found,
): EvidenceProblem | undefined {
  if (kind !== 'git' || !isRevision(digest) || proofs.some(({ gitObject }) => gitObject === 'commit')) return undefined;
  const id = digest.slice(digest.indexOf(':') + 1);
  const digits = id.length === 40 ? 40 : 64;
  const objects = evidence.filter(({ format }) => format === 'git-object');
  if (objects.some(({ bytes }) => gitId('commit', bytes, digits) === id)) return undefined;
  return {
    code: 'FETCH_NOT_GIVEN', source: 'raw objects of git', claimedType: GIT_COMMIT_TYPE,
    found: objects.length === 0 ? 'no raw object of git' : `raw objects of git (${objects.length}), and not this commit`,
    expected: `the raw object of commit ${id}`,
    cause: 'a commit carries its signature inside, and no repository is asked for it',
  };
}
