/** What the engine tells of an artifact so that somebody can vouch for it: by what it was judged, and what that rested on. */

/** Told where a receipt or summary may be asked for, and only of artifacts that were judged. */
export interface Vouched {
  /** Content digests of the policies that spoke about it (`CompiledPolicy.content`), sorted. */
  readonly policies: readonly string[];
  /** The evidence that satisfied them: where it was found, and `sha256:…` of its bytes. */
  readonly inputs: readonly VouchedInput[];
  /** SLSA levels that satisfied requirements have proven, sorted. */
  readonly levels: readonly string[];
}

/** One piece of evidence that counted. */
export interface VouchedInput {
  readonly uri: string;
  readonly digest: string;
}
