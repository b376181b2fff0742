/** What is known of one object of a cluster, and steps below it. */
import { isObject, own } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';

/** An answer: an object, that there is none, or why nobody knows. */
export type Look =
  | { readonly kind: 'found'; readonly object: JsonObject }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string };

/** A policy that the API server decides by itself, and its binding. */
export interface HeldGuard {
  readonly name: string;
  readonly policy: Look;
  readonly binding: Look;
}

/** The answer to a GET as what is known. */
export function lookOf({ status, body }: { readonly status: number; readonly body: unknown }): Look {
  if (status === 200 && isObject(body)) return { kind: 'found', object: body };
  if (status === 404) return { kind: 'none' };
  const why = status === 403 || status === 401 ? 'you may not read it' : `the API server answers ${status}`;
  return { kind: 'unknown', why };
}

/** A value below an object, step by step; `undefined` where a step is missing. */
export function below(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((at: unknown, step) => own(at, step), value);
}
