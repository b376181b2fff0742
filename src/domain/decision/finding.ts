/** The findings that decisions are made of: a verdict of three, a reason code, and what was seen. */
import type { EvidenceProblem } from '../evidence.ts';
import type { ExceptionNote } from './exception.ts';
import type { Mode } from '../policy/policy.ts';
import type { ReasonCode } from './reasons.ts';

/**
 * The three outcomes of a check. They are never merged: `undetermined` (could not fetch, timed out, engine
 * fault) neither admits nor accuses.
 */
export type Verdict = 'satisfied' | 'violated' | 'undetermined';

/** What one piece of evidence came to, listed below a finding so that its reader sees everything that was there. */
export interface EvidenceNote {
  readonly source: string;
  readonly code: ReasonCode;
  /** Signer, type or cause; already proven when the code is POLICY_SATISFIED, otherwise only claimed. */
  readonly text: string;
  /** Of evidence that counts: what whoever is admitted by it is told all the same. */
  readonly warning?: string;
}

/** What the summary of a build rests on. */
export interface Published {
  /** Provenance that counted, by the digest of its bytes. */
  readonly inputs: readonly { readonly uri: string; readonly digest: string }[];
  /** Uids of TaskRuns of the run whose provenance it is; empty where it is that of the run itself. */
  readonly invocations: readonly string[];
  /** Levels that the policy demands of it: `SLSA_BUILD_LEVEL_2`. */
  readonly levels: readonly string[];
}

/** One reasoned statement about one artifact (or, with an empty `artifact`, about the request). */
export interface Finding {
  readonly verdict: Verdict;
  readonly code: ReasonCode;
  /** JSON path in the reviewed object. */
  readonly path: string;
  /** The reference as written. */
  readonly artifact: string;
  readonly digest?: string;
  readonly policy?: string;
  readonly requirement?: string;
  /** Mode of the policy that asked; findings without a policy are enforced. */
  readonly mode: Mode;
  readonly expected?: readonly string[];
  readonly found?: readonly string[];
  /** One short sentence: why, in this case. */
  readonly cause?: string;
  /** Replaces the catalogue's remedy when this case has a better one. */
  readonly fix?: string;
  readonly evidence?: readonly EvidenceNote[];
  /** By what it only warns although its policy enforces: each AdmissionException that acts on it. Nothing may be vouched for by it. */
  readonly exceptions?: readonly ExceptionNote[];
  /** Of a policy that only warns or is only recorded: each AdmissionException that would act on it if that enforced. */
  readonly exceptionsIfEnforced?: readonly ExceptionNote[];
  /** Until the decision is folded: it rests on a revocation, or on what we did not come to know, which no exception lets pass. */
  readonly final?: true;
  /** Of a publish summary that may be had: on what it rests. */
  readonly published?: Published;
  /** Set when it is about the request itself and not about an artifact: `artifact` then names a place, as people call it. */
  readonly ofRequest?: true;
  /** Step, sidecar or container at that place, for messages: `step build`. */
  readonly holder?: string;
  /** Task of a build that it is about, for messages: of a run with many, each is summed up in a line. */
  readonly task?: string;
}

/** What a problem says in the words of a finding: what was found at its place, or which place it is. */
export function wordsOf({ source, found, expected, cause, fix }: EvidenceProblem): Pick<Finding, 'found' | 'expected' | 'cause' | 'fix'> {
  return {
    found: [found === undefined ? source : `${source}: ${found}`],
    ...(expected === undefined ? {} : { expected: [expected] }),
    ...(cause === undefined ? {} : { cause }),
    ...(fix === undefined ? {} : { fix }),
  };
}
