/** What came of many things that were looked at, as the writers of the formats of other tools take it. */

/** What became of one of them. `error`: nobody could find out, which is not the same as `failed`. */
export type CaseOutcome = 'passed' | 'warned' | 'failed' | 'error' | 'skipped';

/** One thing that was looked at. */
export interface ReportedCase {
  /** What it is called: an object, an artifact, a test. */
  readonly name: string;
  /** What it belongs to: a file, a suite. */
  readonly group: string;
  readonly outcome: CaseOutcome;
  /** One line: reason codes, or what was expected. */
  readonly summary?: string;
  /** All that a reader needs, several lines. */
  readonly text?: string;
  readonly file?: string;
  /** Counts from 1. */
  readonly line?: number;
  readonly seconds?: number;
}
