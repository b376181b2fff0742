/** Whose token it is: read strictly, given to the issuer that it names, and checked by that one alone. */
import type { Authentication, Authenticator } from '../domain/gate/authentication.ts';
import type { Issuer } from './issuers/issuer.ts';
import { readToken } from './tokens/read-token.ts';
import { nobody, unchecked } from './tokens/refusal.ts';

/** What tokens are checked with. */
export interface AuthenticatorOptions {
  /** Names of allowed algorithms, see `TOKEN_ALGORITHMS`. */
  readonly algorithms: readonly string[];
  /** In the order in which they are asked whether a token is theirs: the one that believes least of it first. */
  readonly issuers: readonly Issuer[];
}

/** Tells who holds a token. A fault of ours is no answer. */
export function createAuthenticator({ algorithms, issuers }: AuthenticatorOptions): Authenticator {
  const allowed: ReadonlySet<string> = new Set(algorithms);

  async function authenticate(text: string, signal: AbortSignal): Promise<Authentication> {
    const token = readToken(text, allowed);
    if (!token.ok) return token;
    for (const issuer of issuers) {
      const claimed = await issuer.claims(token, signal);
      if (claimed === true) return issuer.authenticate(token, signal);
      // It may be the token of this one: nobody else is asked, who might believe more of it.
      if (claimed === 'unknown') return unchecked('the API server does not say which issuer it is');
    }
    return nobody('INPUT_TOKEN_ISSUER', issuers.length === 0 ? 'no issuer of tokens is configured' : 'the issuer of the token is not configured');
  }

  return {
    authenticate: (text, signal) => authenticate(text, signal).catch(() => unchecked('the token could not be checked')),
  };
}
