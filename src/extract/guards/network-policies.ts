/** NetworkPolicies, and those of other kinds that live in a namespace: what opens or closes the jail of pods that run. */
import type { NetworkPolicyMatter } from '../../domain/build/matter.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { isObject } from '../../text/json/fields.ts';
import { metadataOf, textOf } from '../build-base.ts';

/** Reads what becomes of a network policy of Kubernetes. */
export function readNetworkPolicyChange(review: ReviewRequest): NetworkPolicyMatter | undefined {
  return changeOf(review);
}

/** Reads what becomes of a network policy of another kind; the kind is that of the request, which decides how it is stored. */
export function readOtherPolicyChange(review: ReviewRequest): NetworkPolicyMatter | undefined {
  const matter = changeOf(review);
  return matter === undefined ? undefined : { ...matter, otherKind: review.kind.kind };
}

/** A removal of many at once names none of them: the name is that of the object. */
function changeOf({ operation, subResource, object, oldObject, namespace, name, user }: ReviewRequest): NetworkPolicyMatter | undefined {
  if (operation === 'CONNECT' || subResource !== '') return undefined;
  const after = operation === 'DELETE' ? undefined : object;
  const before = operation === 'CREATE' ? undefined : oldObject;
  const named = [after, before].map((one) => textOf(metadataOf(one), 'name')).find((text) => text !== '');
  return {
    about: 'networkPolicy', operation, namespace, name: named ?? name, requester: user,
    ...(after === undefined ? {} : { policy: after }),
    ...(isObject(before) ? { before } : {}),
  };
}
