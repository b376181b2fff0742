/** The table of routes, and what is said where none of them answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import { shownText } from '../../text/shown.ts';

/**
 * One line of the table of routes: what is answered at a path, to these methods and no others.
 *
 * A path is compared as it came over the wire, byte for byte (L05); a segment that begins with `:` stands for any text.
 */
export type Route = StraightRoute | FramedRoute;

interface RouteAt {
  readonly path: string;
  readonly methods: readonly HTTPMethods[];
}

/** Answered on the connection itself, before the framework reads a body (ADR 0010). */
export interface StraightRoute extends RouteAt {
  readonly straight: StraightHandler;
  /**
   * For a path whose last segment is a secret (`/validate/:token`): whether this one, as it was sent, is there. A path with
   * another is a path that there is not, whatever the method, and no refusal names this line of the table.
   */
  readonly secret?: (segment: string) => boolean;
}

/** Answered through the framework: body parsed, reply sent by `reply.send`. */
export interface FramedRoute extends RouteAt {
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/**
 * Answers one request; `query` is what stands behind the question mark, `secret` the last segment of a path with a secret, neither
 * decoded. The body has not been read.
 */
export type StraightHandler = (request: IncomingMessage, response: ServerResponse, query: string, secret?: string) => void;

/** Why a request is answered by no route: the status, what is said, and for 405 what would be allowed. */
export interface NoRoute {
  readonly status: 404 | 405;
  readonly code: ReasonCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where a reader in a browser can go on. */
  readonly back?: string;
}

/** The path of a request target as it was sent, without its query; nothing is decoded. */
export function rawPath(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}

/** Whether a raw path is that of a route; `pattern` is the route's path. */
export function isAt(pattern: string, path: string): boolean {
  if (!pattern.includes('/:')) return pattern === path;
  const wanted = pattern.split('/');
  const found = path.split('/');
  if (wanted.length !== found.length) return false;
  return wanted.every((part, index) => (part.startsWith(':') ? found[index] !== '' : part === found[index]));
}

/** The last segment of a path, as it was sent. */
export function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What to say to a request that no route answers: 405 with `Allow` where its path is one of the table, else 404 with all there are. */
export function noRoute(table: readonly Route[], { method = '', url = '' }: IncomingMessage): NoRoute {
  const path = rawPath(url);
  const routes = table.filter((route) => !('secret' in route));
  const back = routes.some((route) => route.path === '/decisions') ? { back: '/decisions' } : {};
  const allowed: readonly string[] = routes.filter((route) => isAt(route.path, path)).flatMap(({ methods }) => methods);
  // A path and a method of the table that came here all the same has a parameter longer than the router takes.
  if (allowed.length === 0 || allowed.includes(method)) {
    const all = routes.map(({ methods, path: known }) => `${methods.join(', ')} ${known}`);
    return { status: 404, code: 'INPUT_PATH_UNKNOWN', message: `no such path; there are ${all.join(', ')}; found ${method} ${shownText(path, 120)}`, ...back };
  }
  const allow = allowed.join(', ');
  return { status: 405, code: 'INPUT_METHOD', message: `expected ${allow}, found ${method}`, headers: { allow }, ...back };
}
