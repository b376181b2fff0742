/** Policies about the request that starts a build, and not about any artifact. */
import type { LabelMatcher, Mode } from './policy.ts';

/** A policy about requests to build, ready to be asked: it speaks about no artifact. */
export interface RequestPolicy {
  readonly name: string;
  /** Absent: every namespace. */
  readonly namespaces?: LabelMatcher;
  readonly mode: Mode;
  readonly requirements: readonly RequestRequirement[];
}

/** One thing that a policy demands of a request to build. */
export type RequestRequirement = RequestersRequirement;

/** Only these may start builds. */
export interface RequestersRequirement {
  readonly kind: 'requesters';
  /** As shown in messages. */
  readonly name: string;
  /** Users as the API server names them, compared exactly: `system:serviceaccount:ci:triggers`. */
  readonly users: ReadonlySet<string>;
  /** Groups as the API server names them, compared exactly; one of them is enough. */
  readonly groups: ReadonlySet<string>;
}
