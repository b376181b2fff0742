/** Commits that artifacts were built from, and what is asked and proven about them. */
import type { EvidenceProblem, VerifiedEvidence } from '../evidence.ts';
import type { Digest } from './digest.ts';

/**
 * A commit of a git repository, `gitCommit:<40 or 64 hexadecimal digits>`, lower case (in-toto DigestSet, `gitCommit`).
 *
 * Only {@link parseRevision} makes one. It names content by itself: which repository holds it is not part of it.
 */
export type Revision = string & { readonly __revision: true };

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const PREFIX = 'gitCommit:';

/** Reads a whole commit id; `undefined` for anything shorter, in upper case, or that is a name. */
export function parseRevision(commit: string): Revision | undefined {
  return COMMIT.test(commit) ? (`${PREFIX}${commit}` as Revision) : undefined;
}

/** True when this is a commit and not the digest of bytes. */
export function isRevision(text: string): text is Revision {
  return text.startsWith(PREFIX);
}

/** True when a set of digests names the commit: as `gitCommit`, or where that is absent as `sha1`, which SLSA v0.x writes. */
export function namesRevision(digests: Readonly<Record<string, string>>, revision: Revision): boolean {
  const commit = Object.hasOwn(digests, 'gitCommit') ? digests['gitCommit'] : Object.hasOwn(digests, 'sha1') ? digests['sha1'] : undefined;
  return commit === revision.slice(PREFIX.length);
}

/** The question which statements speak about a commit that an artifact was built from. */
export interface RevisionQuestion {
  /** Normalised, see source-uri.ts. */
  readonly repository: string;
  readonly revision: Revision;
}

/** Statements that are proven to be about a commit, and what kept others from being proven. */
export interface RevisionEvidence {
  readonly proofs: readonly VerifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
}

const OBJECT = /^(?:tree|object) (?:[0-9a-f]{40}|[0-9a-f]{64})\n/;

/** True for bytes that begin as the raw content of a commit or an annotated tag does; nothing behind their first line is looked at. */
export function beginsLikeObject(bytes: Uint8Array): boolean {
  return OBJECT.test(String.fromCharCode(...bytes.subarray(0, 80)));
}

/** The digest of bytes; `undefined` for a commit, whose bytes nobody here has. */
export function bytesDigest(digest: Digest | Revision): Digest | undefined {
  return isRevision(digest) ? undefined : digest;
}
