/** What enforcing policies would break in a cluster as it stands: who would be refused, why, and who would be refused later. */
import type { Expiry } from '../policy/expiry.ts';
import type { ReasonCode } from './reasons.ts';

/** An object of the cluster, by the name that people know it by; of a cluster's own the namespace is empty. */
export interface ForecastObject {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * What of an owner would be refused: pods that run, the template that makes the next ones, an earlier template that a rollback would
 * bring back, what is started on a schedule, a job, or a definition or run of an engine of builds.
 */
export type ForecastRole = 'pods' | 'template' | 'earlier' | 'schedule' | 'job' | 'build';

/** One thing that does not hold. */
export interface ForecastReason {
  readonly verdict: 'violated' | 'undetermined';
  readonly code: ReasonCode;
  readonly policy?: string;
  /** Set: the policy is one about requests. */
  readonly ofRequest?: true;
  readonly requirement?: string;
  readonly path: string;
  readonly artifact: string;
  readonly digest?: string;
  /** In one line, escaped. */
  readonly text: string;
}

/** Objects of one owner that would be refused in the same way. */
export interface ForecastPart {
  readonly role: ForecastRole;
  readonly kind: string;
  /** Names of the objects, the first of them; the namespace is that of the owner. */
  readonly names: readonly string[];
  /** How many there are. */
  readonly count: number;
  /** RFC 3339: when the first of them was created; absent where it does not say. */
  readonly since?: string;
  /** `undetermined`: nothing is violated, but something could not be found out. */
  readonly outcome: 'deny' | 'undetermined';
  readonly reasons: readonly ForecastReason[];
}

/** Whoever would be refused, in whatever part. */
export interface ForecastOwner {
  readonly object: ForecastObject;
  readonly since?: string;
  /** Set: the cluster needs it to mend itself, as what. */
  readonly repairs?: string;
  /** Set: the webhook passes this namespace over (as it is registered, or else as it is shipped), so that nothing is refused there. */
  readonly ungated?: true;
  readonly parts: readonly ForecastPart[];
}

/** Who would be refused from a moment on at which trust or an exception ends, and not before. */
export interface ForecastEnd {
  /** RFC 3339. */
  readonly at: string;
  readonly ends: readonly Pick<Expiry, 'kind' | 'name' | 'item'>[];
  readonly refused: readonly ForecastOwner[];
}

/** The forecast as a whole. */
export interface Forecast {
  /** RFC 3339: the time at which it was judged. */
  readonly at: string;
  /** Objects that were judged, and owners that they belong to. */
  readonly objects: number;
  readonly owners: number;
  /** Objects with an image that no policy of the cluster speaks about. */
  readonly unmatched: number;
  /** Those that the cluster needs to mend itself first, then by namespace, kind and name. */
  readonly refused: readonly ForecastOwner[];
  readonly ends: readonly ForecastEnd[];
  /** What is not in it, and why. */
  readonly notes: readonly string[];
  /** Kinds that could not be listed and policies that could not be read: then nobody knows that the rest is all. */
  readonly incomplete: boolean;
}
