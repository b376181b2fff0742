/** How a review comes in: callers and bodies are turned away before they cost memory. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { shownText } from '../../text/shown.ts';
import { readBody } from './body.ts';
import type { HttpSurface, SurfaceDeps } from './deps.ts';
import type { GuardedProtocol, Identified, ReviewProtocol } from './protocol.ts';
import { refuse } from './refuse.ts';
import type { HttpRefusal } from './refuse.ts';
import { Reviews } from './reviews.ts';
import type { StraightHandler, StraightRoute } from './routes.ts';
import { laneOf } from './shares/peer.ts';

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/**
 * The surface of one review protocol: one line of the table of routes, answered straight on the connection (ADR 0010), and where
 * the protocol says so another for paths with a token.
 */
export function reviewSurface<Caller = never>(protocol: ReviewProtocol<Caller>): HttpSurface {
  return {
    routes(deps) {
      const straight = createHandler(protocol, deps);
      const line: StraightRoute = { path: protocol.path, methods: ['POST'], straight };
      if (protocol.identify !== undefined || protocol.pathToken !== true) return [line];
      return [line, { ...line, path: `${protocol.path}/:token`, secret: (text) => deps.callers.hasPathToken(text) }];
    },
  };
}

function createHandler<Caller>(protocol: ReviewProtocol<Caller>, deps: SurfaceDeps): StraightHandler {
  const reviews = new Reviews(protocol, deps);
  if (protocol.identify !== undefined) return guarded(protocol, reviews, deps);
  return (request, response, query, token) => receive(request, response, deps, (body) => {
    // Asked when the body is there, so that what counts is what counts now.
    const caller = deps.callers.of(request, token);
    reviews.take({ response, query, receivedAt: deps.clock.now(), bytes: body.length }, body, (bytes) => protocol.read(bytes, caller));
  });
}

/** Asks who is there before anything of the body is read; the time that it takes is the caller's. */
function guarded<Caller>(protocol: GuardedProtocol<Caller>, reviews: Reviews, deps: SurfaceDeps): StraightHandler {
  return (request, response, query) => {
    const receivedAt = deps.clock.now();
    const go = (known: Identified<Caller>): void => {
      if (!known.ok) return refuse(response, deps.events, known);
      // Whoever left meanwhile sends no more: there is nobody to answer.
      if (response.destroyed) return;
      receive(request, response, deps, (body) => {
        reviews.take({ response, query, receivedAt, bytes: body.length }, body, (bytes) => protocol.read(bytes, known.caller));
      });
    };
    const known = protocol.identify(request);
    if (!(known instanceof Promise)) return go(known);
    known.then(go).catch((cause: unknown) => {
      deps.events.fault(cause);
      refuse(response, deps.events, { status: 500, code: 'ENGINE_FAULT', message: 'internal error' });
    });
  };
}

/** Reads the body of a request that may be read, and hands it on once all of it is there. */
function receive(request: IncomingMessage, response: ServerResponse, deps: SurfaceDeps, whole: (body: Buffer) => void): void {
  const { bodyBytes } = deps.limits;
  const announced = screen(request, response, deps);
  if (announced === undefined) return;
  let forget: (() => void) | undefined;
  const overloaded = (): void => refuse(response, deps.events, OVERLOADED);
  // The address is asked for now: it is gone with the connection. Whoever has to make room for others gets an answer all the same.
  const free = deps.load.read(laneOf(request.socket.remoteAddress ?? ''), announced, () => {
    forget?.();
    overloaded();
  });
  if (free === undefined) return overloaded();
  forget = readBody(request, bodyBytes, {
    cut: free,
    tooLarge() {
      free();
      refuse(response, deps.events, { status: 413, code: 'INPUT_TOO_LARGE', message: `expected at most ${bodyBytes} bytes, found more` });
    },
    whole(body) {
      free();
      whole(body);
    },
  });
}

const OVERLOADED: HttpRefusal = { status: 503, code: 'ENGINE_OVERLOADED', message: 'too many large requests at once, retry' };

/** Whether a body is announced as JSON that can be read as it comes: in UTF-8, not compressed. */
export function isJsonBody(headers: IncomingMessage['headers']): boolean {
  return JSON_TYPE.test(headers['content-type'] ?? '') && (headers['content-encoding'] ?? 'identity') === 'identity';
}

/** What a body is announced as, in words. */
export function announcedType(headers: IncomingMessage['headers']): string {
  const encoding = headers['content-encoding'];
  const type = headers['content-type'] ?? 'none';
  return shownText(encoding === undefined ? type : `${type}, Content-Encoding: ${encoding}`, 120);
}

/** The bytes that the body will have at most, or `undefined` after refusing what must not be read: other content types, too many bytes. */
function screen({ headers }: IncomingMessage, response: ServerResponse, { events, limits }: SurfaceDeps): number | undefined {
  if (!isJsonBody(headers)) {
    return void refuse(response, events, {
      status: 415,
      code: 'INPUT_CONTENT_TYPE',
      message: `expected Content-Type: application/json in UTF-8, not compressed; found ${announcedType(headers)}`,
    });
  }
  const { bodyBytes } = limits;
  const announced = Number(headers['content-length'] ?? bodyBytes);
  if (announced > bodyBytes) {
    const message = `expected at most ${bodyBytes} bytes, found ${announced}`;
    return void refuse(response, events, { status: 413, code: 'INPUT_TOO_LARGE', message });
  }
  return announced;
}
