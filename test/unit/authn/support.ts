/** A check of tokens whose clock stands still, and key sets that are there at once. */
import type { KeySet } from '../../../src/authn/tokens/key-set.ts';
import type { KeySource } from '../../../src/authn/tokens/key-source.ts';
import { createTokenCheck } from '../../../src/authn/tokens/check.ts';
import { TOKEN_ALGORITHMS } from '../../../src/authn/tokens/algorithms.ts';
import { createAuthenticator } from '../../../src/authn/authenticator.ts';
import type { Issuer } from '../../../src/authn/issuers/issuer.ts';
import type { Authentication } from '../../../src/domain/gate/authentication.ts';

export const NOW = Date.UTC(2026, 10, 30, 12);
export const SECONDS = NOW / 1000;
export const clock = { now: () => NOW };
export const check = createTokenCheck({ clock, skewMs: 30_000 });

/** A source that holds this, and counts how often it was asked to look again. */
export function held<Held extends { readonly keys: KeySet }>(value: Held | undefined): KeySource<Held> & { looks: number; value: Held | undefined } {
  const source = {
    value, looks: 0,
    believed: () => source.value,
    missed: () => {
      source.looks += 1;
      return Promise.resolve();
    },
  };
  return source;
}

/** What comes of a token: the code of its refusal, or the caller. */
export async function outcome(token: string, issuers: readonly Issuer[], algorithms: readonly string[] = TOKEN_ALGORITHMS): Promise<unknown> {
  const known: Authentication = await createAuthenticator({ algorithms, issuers }).authenticate(token, new AbortController().signal);
  return known.ok ? known.caller : `${known.status} ${known.code}`;
}
