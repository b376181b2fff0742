/** Whose token it is: each way of proving is asked for the tokens that look like its own. */
import type { Authentication, Authenticator } from '../domain/gate/authentication.ts';

/** What tokens are checked with. */
export interface AuthenticatorOptions {
  /** Asks the API server whose token it is (TokenReview); absent without a cluster. */
  readonly review?: ReviewToken | undefined;
}

/** What the API server says of a token for our audience: whose it is, or that it counts for nobody. Rejects when it does not say. */
export type ReviewToken = (token: string, signal: AbortSignal) => Promise<ReviewedToken | undefined>;

/** The holder of a token as TokenReview names it. */
export interface ReviewedToken {
  readonly username: string;
  readonly uid: string;
  /** `authentication.kubernetes.io/pod-name`, `…/pod-uid`, when the token is bound to a pod. */
  readonly pod?: { readonly name: string; readonly uid: string };
}

const USER = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Tells who holds a token. */
export function createAuthenticator({ review }: AuthenticatorOptions): Authenticator {
  return {
    async authenticate(token, signal): Promise<Authentication> {
      if (review === undefined) return nobody('INPUT_TOKEN_ISSUER', 'no issuer of tokens is configured');
      try {
        const known = await review(token, signal);
        const [, namespace, name] = USER.exec(known?.username ?? '') ?? [];
        if (known === undefined || namespace === undefined || name === undefined) return nobody('INPUT_TOKEN_INVALID', 'the token counts for nobody');
        const pod = known.pod === undefined ? {} : { pod: known.pod };
        return { ok: true, caller: { kind: 'serviceAccount', namespace, name, uid: known.uid, ...pod } };
      } catch {
        return { ok: false, status: 503, code: 'INPUT_TOKEN_UNCHECKED', message: 'the API server does not say whose token it is' };
      }
    },
  };
}

function nobody(code: 'INPUT_TOKEN_ISSUER' | 'INPUT_TOKEN_INVALID', message: string): Authentication {
  return { ok: false, status: 401, code, message };
}
