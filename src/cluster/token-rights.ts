/** What the holder of a bearer token may do, as the API server says. */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isObject } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import type { KubeReviews } from './api.ts';

/** Whether the holder of a token may, or whether nobody knows whose it is. Rejects when the API server does not say. */
export type AskRights = (token: string, namespace: string) => Promise<'yes' | 'no' | 'unknown'>;

/** What is asked about. */
export interface RightsOptions {
  /** For whom a token must have been issued: one for the API server itself must not be given to others, so it does not count. */
  readonly audience: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** How long an answer holds, milliseconds. Default ten seconds. */
  readonly ttlMs?: number;
}

const TTL_MS = 10_000;
const TIMEOUT_MS = 5000;
const MAX_KEPT = 1000;
/** Questions to the API server at once: whoever floods this with tokens must not flood the API server. */
const MOST_AT_ONCE = 8;

/**
 * Asks who holds a token (TokenReview) and whether that one may (SubjectAccessReview in the namespace; the empty one means all).
 *
 * Answers are kept for a moment under the hash of the token; failures are not. Nothing but an explicit yes is one.
 */
export function createAskRights(api: KubeReviews, options: RightsOptions): AskRights {
  const answers = new LRUCache<string, Promise<'yes' | 'no' | 'unknown'>>({ max: MAX_KEPT, ttl: options.ttlMs ?? TTL_MS });
  let running = 0;

  async function ask(token: string, namespace: string): Promise<'yes' | 'no' | 'unknown'> {
    if (running >= MOST_AT_ONCE) throw new Error('too many tokens at once');
    running += 1;
    try {
      const user = await holderOf(api, token, options.audience);
      return user === undefined ? 'unknown' : (await isAllowed(api, user, namespace, options)) ? 'yes' : 'no';
    } finally {
      running -= 1;
    }
  }

  return (token, namespace) => {
    const key = `${createHash('sha256').update(token).digest('hex')} ${namespace}`;
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = ask(token, namespace);
      answers.set(key, answer);
      const asked = answer;
      answer.catch(() => { if (answers.peek(key) === asked) answers.delete(key); });
    }
    return answer;
  };
}

async function holderOf(api: KubeReviews, token: string, audience: string): Promise<JsonObject | undefined> {
  const status = await review(api, '/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token, audiences: [audience] },
  });
  const audiences = status['audiences'];
  const counts = status['authenticated'] === true && Array.isArray(audiences) && audiences.includes(audience);
  return counts && isObject(status['user']) ? status['user'] : undefined;
}

async function isAllowed(
  api: KubeReviews,
  user: JsonObject,
  namespace: string,
  { verb, group, resource }: RightsOptions,
): Promise<boolean> {
  const { username, uid, groups, extra } = user;
  const status = await review(api, '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: username, uid, groups, extra, resourceAttributes: { namespace, verb, group, resource } },
  });
  return status['allowed'] === true && status['denied'] !== true;
}

async function review(api: KubeReviews, path: string, body: unknown): Promise<JsonObject> {
  const answer = await api.post(path, body, AbortSignal.timeout(TIMEOUT_MS));
  const status = isObject(answer.body) ? answer.body['status'] : undefined;
  // The answer may repeat the token, so nothing of it is told.
  if (answer.status !== 201 || !isObject(status)) throw new Error(`the API server answers ${answer.status} to POST ${path}`);
  return status;
}
