/** A place from which policies come: a set that is refused whole, or documents that are judged one by one. */
import type { Feed } from '../feed.ts';
import type { PolicyFile } from './files.ts';

/** What a source holds at one moment. */
export interface SourceContent {
  /** Equal only for equal content. */
  readonly mark: string;
  /** Documents as text, each under a name that no other source uses: a path, or `ClusterArtifactPolicy acme-images` of a resource. */
  readonly files: readonly PolicyFile[];
  /** What people call this state: the digest of an artifact, the version of a TUF target. Absent: the source has no versions. */
  readonly version?: string;
  /** Told that this content decides from now on, whole and without a mistake; told again it changes nothing. Must not throw. */
  readonly inForce?: (() => void) | undefined;
}

/**
 * A source that is followed. It reads and never judges: what its documents mean is found when all sources are compiled together.
 *
 * `current()` is the newest content that could be read whole, `undefined` before the first; the condition's problem says why there is
 * none, or why what the source holds now could not be read. `changed` is told of every new content.
 */
export interface PolicySource extends Feed<SourceContent | undefined> {
  /**
   * `whole`: a set is in force with all of its documents or not at all, and the last good one stays. `oneByOne`: a broken document keeps
   * its last good form; one that was never good makes what it speaks about undetermined.
   */
  readonly judged: 'whole' | 'oneByOne';
}
