import type { IncomingMessage } from 'node:http';

/** Most bytes of a refused body that are read, only to be thrown away. */
const MOST = 32 * 1024 * 1024;

/**
 * Reads on in a body that was refused, and forgets it.
 *
 * To close a connection on which the other side still writes is to reset it, and a reset takes the answer with it
 * (RFC 9112, 9.6): the sender would see a broken pipe in place of the 413. Whoever goes on for more than 32 MiB is cut
 * off; the server's request timeout bounds the time.
 */
export function hearOut(request: IncomingMessage): void {
  let heard = 0;
  request.on('data', (chunk: Buffer) => {
    heard += chunk.length;
    if (heard > MOST) request.destroy();
  });
  request.resume();
}
