/** Whether a user that is known already may do something, as the API server says (SubjectAccessReview). */
import { isObject } from '../text/json/fields.ts';
import type { KubeReviews } from './api.ts';

/** A user as the API server names it. */
export interface KnownUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
}

/** What is asked about: `get` `decisions` of `gatehouse.dev`. */
export interface AccessOptions {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

const PATH = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const TIMEOUT_MS = 5000;
/** Questions to the API server at once: whoever floods this must not flood the API server. */
const MOST_AT_ONCE = 8;

/**
 * Asks about one namespace, or one object in it; nothing but an explicit yes is one. Rejects when the API server does not say, or too
 * much is asked at once.
 */
export function createAccessReview(
  api: KubeReviews, asked: AccessOptions,
): (user: KnownUser, namespace: string, name?: string) => Promise<boolean> {
  let running = 0;
  return async (user, namespace, name) => {
    if (running >= MOST_AT_ONCE) throw new Error('too many questions about rights at once');
    running += 1;
    try {
      const answer = await api.post(PATH, {
        apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview',
        spec: {
          user: user.username, uid: user.uid, groups: user.groups,
          resourceAttributes: { namespace, ...asked, ...(name === undefined ? {} : { name }) },
        },
      }, AbortSignal.timeout(TIMEOUT_MS));
      const status = isObject(answer.body) ? answer.body['status'] : undefined;
      if (answer.status !== 201 || !isObject(status)) throw new Error(`the API server answers ${answer.status} to POST ${PATH}`);
      return status['allowed'] === true && status['denied'] !== true;
    } finally {
      running -= 1;
    }
  };
}
