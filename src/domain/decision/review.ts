/** The request under review, as every surface hands it on, and what is taken out of it to be judged. */
import type { ArtifactRef } from '../artifact/artifact.ts';
import type { Requester } from '../build/build-request.ts';
import type { Matter } from '../build/matter.ts';
import type { BuildImage } from '../build/image.ts';
import type { Finding } from './finding.ts';
import type { GateQuestion } from '../gate/question.ts';
import type { LabelClaim } from './verified.ts';
import type { Mutable } from './mutable.ts';
import { standingOf } from './standing.ts';
import type { StandingObject } from './standing.ts';

/** The way in. */
export type Surface = 'webhook' | 'mutate' | 'imagereview' | 'gate' | 'cli' | 'audit';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** How the caller has shown who it is; `self` is a command of ours, which nobody called. */
export type CallerProof = 'certificate' | 'token' | 'pathToken' | 'none' | 'self';

/** Whose credentials may be used to answer: pull secrets and the server's own, the server's own alone, or none at all. */
export type UsableCredentials = 'all' | 'own' | 'none';

/** Who asks, as far as it was shown: by the connection and the head of the request, never by what a body says. */
export interface Caller {
  readonly proof: CallerProof;
  readonly credentials: UsableCredentials;
}

/** Somebody who has shown nothing: answered, but without any credentials. */
export const UNPROVEN: Caller = Object.freeze({ proof: 'none', credentials: 'none' });

/** A command of ours asks for its own user, with whatever its user gave it. */
export const SELF: Caller = Object.freeze({ proof: 'self', credentials: 'all' });

/** A request to admit something, read from the wire: well formed, nothing in it trusted. */
export interface ReviewRequest {
  readonly surface: Surface;
  /** Absent: somebody who has shown nothing. */
  readonly caller?: Caller;
  readonly uid: string;
  readonly operation: Operation;
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  /** Empty when the request is about the resource itself. */
  readonly subResource: string;
  readonly namespace: string;
  readonly name: string;
  /** What its name will begin with, where it has none yet (`generateName`): for messages alone. */
  readonly namedLike?: string;
  readonly user: Requester;
  readonly dryRun: boolean;
  /** The object as parsed JSON; `null` when the request carries none. */
  readonly object: unknown;
  readonly oldObject: unknown;
  /** Set by surfaces that name artifacts directly (ImageReview, gate, CLI); then `object` is null. */
  readonly artifacts?: readonly ArtifactRef[];
  /** Set by the gate: who asks, and for which run. */
  readonly question?: GateQuestion;
  /** Set where a summary of the answer may be wanted; the gate's are wanted always. */
  readonly summary?: true;
  /** Set by the way in that changes objects: what an answer has to know of this one. */
  readonly mutable?: Mutable;
  /** Problems intake found in directly named artifacts. */
  readonly inputFindings?: readonly Finding[];
  /** Set where the objects are left out: what of it is in the cluster already. */
  readonly standing?: StandingObject;
}

/**
 * The request without its objects: what is left of it once the artifacts are taken out, and all that may be kept while
 * something is waited for. An object can be as large as the largest body, and hundreds of requests may wait.
 */
export function withoutObjects(review: ReviewRequest): ReviewRequest {
  const { artifacts: _artifacts, inputFindings: _findings, ...rest } = review;
  const standing = standingOf(review);
  return { ...rest, ...(standing === undefined ? {} : { standing }), object: null, oldObject: null };
}

/** Where pull credentials for the request may come from; gathered by `extract` from the pod template. */
export interface PullScope {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Names of the secrets listed in `imagePullSecrets`. */
  readonly pullSecrets: readonly string[];
  /** What the caller may have used for it; absent: all. */
  readonly credentials?: UsableCredentials;
}

/** What `extract` made of a request. */
export interface Extraction {
  readonly artifacts: readonly ArtifactRef[];
  /** Problems with the object itself; each denies or explains why nothing had to be judged. */
  readonly findings: readonly Finding[];
  readonly scope: PullScope;
  /** Present when policies about pipelines have to be asked as well. */
  readonly matter?: Matter;
  /** Images of the object that are no artifacts yet: known only when what is asked for runs. */
  readonly deferred?: readonly BuildImage[];
  /** Present when it has to be said whether the pod is verified. */
  readonly label?: LabelClaim;
}
