/** What of the reviewed is in the cluster already, to tell people of it there: a denied object itself often is not. */
import { keptText } from './kept-text.ts';
import type { ReviewRequest } from './review.ts';

/** An object that is in the cluster, or claims to be: nothing of it has been checked. */
export interface StandingObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * Of an update the object itself, else the owner that controls it; `undefined` where there is none. Only ever for messages: anybody
 * can write an owner's name (security.md H06).
 */
export function standingOf({ standing, operation, kind, object }: ReviewRequest): StandingObject | undefined {
  if (standing !== undefined) return standing;
  const metadata = member(object, 'metadata');
  if (operation === 'UPDATE')
    return standingFrom(kind.group === '' ? kind.version : `${kind.group}/${kind.version}`, kind.kind, metadata);
  const owners = member(metadata, 'ownerReferences');
  const owner: unknown = Array.isArray(owners) ? owners.find((one) => member(one, 'controller') === true) : undefined;
  return standingFrom(member(owner, 'apiVersion'), member(owner, 'kind'), owner);
}

function standingFrom(apiVersion: unknown, kind: unknown, named: unknown): StandingObject | undefined {
  const [name, uid] = [member(named, 'name'), member(named, 'uid')];
  if (!isText(apiVersion) || !isText(kind) || !isText(name) || !isText(uid)) return undefined;
  return { apiVersion: keptText(apiVersion), kind: keptText(kind), name: keptText(name), uid: keptText(uid) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A member that the object has itself. */
function member(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name)) return undefined;
  return (object as Record<string, unknown>)[name];
}
