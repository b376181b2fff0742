/** From where the policies come that something was judged with: every source as it was in force at that moment. */

/** One source of a set of policies. The list of a set is made once, with the set, and shared by all decisions under it. */
export interface SourceState {
  /** Its name, as in metrics: `policies-files`, `policies-cluster`, `policies oci HOST/PATH`. */
  readonly source: string;
  /**
   * `sha256:` over what is in force of it: of sets of files over the sorted digests of their contents, each with a line feed, so that the
   * same files have the same digest wherever they lie; of objects of the cluster over what their authors wrote.
   */
  readonly digest: string;
  /** What people call this state: the digest of an artifact with its version, the snapshot of a TUF repository. Absent: it has none. */
  readonly version?: string;
}
