/** To whom objects belong, for people: many pods of one Deployment are one line. No verdict rests on it. */
import { own, ownList, ownText } from '../../text/json/fields.ts';
import type { ForecastObject } from '../../domain/decision/forecast.ts';
import type { ListedObject } from '../../cluster/objects.ts';

/** An owner, and since when it is there. */
export interface Owner {
  readonly key: string;
  readonly object: ForecastObject;
  readonly since?: string;
  /** The object itself; absent where only its name is known. */
  readonly listed?: ListedObject;
}

/** Owners of owners of owners: more than anybody has, so that a circle of forged ones ends. */
const MOST_STEPS = 8;

/** Finds the owner at the end of the chain of controllers. */
export type OwnerOf = (listed: ListedObject) => Owner;

/**
 * Owners among these objects. An owner reference counts when it is the controlling one and its uid is that of an object of the same
 * namespace, or of none; of one that is not among the objects the name is taken as it is written.
 */
export function ownersIn(objects: readonly ListedObject[]): OwnerOf {
  const byUid = new Map(objects.flatMap((one) => {
    const uid = ownText(own(one.object, 'metadata'), 'uid');
    return uid === undefined ? [] : [[uid, one] as const];
  }));
  return (listed) => {
    let here = listed;
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const reference = controllerOf(here);
      if (reference === undefined) break;
      const owner = byUid.get(ownText(reference, 'uid') ?? '');
      if (owner === undefined) return named(reference, here);
      const namespace = nameOf(owner).namespace;
      if (namespace !== '' && namespace !== nameOf(here).namespace) break;
      here = owner;
    }
    return { key: keyOf(nameOf(here)), object: nameOf(here), ...sinceOf(here), listed: here };
  };
}

/** What an object is called. */
export function nameOf({ group, kind, object }: ListedObject): ForecastObject {
  const metadata = own(object, 'metadata');
  return { group, kind, namespace: ownText(metadata, 'namespace') ?? '', name: ownText(metadata, 'name') ?? '' };
}

/** When it was created, as the API server writes it. */
export function sinceOf({ object }: ListedObject): { readonly since?: string } {
  const since = ownText(own(object, 'metadata'), 'creationTimestamp');
  return since === undefined ? {} : { since };
}

/** The reference to the controlling owner. */
export function controllerOf({ object }: Pick<ListedObject, 'object'>): unknown {
  return ownList(own(object, 'metadata'), 'ownerReferences')?.find((one) => own(one, 'controller') === true);
}

function named(reference: unknown, of: ListedObject): Owner {
  const version = ownText(reference, 'apiVersion') ?? '';
  const group = version.includes('/') ? version.slice(0, version.indexOf('/')) : '';
  const { namespace } = nameOf(of);
  const object = { group, kind: ownText(reference, 'kind') ?? '', namespace, name: ownText(reference, 'name') ?? '' };
  return { key: keyOf(object), object };
}

function keyOf({ group, kind, namespace, name }: ForecastObject): string {
  return JSON.stringify([group, kind, namespace, name]);
}
