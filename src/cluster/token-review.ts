/** Whose bearer token it is, as the API server says (TokenReview), remembered for seconds only: a deleted pod's token ends with it. */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/ports.ts';
import { createFairSlots } from '../flow/fair-slots.ts';
import { createFlights } from '../flow/single-flight.ts';
import { isObject, ownList, ownText } from '../text/json/fields.ts';
import type { KubeReviews } from './api.ts';

/** The holder of a token; the pod when the token is bound to one. */
export interface TokenHolder {
  readonly username: string;
  readonly uid: string;
  readonly pod?: { readonly name: string; readonly uid: string };
}

/** How the API server is asked. */
export interface TokenReviewOptions {
  /** Questions at once, of which those of one namespace have three quarters at most (`flow/asker.ts`). Default 16. */
  readonly atOnce?: number;
  /** Default: a monotonic one. */
  readonly clock?: Clock;
}

const TTL_MS = 10_000;
/** A token that does not count yet may do so a moment later: caches of API servers are not all of one age. */
const REFUSED_TTL_MS = 2_000;
const TIMEOUT_MS = 5000;
const REMEMBERED = 10_000;
const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
const EXTRA = 'authentication.kubernetes.io/';
const MONOTONIC: Clock = { now: () => performance.now() };

interface Remembered {
  /** When the question was begun: what the API server says may be as old. */
  readonly at: number;
  readonly holder: TokenHolder | undefined;
}

/** A clock that was set back makes nothing young again. */
function isFresh({ at, holder }: Remembered, now: number): boolean {
  return now >= at && now - at < (holder === undefined ? REFUSED_TTL_MS : TTL_MS);
}

/**
 * Asks for tokens of one audience, each at most once at a time. Gives `undefined` for a token that counts for nobody; rejects when
 * nobody says, which is not remembered.
 */
export function createTokenReview(
  api: KubeReviews, audience: string, { atOnce = 16, clock = MONOTONIC }: TokenReviewOptions = {},
): (token: string, signal: AbortSignal) => Promise<TokenHolder | undefined> {
  const answers = new LRUCache<string, Remembered>({ max: REMEMBERED });
  const flights = createFlights<TokenHolder | undefined>(() => new Error('time ran out before the API server said whose token it is'));
  const turns = createFairSlots({ slots: atOnce });

  return (token, signal) => {
    const key = hash('sha256', token, 'base64');
    const known = answers.get(key);
    if (known !== undefined && isFresh(known, clock.now())) return Promise.resolve(known.holder);
    return flights.run(key, async (shared) => {
      const giveBack = await turns.take(shared);
      try {
        const at = clock.now();
        const holder = await ask(api, token, audience, AbortSignal.any([shared, AbortSignal.timeout(TIMEOUT_MS)]));
        answers.set(key, { at, holder });
        return holder;
      } finally {
        giveBack();
      }
    }, signal);
  };
}

async function ask(api: KubeReviews, token: string, audience: string, signal: AbortSignal): Promise<TokenHolder | undefined> {
  const answer = await api.post(PATH, {
    apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: [audience] },
  }, signal);
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
