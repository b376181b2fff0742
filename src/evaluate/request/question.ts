/** What a rule about pipelines may look at, and what it may ask without waiting for the answer. */
import type { CertificateStatuses } from '../../domain/certificate-status.ts';
import type { AskFact } from '../../domain/build/facts.ts';
import type { Matter } from '../../domain/build/matter.ts';
import type { Published } from '../../domain/decision/finding.ts';
import type { BuildSettings } from '../../domain/build/settings.ts';
import type { RequestPolicy, RequestRequirement } from '../../domain/policy/request-policy.ts';
import type { Outcome } from '../finding.ts';

/** Everything from which one requirement of one policy is judged. */
export interface RequestQuestion<M extends Matter = Matter> {
  readonly matter: M;
  readonly policy: Pick<RequestPolicy, 'name' | 'mode' | 'trust'>;
  readonly settings: BuildSettings;
  /** Epoch milliseconds. */
  readonly now: number;
  /** `undefined`: not known yet. The rule says {@link unknownYet}, and is asked again when it is. */
  readonly ask: AskFact;
  /** What is known of revoked certificates; absent: nothing. */
  readonly certificates?: CertificateStatuses;
}

/** What a rule says of one place: as an outcome, with the place. */
export interface RequestOutcome extends Outcome {
  /** JSON path in the object; absent: the object as a whole. */
  readonly path?: string;
  /** What stands there, as people call it: `task build`, `step compile`, an image. */
  readonly artifact?: string;
  /** Of a publish summary that may be had: on what it rests. */
  readonly published?: Published;
  /** Set where somebody may do it all the same, and everybody should hear of it: milder than the policy's own mode, never stricter. */
  readonly mode?: 'warn';
}

/** Judges one kind of requirement: nothing wrong is an empty list, and `undefined` says that it does not speak about such a matter. */
export type RequestJudge<Kind extends RequestRequirement['kind']> = (
  requirement: Extract<RequestRequirement, { readonly kind: Kind }>,
  question: RequestQuestion,
) => readonly RequestOutcome[] | undefined;

/** Something that the rule rests on is not known: undetermined, never an admission. */
export function unknownYet(what: string, cause?: string, path?: string): RequestOutcome {
  return {
    code: 'POLICY_FACT_UNKNOWN',
    found: [what],
    ...(cause === undefined ? {} : { cause }),
    ...(path === undefined ? {} : { path }),
  };
}

/** True for a text in which an engine puts something when it makes the run of a schedule. */
export function hasPlaceholder(text: string): boolean {
  return text.includes('$(') || text.includes('{{');
}
