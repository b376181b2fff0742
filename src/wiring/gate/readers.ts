/** Who may read answers of the gate that others have asked for: by the roles of the cluster, service accounts alone. */
import { createAccessReview } from '../../cluster/access-review.ts';
import type { KubeReviews } from '../../cluster/api.ts';
import { callerName } from '../../domain/gate/caller.ts';
import type { GateDeps } from '../../surfaces/gate/deps.ts';

/** `get decisions.gatehouse.dev` in the namespace, as on the operations port. Without an API server nobody may. */
export function createGateReaders(reviews: KubeReviews | undefined): GateDeps['mayRead'] {
  if (reviews === undefined) return () => Promise.resolve(false);
  const may = createAccessReview(reviews, { verb: 'get', group: 'gatehouse.dev', resource: 'decisions' });
  return async (caller, namespace) => {
    // Others are no users of the cluster: a role that names their text would not mean them.
    if (caller.kind !== 'serviceAccount') return false;
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${caller.namespace}`, 'system:authenticated'];
    return may({ username: callerName(caller), uid: caller.uid, groups }, namespace);
  };
}
