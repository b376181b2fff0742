/** A line of the gate's table of routes: from it come the route, its checks and its page in the OpenAPI document. */
import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { z } from 'zod';
import type { GateCaller } from '../../domain/gate/caller.ts';
import type { Keeping } from '../../engine/ports.ts';
import type { GateDeps } from './deps.ts';
import type { Waiting } from './door/waiting.ts';

/** Who must be there before a route answers: a caller with a token, a client with a certificate, or anybody at all. */
export type Asker = 'caller' | 'client' | 'anybody';

/** One route. `Body` is what its schema reads. */
export interface GateRoute<Body extends z.ZodType = z.ZodType> {
  readonly method: Extract<HTTPMethods, 'GET' | 'POST'>;
  /** As fastify writes it: `/v1/decisions/:id`. */
  readonly path: string;
  /** One sentence for the OpenAPI document. */
  readonly summary: string;
  readonly asker: Asker;
  readonly body?: Body;
  /** What is answered with 200. */
  readonly answer: z.ZodType;
  /** How many artifacts of a caller's minute it costs; default: one. */
  cost?(body: z.output<Body>): number;
  /** The answer as a document, or as the JSON text of one. */
  handle(asked: Asked<z.output<Body>>, deps: GateDeps): unknown;
}

/** A request that may be answered: its body was read by the schema of its route. */
export interface Asked<Body = unknown> {
  readonly body: Body;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Who asks; absent only where anybody may. */
  readonly caller: GateCaller;
  /** What is kept of the question while it waits is counted by this. */
  readonly keeping: Keeping;
  /** Whether it is still waited for. */
  readonly waiting: Waiting;
}

/** The route with its types checked; the table holds routes of every body. */
export function gateRoute<Body extends z.ZodType>(route: GateRoute<Body>): GateRoute {
  return route as unknown as GateRoute;
}
