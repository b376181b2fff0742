/** Bodies of questions: what must not be read is refused by its head, what is read counts for the address that it comes from. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JSON_LIMITS, parseJson } from '../../../intake/json.ts';
import { readBody } from '../../http/body.ts';
import { announcedType, isJsonBody } from '../../http/review-surface.ts';
import type { Load } from '../../http/shares/load.ts';
import { laneOf } from '../../http/shares/peer.ts';
import type { GateDeps } from '../deps.ts';
import { GateError } from '../gate-error.ts';

/** As many of the largest questions fit in memory at once, and of these one address sends three quarters. */
export const LARGEST_QUESTIONS = 8;
/** Bytes of a body that cost as much as an artifact: reading costs, whatever is read, and also what cannot be read. */
const BYTES_OF_AN_ARTIFACT = 4096;

/** The artifacts that reading a body of so many bytes costs at least. */
export function costOfBytes(bytes: number): number {
  return Math.floor(bytes / BYTES_OF_AN_ARTIFACT);
}

/** The bytes that a body will have at most; throws what must not be read: other content types, encodings, too many bytes. */
export function announced({ headers }: FastifyRequest, { limits }: Pick<GateDeps, 'limits'>): number {
  if (!isJsonBody(headers))
    throw new GateError(415, 'INPUT_CONTENT_TYPE', `expected Content-Type: application/json in UTF-8, not compressed; found ${announcedType(headers)}`);
  const bytes = Number(headers['content-length'] ?? limits.bodyBytes);
  if (bytes > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
  return bytes;
}

/** By what a body is read. */
export interface Reading extends Pick<GateDeps, 'limits'> {
  readonly load: Load;
  /** Pays for the bytes before they are parsed; gives the refusal of a caller over its budget. */
  pay(bytes: number): GateError | undefined;
}

/**
 * Reads a body up to the limit, counted for its sender and paid by its caller, and parses it strictly. Rejects with the refusal. A
 * sender that leaves is not answered: then it never settles, and nothing is kept of it.
 */
export function readQuestion(request: FastifyRequest, { load, pay, ...deps }: Reading): Promise<unknown> {
  const { bodyBytes } = deps.limits;
  return new Promise((resolve, reject) => {
    const overloaded = (): void => reject(new GateError(503, 'ENGINE_OVERLOADED', 'too many large questions at once, retry', 2));
    let forget: (() => void) | undefined;
    const free = load.read(laneOf(request.raw.socket.remoteAddress ?? ''), announced(request, deps), () => {
      forget?.();
      overloaded();
    });
    if (free === undefined) return overloaded();
    forget = readBody(request.raw, bodyBytes, {
      cut: free,
      tooLarge() {
        free();
        reject(tooLarge(bodyBytes));
      },
      whole(body) {
        free();
        request.gateBytes = body.length;
        const over = pay(body.length);
        if (over !== undefined) return reject(over);
        const read = parseJson(body, JSON_LIMITS);
        if (read.ok) resolve(read.value);
        else reject(new GateError(400, read.code, read.message));
      },
    });
  });
}

function tooLarge(most: number): GateError {
  return new GateError(413, 'INPUT_TOO_LARGE', `expected at most ${most} bytes, found more`);
}

/** Ends something once, when the request is over: answered, refused, or its sender gone. */
export function whenOver(reply: FastifyReply, end: () => void): void {
  if (reply.raw.destroyed || reply.raw.writableFinished) return end();
  reply.raw.once('close', end);
}
