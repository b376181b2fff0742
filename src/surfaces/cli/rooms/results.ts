/** What comes of linting, of tests of policies and of imports. Types alone. */
import type { PolicyProblem } from '../../../domain/policy/policy.ts';
import type { ServerConfig } from '../../../platform/config/config.ts';

/** The configuration of a server, as far as policies are held against it. */
export interface LintedConfig {
  readonly file: string;
  readonly evidenceStores: ServerConfig['evidenceStores'];
}

/** What linting folders brought. */
export interface LintedFolders {
  /** How many policies there are; none when the set has errors. */
  readonly policies: number;
  readonly problems: readonly PolicyProblem[];
  /** Advice that is not followed, for the reason that a document says. */
  readonly suppressed: readonly PolicyProblem[];
  /** The problems as text. */
  readonly lines: readonly string[];
  /** What each rule finds, by its id. */
  readonly rules: Readonly<Record<string, string>>;
}

/** What became of one case of a policy test. */
export interface RehearsedCase {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  readonly test: string;
  readonly name: string;
  readonly expected: { readonly decision: string; readonly reasons?: readonly string[] | undefined };
  readonly actual: { readonly decision: string; readonly reasons: readonly string[]; readonly message: string };
  /** Lines that say what is otherwise than expected; none: it passed. */
  readonly differences: readonly string[];
  /** A fault of ours on the way: what was found is then no answer. */
  readonly fault?: string;
  readonly seconds: number;
}

/** What came of policy tests; with any problem, some of them could not be run. */
export interface Rehearsal {
  /** Tests that were found. */
  readonly tests: number;
  readonly cases: readonly RehearsedCase[];
  readonly problems: readonly PolicyProblem[];
  /** The problems as text. */
  readonly lines: readonly string[];
}

