/** On whose behalf a review is judged: by its namespace, and by who asked within it. */
import type { ReviewRequest } from '../../domain/decision/review.ts';
import type { Asker } from '../../flow/asker.ts';

/** No namespace of a cluster has this name. */
const UNPROVEN = '(unproven)';

/**
 * The asker of a review. `proven: false` says that the caller did not show that it is the API server, where it could have:
 * all who did not share one lane, whatever namespace their reviews claim, or claiming would be a way to everybody's share.
 */
export function askerOf({ namespace, user }: Pick<ReviewRequest, 'namespace' | 'user'>, proven = true): Asker {
  return proven ? { namespace, caller: user.username } : { namespace: UNPROVEN, caller: namespace };
}
