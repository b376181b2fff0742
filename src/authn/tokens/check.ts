/** Whether a token holds: signed by a key of its issuer, for us, now. The signature is checked by jose, and remembered for its key set. */
import { hash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../domain/ports.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { KeySet } from './key-set.ts';
import { heldOf } from './key-source.ts';
import type { KeySource } from './key-source.ts';
import type { Token } from './read-token.ts';
import { nobody, unchecked } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** How tokens are checked. */
export interface CheckOptions {
  readonly clock: Clock;
  /** Milliseconds that the clock of an issuer may differ from ours. */
  readonly skewMs: number;
}

/** For whom, and by whom, a token must have been issued. */
export interface Wanted {
  readonly audiences: readonly string[];
  /** Absent where the key set alone says whose token it is (SPIFFE). */
  readonly issuer?: string;
}

/** Checks a token with the keys of its issuer; `undefined` when it holds. Never rejects. */
export type CheckToken = (
  token: Token, source: KeySource<{ readonly keys: KeySet }>, wanted: Wanted, signal: AbortSignal,
) => Promise<Refusal | undefined>;

const REMEMBERED = 2_000;
/** The last second of the year 9999: what claims to hold longer is no time (RFC 7519 §2). */
const LAST_SECOND = 253_402_300_799;

/** Makes the check. What is remembered is that a signature was good under a key set; times are looked at every time. */
export function createTokenCheck({ clock, skewMs }: CheckOptions): CheckToken {
  const good = new LRUCache<string, KeySet>({ max: REMEMBERED });

  return async (token, source, wanted, signal) => {
    // The name of a token in memory is a hash: whoever reads the memory has no token.
    const name = hash('sha256', `${wanted.audiences.join('\n')}\n\n${token.text}`, 'base64');
    for (let seen: KeySet | undefined; ;) {
      const held = await heldOf(source, signal);
      if (held === undefined) return unchecked('the keys of the issuer are not known now');
      if (held.keys === seen) return nobody('INPUT_TOKEN_INVALID', 'no key of the issuer fits the token');
      const refusal = good.get(name) === held.keys ? undefined : await verified(token, held.keys, wanted, { clock, skewMs });
      if (refusal === undefined) {
        good.set(name, held.keys);
        return timesProblem(token.claims, clock.now(), skewMs);
      }
      // Asked once: with other keys than the first ones it is final.
      if (refusal !== NO_KEY) return refusal;
      if (seen !== undefined) return nobody('INPUT_TOKEN_INVALID', 'no key of the issuer fits the token');
      seen = held.keys;
      await source.missed(signal);
    }
  };
}

/** No key of the set: the issuer may have others by now. */
const NO_KEY = Symbol('no key');

async function verified(
  token: Token, keys: KeySet, { audiences, issuer }: Wanted, { clock, skewMs }: CheckOptions,
): Promise<Refusal | typeof NO_KEY | undefined> {
  try {
    await jwtVerify(token.text, keys.pick, {
      algorithms: [token.alg],
      audience: [...audiences],
      ...(issuer === undefined ? {} : { issuer }),
      currentDate: new Date(clock.now()),
      clockTolerance: skewMs / 1000,
      requiredClaims: ['exp'],
    });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return NO_KEY;
    return refusalOf(error, audiences);
  }
}

/** Words of ours for each way to fail: the library's may quote the token. */
function refusalOf(error: unknown, audiences: readonly string[]): Refusal {
  if (error instanceof errors.JWTExpired) return EXPIRED;
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return nobody('INPUT_TOKEN_ALGORITHM', 'the algorithm of the token does not go with its key');
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return nobody('INPUT_TOKEN_INVALID', 'several keys of the issuer fit the token: expected a kid that names one');
  if (error instanceof errors.JWTClaimValidationFailed) {
    switch (error.claim) {
      case 'aud': return nobody('INPUT_TOKEN_AUDIENCE', `expected a token for the audience ${audiences.join(' or ')}`);
      case 'iss': return nobody('INPUT_TOKEN_ISSUER', 'the issuer of the token is not the one whose key signed it');
      case 'nbf': case 'iat': return error.reason === 'check_failed' ? NOT_YET : NO_TIMES;
      default: return NO_TIMES;
    }
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return nobody('INPUT_TOKEN_INVALID', 'the signature of the token is broken');
  return nobody('INPUT_TOKEN_INVALID', 'the token cannot be verified');
}

const EXPIRED = nobody('INPUT_TOKEN_EXPIRED', 'the token has expired');
const NOT_YET = nobody('INPUT_TOKEN_EXPIRED', 'the token does not hold yet: the clock of its issuer is ahead of ours');
const NO_TIMES = nobody('INPUT_TOKEN_INVALID', 'expected exp, and where they are there nbf and iat, as seconds since 1970');

/** The times once more by our own reckoning, for a signature that was remembered; and `iat`, which is a time as well. */
function timesProblem(claims: JsonObject, now: number, skewMs: number): Refusal | undefined {
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map((name) => claims[name]);
  const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= LAST_SECOND;
  if (!isTime(exp) || (nbf !== undefined && !isTime(nbf)) || (iat !== undefined && !isTime(iat))) return NO_TIMES;
  if (exp * 1000 <= now - skewMs) return EXPIRED;
  return [nbf, iat].some((time) => time !== undefined && time * 1000 > now + skewMs) ? NOT_YET : undefined;
}
