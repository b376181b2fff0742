/** Images that a build names: some are known when it is asked for, others only when it runs. */
import type { Usage } from '../artifact/artifact.ts';

/** Why an image is not known yet. */
export type DeferredReason =
  /** A parameter without a value and without a default in sight. */
  | 'parameter'
  /** The result of an earlier task or step. */
  | 'result'
  /** An expression of the engine that is not evaluated here. */
  | 'expression'
  /** Text that the engine merges into the pod and that cannot be read before (`podSpecPatch` with placeholders). */
  | 'patch';

/** One image place of an object, and what is known of it. */
export interface BuildImage {
  /** JSON path of the field. */
  readonly path: string;
  /** What holds it, as people say it: `step build`, `sidecar docker`, `container main`, `step template`. */
  readonly holder: string;
  /** Task or template that it is in; empty where there is none. */
  readonly task: string;
  readonly usage: Usage;
  /** The field as written. */
  readonly raw: string;
  readonly state: ImageState;
  /** On UPDATE: it stood there before, with the same meaning. */
  readonly unchanged?: boolean;
}

/**
 * `resolved` gives all that it can become, several where a matrix fans out; whether each is pinned is seen from its digest.
 * `deferred` is never taken for a name. `unreadable` is a value that is no text: the object is refused for it.
 */
export type ImageState =
  | {
      readonly state: 'resolved';
      readonly values: readonly string[];
      /** The values rest on defaults of a stored definition, which whoever starts a run of it may replace. */
      readonly byDefault?: true;
    }
  | { readonly state: 'deferred'; readonly reason: DeferredReason; readonly expression: string };
