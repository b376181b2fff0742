/** One way of proving who one is: which tokens are its own, and whose they are. */
import type { Authentication } from '../../domain/gate/authentication.ts';
import type { Token } from '../tokens/read-token.ts';

/** A configured issuer, or all of one sort. */
export interface Issuer {
  /** Whether a token says of itself that it comes from here; proven by nothing yet. `unknown`: that cannot be said now. */
  claims(token: Token, signal: AbortSignal): boolean | 'unknown' | Promise<boolean | 'unknown'>;
  /** Whose it is. Never rejects. */
  authenticate(token: Token, signal: AbortSignal): Promise<Authentication>;
}
