/** What the controller writes to the cluster: the only place in a pod where the client library is used. */
import type { JsonObject } from '../../text/json/fields.ts';

/** Where an object lies; without a namespace it is one of the cluster. */
export interface ObjectPlace {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Writing to the cluster, of groups that have a name. Each rejects with {@link WriteError} when it is refused, and when no answer comes. */
export interface ClusterWriter {
  /** Server-side apply; what else this manager owned of the object is taken out. `status`: by the subresource, which never makes an object. */
  apply(place: ObjectPlace, object: JsonObject, options?: { readonly status?: boolean }): Promise<JsonObject>;
  create(place: ObjectPlace, object: JsonObject): Promise<JsonObject>;
  /** With `resourceVersion` in the metadata: only when nobody else has written since. */
  replace(place: ObjectPlace, object: JsonObject): Promise<JsonObject>;
  /** JSON merge patch; `status`: by the subresource. */
  merge(place: ObjectPlace, patch: JsonObject, options?: { readonly status?: boolean }): Promise<JsonObject>;
}

/** Why something was not written: an HTTP status, or 0 when there was no answer. */
export class WriteError extends Error {
  readonly status: number;
  constructor(status: number, what: string, cause?: unknown) {
    super(status === 0 ? `no answer to ${what}: ${causeText(cause)}` : `API server answers ${status} to ${what}`, { cause });
    this.status = status;
  }
}

/** `fetch failed` says nothing; what is below it does. */
function causeText(cause: unknown): string {
  const deepest = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return deepest instanceof Error ? deepest.message : 'time ran out';
}

/** Under this name the fields that we write are ours, and what is left out of a later write goes. */
export const FIELD_MANAGER = 'gatehouse-controller';

/** `signers alice`, for messages. */
export function placeText({ plural, namespace, name }: ObjectPlace): string {
  return `${plural} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
