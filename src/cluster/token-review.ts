/** Whose bearer token it is, as the API server says (TokenReview), remembered for seconds only: a deleted pod's token ends with it. */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isObject, ownList, ownText } from '../text/json/fields.ts';
import type { KubeReviews } from './api.ts';

/** The holder of a token; the pod when the token is bound to one. */
export interface TokenHolder {
  readonly username: string;
  readonly uid: string;
  readonly pod?: { readonly name: string; readonly uid: string };
}

const TTL_MS = 10_000;
const TIMEOUT_MS = 5000;
const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
const EXTRA = 'authentication.kubernetes.io/';

/** Asks for tokens of one audience. Gives `undefined` for a token that counts for nobody; rejects when nobody says. */
export function createTokenReview(
  api: KubeReviews, audience: string,
): (token: string, signal: AbortSignal) => Promise<TokenHolder | undefined> {
  const answers = new LRUCache<string, Promise<TokenHolder | undefined>>({ max: 10_000, ttl: TTL_MS });
  return (token) => {
    const key = createHash('sha256').update(token).digest('base64');
    const known = answers.get(key);
    if (known !== undefined) return known;
    const asked = ask(api, token, audience);
    answers.set(key, asked);
    // Only what the API server said is remembered.
    asked.catch(() => { if (answers.peek(key) === asked) answers.delete(key); });
    return asked;
  };
}

async function ask(api: KubeReviews, token: string, audience: string): Promise<TokenHolder | undefined> {
  const answer = await api.post(PATH, {
    apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: [audience] },
  }, AbortSignal.timeout(TIMEOUT_MS));
  const status = isObject(answer.body) ? answer.body['status'] : undefined;
  // The answer may repeat the token, so nothing of it is told.
  if (answer.status !== 201 || !isObject(status)) throw new Error(`the API server answers ${answer.status} to POST ${PATH}`);
  const user = status['user'];
  if (status['authenticated'] !== true || ownList(status, 'audiences')?.includes(audience) !== true || !isObject(user)) return undefined;
  const extra = (name: string): string | undefined => {
    const values = isObject(user['extra']) ? ownList(user['extra'], `${EXTRA}${name}`) : undefined;
    return typeof values?.[0] === 'string' && values.length === 1 ? values[0] : undefined;
  };
  const [name, uid] = [extra('pod-name'), extra('pod-uid')];
  return {
    username: ownText(user, 'username') ?? '',
    uid: ownText(user, 'uid') ?? '',
    ...(name === undefined || uid === undefined ? {} : { pod: { name, uid } }),
  };
}
