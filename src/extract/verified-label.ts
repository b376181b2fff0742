/** Whether a request about a pod puts the question if the pod is verified: with every label that it sets, or carries on to other images. */
import { VERIFIED_LABEL } from '../domain/decision/verified.ts';
import type { LabelClaim } from '../domain/decision/verified.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { field, isObject, own } from '../text/json/fields.ts';

/** The label of a pod, and whether this very request sets it or gives it another value. */
export interface LabelOfPod {
  readonly claim: LabelClaim;
  readonly isNew: boolean;
}

/**
 * The label as a request about pods would have it: of the pod itself, and of whatever else is sent for one and may bring labels along
 * (a status, a binding). `undefined` without one; who takes it away claims nothing. Templates claim nothing either: the pods that
 * come of them are judged when they are made.
 *
 * `/mutate` asks of every pod that is made, whatever its labels say; of a pod that is changed it asks where a label would stay.
 */
export function labelOfPod({ surface, resource, operation, object, oldObject }: ReviewRequest): LabelOfPod | undefined {
  if (resource.group !== '' || resource.resource !== 'pods' || operation === 'DELETE' || !isObject(object)) return undefined;
  const says = labelOf(object);
  if (says === undefined) return surface === 'mutate' && operation === 'CREATE' ? { claim: {}, isNew: true } : undefined;
  return { claim: { says }, isNew: operation !== 'UPDATE' || labelOf(oldObject) !== says };
}

function labelOf(object: unknown): unknown {
  const labels = own(own(object, 'metadata'), 'labels');
  return isObject(labels) ? field(labels, VERIFIED_LABEL) : undefined;
}
