/** The token of a request: one, in its place; whoever shows none, or two, is nobody. */
import type { FastifyRequest } from 'fastify';
import type { GateCaller } from '../../../domain/gate/caller.ts';
import type { GateDeps } from '../deps.ts';
import { GateError } from '../gate-error.ts';

const BEARER = /^Bearer +([^\s]+)$/i;
/** Seconds after which an issuer, or the API server, may answer again. */
const LATER = 2;

/** Who asks; throws the refusal of nobody. Not a byte of the body is read for it. */
export async function callerOf(request: FastifyRequest, deps: GateDeps, signal: AbortSignal): Promise<GateCaller> {
  const known = await deps.authenticator.authenticate(tokenOf(request), signal);
  if (!known.ok) throw new GateError(known.status, known.code, known.message, { retryAfter: known.status === 503 ? LATER : undefined });
  return known.caller;
}

/** Node takes the first of two headers silently, and whoever stands between takes the last: two are none. */
function tokenOf({ raw }: FastifyRequest): string {
  const all = raw.headersDistinct['authorization'] ?? [];
  if (all.length > 1) throw new GateError(401, 'INPUT_TOKEN_INVALID', 'expected one Authorization header, found several');
  const [, token] = BEARER.exec(all[0] ?? '') ?? [];
  if (token === undefined) throw new GateError(401, 'INPUT_TOKEN_MISSING', 'expected Authorization: Bearer TOKEN, found none');
  return token;
}
