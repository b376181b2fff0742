/** The gate's port: TLS, a caller before a body, bodies read strictly, answers as documents. */
import { fastify } from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestListener } from 'node:http';
import { budgetName } from '../../domain/gate/caller.ts';
import type { GateCaller } from '../../domain/gate/caller.ts';
import type { Keeping } from '../../engine/ports.ts';
import { nextTurn } from '../../flow/next-turn.ts';
import { createClientErrorHandler } from '../http/client-error.ts';
import { HTTP_TIMES } from '../http/server.ts';
import { Load } from '../http/shares/load.ts';
import { laneOf } from '../http/shares/peer.ts';
import type { GateDeps } from './deps.ts';
import { announced, costOfBytes, LARGEST_QUESTIONS, readQuestion, whenOver } from './door/bodies.ts';
import { createBudgets } from './door/budgets.ts';
import type { Budgets } from './door/budgets.ts';
import { openListener } from './door/listener.ts';
import type { GateOptions } from './door/listener.ts';
import { answerError, isSentTo, noSuchRoute, refuse } from './door/refusals.ts';
import { callerOf } from './door/token.ts';
import { waitingOf } from './door/waiting.ts';
import type { Waiting } from './door/waiting.ts';
import { GateError } from './gate-error.ts';
import { openApiRoute } from './open-api.ts';
import type { GateRoute } from './route.ts';
import { GATE_ROUTES } from './routes/index.ts';
import { bodyProblem } from './body-problem.ts';

export type { GateOptions } from './door/listener.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the check of the token, before the body is read. */
    gateCaller?: GateCaller;
    /** Begins with the request. */
    gateWaiting?: Waiting;
    /** Of the body, as they came: what announces no length is kept all the same. */
    gateBytes?: number;
  }
}

/** What the routes of one server share. */
interface Door {
  readonly deps: GateDeps;
  readonly budgets: Budgets;
  readonly load: Load;
}

/**
 * Builds the gate's server with its routes, not yet listening.
 *
 * Nothing of the framework's leniency is left on: no trusted proxy headers, no parsing by content type, no HEAD routes, no request
 * log. Its router decodes paths, so every route compares the path as it was sent (L05).
 */
export function createGateServer(deps: GateDeps, gate: GateOptions): FastifyInstance {
  const offered = GATE_ROUTES.filter(({ asker }) => asker !== 'client' || deps.clients !== undefined);
  const routes = [...offered, openApiRoute(offered)];
  // `Load` reckons with 32 of the largest bodies.
  const load = new Load((deps.limits.bodyBytes * LARGEST_QUESTIONS) / 32);
  const door: Door = { deps, budgets: createBudgets(deps.limits, deps.clock), load };
  const turnAway = (request: FastifyRequest, reply: FastifyReply): void => refuse(reply, deps, noSuchRoute(routes, request));
  const app = fastify({
    logger: false,
    trustProxy: false,
    exposeHeadRoutes: false,
    bodyLimit: deps.limits.bodyBytes,
    requestTimeout: HTTP_TIMES.request,
    return503OnClosing: false,
    genReqId: () => deps.newId(deps.clock.now()),
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, maxParamLength: 64 },
    frameworkErrors: (_error, request, reply) => turnAway(request, reply),
    clientErrorHandler: createClientErrorHandler(deps, 'INPUT_QUESTION_INVALID'),
    serverFactory: (handler) => openListener(handler as RequestListener, gate, deps),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest) => readQuestion(request, {
    load: door.load, limits: deps.limits,
    pay: (bytes) => (request.gateCaller === undefined ? undefined : pay(door, request.gateCaller, costOfBytes(bytes))),
  }));
  app.setErrorHandler((error: FastifyError | GateError, request, reply) => answerError(error, request, reply, deps));
  app.setNotFoundHandler((request, reply) => turnAway(request, reply));
  // Before the body: the framework would read it first.
  app.addHook('onRequest', (request, reply, next) => (request.is404 ? turnAway(request, reply) : next()));
  for (const route of routes) addRoute(app, route, routes, door);
  return app;
}

function addRoute(app: FastifyInstance, route: GateRoute, routes: readonly GateRoute[], door: Door): void {
  const { deps } = door;
  app.route({
    method: route.method,
    url: route.path,
    onRequest: async (request, reply) => {
      if (!isSentTo(route, request)) throw noSuchRoute(routes, request);
      if (route.body !== undefined) announced(request, deps);
      if (route.asker === 'client' && deps.clients?.shows(request.raw.socket) !== true)
        throw new GateError(403, 'INPUT_TOKEN_INVALID', 'expected a client certificate of the configured authority, found none', {
          fix: 'have an administrator name the authority of the certificates that are shown (gate.provider.clientCA, gate.provider.names)',
        });
      // A question in each turn of the event loop, by address: what comes in on the main port is taken before the next one.
      const turn = nextTurn(laneOf(request.raw.socket.remoteAddress ?? ''));
      if (turn !== undefined) await turn;
      request.gateWaiting = waitingOf(reply, deps.budget);
      if (route.asker === 'caller') await enter(request, reply, door, request.gateWaiting);
    },
    handler: async (request, reply) => {
      const { gateCaller: caller, gateWaiting: waiting = waitingOf(reply, deps.budget) } = request;
      const body = route.body === undefined ? undefined : readBody(route.body, request.body);
      if (caller !== undefined) settle(door, caller, route.cost?.(body) ?? 1, costOfBytes(request.gateBytes ?? 0));
      const keeping: Keeping = { count: (lane) => door.load.wait(lane, request.gateBytes ?? 0) };
      const answer = await route.handle({ body, request, reply, caller: caller as GateCaller, keeping, waiting }, deps);
      return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(answer);
    },
  });
}

/** Says who asks, and counts the question as one of that caller until it is over. */
async function enter(request: FastifyRequest, reply: FastifyReply, { deps, budgets }: Door, { over }: Waiting): Promise<void> {
  const caller = await callerOf(request, deps, over);
  const entered = budgets.enter(budgetName(caller));
  if (!entered.ok) throw overBudget(`${deps.limits.callerInFlight} questions under way`, entered.retryAfter);
  whenOver(reply, entered.leave);
  request.gateCaller = caller;
}

/** Takes what a question costs out of its caller's minute; gives the refusal where that is not left. */
function pay({ deps, budgets }: Door, caller: GateCaller, artifacts: number): GateError | undefined {
  const wait = artifacts === 0 ? undefined : budgets.spend(budgetName(caller), artifacts);
  return wait === undefined ? undefined : overBudget(`${deps.limits.callerPerMinute} artifacts a minute`, wait);
}

/** What was paid for the bytes of a question counts for its artifacts. */
function settle(door: Door, caller: GateCaller, artifacts: number, paid: number): void {
  door.budgets.giveBack(budgetName(caller), paid);
  const over = pay(door, caller, Math.max(artifacts, paid));
  if (over !== undefined) throw over;
}

function overBudget(allowed: string, retryAfter: number): GateError {
  return new GateError(429, 'ENGINE_BUDGET', `this caller may have ${allowed}; ask again in ${retryAfter} s`, { retryAfter });
}

function readBody(schema: NonNullable<GateRoute['body']>, body: unknown): unknown {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new GateError(400, 'INPUT_QUESTION_INVALID', bodyProblem(read.error, body));
}
