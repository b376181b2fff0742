/** How a request that cannot be decided about is refused: once, for every route of every server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { reason } from '../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import { errorAnswer } from '../../respond/index.ts';
import { writeJson } from './answers.ts';
import type { HttpEvents } from './deps.ts';
import { prefersHtml, refusalPage } from './pages/refusal.ts';
import { CONTENT_SECURITY_POLICY } from './pages/style.ts';

/** Most bytes of a refused body that are read, only to be thrown away. */
const MOST = 32 * 1024 * 1024;

/** An HTTP status with what is said beside it. */
export interface HttpRefusal {
  readonly status: number;
  readonly code: ReasonCode;
  readonly message: string;
  /** What helps, for whoever reads the answer himself. */
  readonly fix?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A path of this server from which a reader in a browser can go on. */
  readonly back?: string;
}

/**
 * Answers a request that cannot be decided about: HTTP 4xx or 5xx with `{code, message, fix}`, as a page where a browser asks;
 * the fix is the catalogue's unless the refusal has a better one.
 *
 * What is left of its body is read and forgotten, so that the sender gets the answer. Where an answer has begun, nothing
 * can be said any more and the connection is cut.
 */
export function refuse(
  response: ServerResponse,
  events: Pick<HttpEvents, 'rejected'>,
  refusal: HttpRefusal,
): void {
  const { status, code, message, headers } = refusal;
  const fix = refusal.fix ?? reason(code).fix;
  events.rejected(status);
  if (response.destroyed) return;
  if (response.headersSent) return void response.destroy();
  hearOut(response.req);
  if (prefersHtml(response.req)) return writePage(response, refusalPage({ ...refusal, fix }), refusal);
  writeJson(response, status, JSON.stringify(errorAnswer(code, message, fix)), false, headers);
}

function writePage(response: ServerResponse, page: string, { status, headers }: HttpRefusal): void {
  response.writeHead(status, {
    ...headers, 'content-type': 'text/html; charset=utf-8', 'content-length': Buffer.byteLength(page), 'cache-control': 'no-store',
    'content-security-policy': CONTENT_SECURITY_POLICY, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
  });
  response.end(page);
}

/** The same for a request that the framework holds; it has no more to do with it. */
export function refuseReply(reply: FastifyReply, events: Pick<HttpEvents, 'rejected'>, refusal: HttpRefusal): void {
  refuse(reply.hijack().raw, events, refusal);
}

/**
 * Reads on in a body that was refused, and forgets it.
 *
 * To close a connection on which the other side still writes is to reset it, and a reset takes the answer with it
 * (RFC 9112, 9.6): the sender would see a broken pipe in place of the 413. Whoever goes on for more than 32 MiB is cut
 * off; the server's request timeout bounds the time.
 */
function hearOut(request: IncomingMessage): void {
  let heard = 0;
  request.on('data', (chunk: Buffer) => {
    heard += chunk.length;
    if (heard > MOST) request.destroy();
  });
  request.resume();
}
