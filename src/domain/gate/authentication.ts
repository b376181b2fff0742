/** What became of the attempt to say who is there. */
import type { ReasonCode } from '../decision/reasons.ts';
import type { GateCaller } from './caller.ts';

/** Somebody, or why it is nobody. The message never holds anything of a token. */
export type Authentication =
  | { readonly ok: true; readonly caller: GateCaller }
  | {
      readonly ok: false;
      /** 401: nobody; 403: somebody whom no configuration lets ask; 503: it cannot be said now. */
      readonly status: 401 | 403 | 503;
      readonly code: ReasonCode;
      readonly message: string;
    };

/** Says who holds a bearer token. Never rejects, and costs little for what is no token. */
export interface Authenticator {
  authenticate(token: string, signal: AbortSignal): Promise<Authentication>;
}
