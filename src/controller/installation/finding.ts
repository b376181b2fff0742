/** One line about an installation: whether something works, and what to do where it does not. */

/** `unknown`: it could not be looked at. */
export type CheckLevel = 'ok' | 'warn' | 'fail' | 'unknown';

/** What was found of one thing. */
export interface CheckFinding {
  readonly level: CheckLevel;
  /** What was looked at, in a word or two. */
  readonly what: string;
  /** What was found. */
  readonly text: string;
  /** What mends it; on every line but those that are ok. */
  readonly fix?: string;
}

/** Findings are made by these, so that none but ok is without a fix. */
export const ok = (what: string, text: string): CheckFinding => ({ level: 'ok', what, text });
/** It works, and should be otherwise. */
export const warn = (what: string, text: string, fix: string): CheckFinding => ({ level: 'warn', what, text, fix });
/** It does not work, or protects nothing. */
export const fail = (what: string, text: string, fix: string): CheckFinding => ({ level: 'fail', what, text, fix });
/** It could not be looked at. */
export const unknown = (what: string, text: string, fix: string): CheckFinding => ({ level: 'unknown', what, text, fix });
