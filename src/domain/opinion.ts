/** What a second, independent verifier came to about evidence that our own has accepted. */

/** `none`: it cannot judge evidence of this kind; `skipped`: it was not asked, because too many others waited. */
export type OpinionResult = 'agrees' | 'disagrees' | 'none' | 'skipped';

/** One second opinion, told after the decision; no decision depends on it. */
export interface OpinionReport {
  readonly artifact: string;
  readonly evidenceDigest: string;
  /** Where the evidence was found. */
  readonly source: string;
  /** Name of the TrustRoot under which our own verifier accepted it. */
  readonly root: string;
  readonly result: OpinionResult;
  /** What both said, or why there is no opinion; text from evidence, escaped before it is shown. */
  readonly said: string;
}
