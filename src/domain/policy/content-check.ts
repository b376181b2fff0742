/** Questions about what a verified statement says: typed checks and conditions, asked as plain data and answered by objections. */
import type { ReasonCode } from '../decision/reasons.ts';

/** Which variables an expression uses: only those are part of what its answer depends on. */
export interface ConditionUses {
  readonly variables: readonly ConditionVariable[];
  /** Names of requirements whose attestations it looks at: `attestations["built"]`. */
  readonly attestations: readonly string[];
}

/** The variables of a condition; `attestations` is counted by its names instead. */
export type ConditionVariable = 'predicate' | 'subject' | 'signer' | 'times' | 'request' | 'artifact';

/** One CEL expression of a `where` list that has passed the linter; made only by `policy/`. */
export interface Condition {
  readonly expression: string;
  /** What the policy's author wants to be told when it does not hold. */
  readonly message?: string;
  readonly uses: ConditionUses;
}

/** The request as conditions see it, under `request`. */
export interface RequestFacts {
  readonly namespace: string;
  readonly name: string;
  readonly operation: string;
  readonly group: string;
  readonly kind: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** How grave a vulnerability is, the gravest first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What an SBOM must and must not say. Patterns: `*` stands for any characters, everything else for itself. */
export interface SbomCheck {
  readonly kind: 'sbom';
  /** It names the artifact's digest as what it describes, lists packages, each with a version, and declares no gap. */
  readonly complete: boolean;
  /** Patterns over package names, `name@version` and package URLs. */
  readonly denyPackages: readonly string[];
  /** Patterns over SPDX licence identifiers. */
  readonly denyLicenses: readonly string[];
}

/** Which vulnerabilities deny. */
export interface VulnerabilityCheck {
  readonly kind: 'vulnerability';
  /** This severity and graver ones deny; so does a severity that the scanner does not know. */
  readonly deny: Severity;
  /** Identifiers that the policy accepts. */
  readonly ignore: readonly string[];
  /** Only vulnerabilities for which a fixed version exists deny. */
  readonly fixableOnly: boolean;
}

/** What a test run must have come to. */
export interface TestResultCheck {
  readonly kind: 'testResult';
  readonly accept: readonly ('PASSED' | 'WARNED')[];
  /** Names (patterns) of tests, each of which must be among those that passed. */
  readonly tests: readonly string[];
}

/** What a review must say. Who approved is counted by signer, or by name where the code host signs for all. */
export interface CodeReviewCheck {
  readonly kind: 'codeReview';
  /** Approvals that one statement of the code host must name; persons who sign for themselves are counted by signature. */
  readonly approvals: number;
  /** Patterns over the names or URIs of reviewers who count. */
  readonly reviewers: readonly string[];
}

/** What a build may have done, as its monitor saw it. */
export interface RuntimeTraceCheck {
  readonly kind: 'runtimeTrace';
  /** Patterns over `monitor.type`; empty: any monitor of the signers. */
  readonly monitors: readonly string[];
  /** Patterns over `host:port`; absent: not looked at. An empty list allows no connection at all. */
  readonly network?: readonly string[];
  /** Patterns over program paths; absent: not looked at. */
  readonly processes?: readonly string[];
  /** The trace is of one run: it names it, and no entry belongs to another. */
  readonly singleUse: boolean;
}

/** A typed question about the content of one statement. Plain data: it crosses to another thread. */
export type ContentCheck = SbomCheck | VulnerabilityCheck | TestResultCheck | CodeReviewCheck | RuntimeTraceCheck;

/** The content of a verified statement as text, parsed where it is examined. */
export interface StatementText {
  readonly predicateType: string;
  /** JSON text of the predicate exactly as it was signed; absent when the statement has none. */
  readonly text?: string;
}

/** A VEX statement of a trusted signer, with the names under which the policy knows its author. */
export interface VexText extends StatementText {
  /** Signers of the policy; statements that share one are of one author. Absent: an author of its own. */
  readonly authors?: readonly string[];
}

/** A question about verified statements. Plain data, made by `evaluate/`; `key` names everything it depends on. */
export interface Examination {
  readonly key: string;
  readonly check?: ContentCheck;
  readonly expressions: readonly string[];
  /** Digest of the artifact. */
  readonly digest: string;
  readonly statement: StatementText;
  /** OpenVEX statements of trusted signers, for vulnerability checks. */
  readonly vex: readonly VexText[];
  /** Statements of other requirements, by their names. */
  readonly attestations: Readonly<Record<string, StatementText>>;
  /** The variables besides `predicate` and `attestations`, as JSON values. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Something in a statement that the policy does not allow. */
export interface ContentObjection {
  readonly code: ReasonCode;
  readonly found?: string;
  readonly expected?: string;
  readonly cause?: string;
  /** Which expression objects, and at which of its characters when it failed rather than came out false. */
  readonly expression?: number;
  readonly offset?: number;
}

/** What an examination came to: objections (none: it holds), or the trouble of ours that kept it from an answer. */
export type Examined =
  | { readonly ok: true; readonly objections: readonly ContentObjection[]; readonly claimedAt?: number }
  | { readonly ok: false; readonly code: 'ENGINE_DEADLINE' | 'ENGINE_OVERLOADED' | 'ENGINE_FAULT'; readonly cause: string };

/**
 * Examines what verified statements say, off the event loop. Answers that depend on nothing but the question are
 * remembered; those with `ok: false` are not.
 */
export interface StatementExaminer {
  /** The answer, if it is remembered. */
  known(key: string): Examined | undefined;
  /** Never rejects; an aborted caller gets ENGINE_DEADLINE. */
  examine(examination: Examination, signal: AbortSignal): Promise<Examined>;
}
