/** What is said to bytes that are no HTTP request, before there is a route to say it. */
import type { Socket } from 'node:net';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import { errorAnswer } from '../../respond/index.ts';
import type { SurfaceDeps } from './deps.ts';

/** What is told of bytes that are no HTTP request, by the code of Node's error; everything else is a bad request. */
const TOLD: ReadonlyMap<string | undefined, readonly [status: string, message: string]> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'the request did not arrive in time']],
  ['HPE_HEADER_OVERFLOW', ['431 Request Header Fields Too Large', 'the headers are larger than 16384 bytes']],
]);
const BAD_REQUEST = ['400 Bad Request', 'this is no HTTP request, or not all of one'] as const;

/** Errors of TLS, among them a handshake that does not come: nothing can be said where nothing can be encrypted. */
const TLS = /^ERR_(?:TLS|SSL)_/;

/**
 * Answers what the HTTP parser gave up on with `{code, message}` as everything else, and ends the connection.
 *
 * Where TLS itself failed the connection is cut: an answer would wait for a handshake that never comes, and the
 * connection with it, until nobody else gets one.
 */
export function createClientErrorHandler(
  deps: Pick<SurfaceDeps, 'events'>, reason: ReasonCode = 'INPUT_NOT_A_REVIEW',
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return ({ code }, socket) => {
    if (code === 'ECONNRESET' || TLS.test(code ?? '') || !socket.writable) return void socket.destroy();
    const [status, message] = TOLD.get(code) ?? BAD_REQUEST;
    deps.events.rejected(Number.parseInt(status, 10));
    const body = JSON.stringify(errorAnswer(reason, message));
    socket.write(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
    socket.destroySoon();
  };
}
