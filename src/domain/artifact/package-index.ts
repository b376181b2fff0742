/** What the index of an ecosystem says of a package: useful to compare with, and signed by nobody. */
import type { FetchProblem } from '../ports.ts';
import type { Digest } from './digest.ts';

/** What is asked of an index. */
export interface IndexQuestion {
  /** Also whether versions that were published before had provenance, which takes the list of all of them. */
  readonly history: boolean;
  /** The file in question, where a version has several and each has a history of its own. */
  readonly digest?: Digest;
}

/** What the index says of one version; nothing in it is signed, whoever keeps the index can write anything. */
export interface IndexEntry {
  /** Digests under which the index lists files of this version. */
  readonly digests: readonly Digest[];
  /** What the publisher has withdrawn, in his words where he gave a reason. */
  readonly yanked?: string;
  /** The index says that this version has provenance, or the file that was asked for. */
  readonly provenance: boolean;
  /** An earlier version that has provenance by the word of the index; there only when the history was asked for. */
  readonly earlier?: string;
}

/** The entry, or why it is not known. */
export type IndexFact =
  | { readonly ok: true; readonly entry: IndexEntry }
  | { readonly ok: false; readonly problem: FetchProblem };
