/** Where the latest decisions can be read, by people and by programs that may. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Decision } from '../../domain/decision/decision.ts';
import { decisionJson, referenceOf } from '../../explain/index.ts';
import type { Activity } from '../../platform/decisions/activity.ts';
import type { Disagreements } from '../../platform/decisions/opinions.ts';
import type { DecisionRing } from '../../platform/decisions/ring.ts';
import type { HttpEvents } from '../http/deps.ts';
import { refuseReply } from '../http/refuse.ts';
import type { HttpRefusal } from '../http/refuse.ts';
import type { Route } from '../http/routes.ts';
import { CONTENT_SECURITY_POLICY } from '../http/pages/style.ts';
import { decisionPage } from './detail.ts';
import { matches, readFilter } from './filter.ts';
import { listPage } from './list.ts';
import type { Permission, Readers } from './readers.ts';

const LIST_LENGTH = 200;

/** What the pages of decisions are made of, and who may read them. */
export interface DecisionsDeps {
  readonly ring: DecisionRing;
  /** What two verifiers disagree about, for the pages. */
  readonly disagreements: Disagreements;
  readonly readers: Readers;
  /** What policies did lately, for the controller; absent: nobody counts. */
  readonly activity?: Pick<Activity, 'report'> | undefined;
  /** What the policies in force leave open and will be missed, for people; absent: nothing. */
  readonly notes?: () => readonly string[];
  readonly events: Pick<HttpEvents, 'rejected'>;
}

/**
 * The latest decisions as pages, or as JSON for `Accept: application/json`: `GET /decisions` (of all namespaces, or with
 * `?namespace=` of one; further filters in `filter.ts`), `GET /decisions/{id}`, where the reference of a refusal does as well as an id.
 * `GET /activity`, always JSON, for whoever may read the decisions of all namespaces: the controller.
 *
 * They show names of images, namespaces and users, so they stand on the operations port and are asked about for every request
 * (fault S8). Everything shown came from requests and is escaped; nothing is run.
 */
export function decisionRoutes(deps: DecisionsDeps): readonly Route[] {
  return [
    { path: '/decisions', methods: ['GET'], handler: (request, reply) => list(request, reply, deps) },
    { path: '/decisions/:id', methods: ['GET'], handler: (request, reply) => one(request, reply, deps) },
    ...(deps.activity === undefined ? [] : [activityRoute(deps, deps.activity)]),
  ];
}

function activityRoute(deps: DecisionsDeps, activity: Pick<Activity, 'report'>): Route {
  return {
    path: '/activity',
    methods: ['GET'],
    async handler(request, reply) {
      const permission = await deps.readers.may(request.raw, '');
      return permission === 'yes' ? json(reply, JSON.stringify(activity.report())) : refused(reply, deps, REFUSALS[permission]);
    },
  };
}

async function list(request: FastifyRequest, reply: FastifyReply, deps: DecisionsDeps): Promise<FastifyReply> {
  const read = readFilter(request.query as Readonly<Record<string, unknown>>);
  if (!read.ok) return refused(reply, deps, { status: 400, code: 'INPUT_NOT_A_REVIEW', message: read.problem, fix: 'correct the address' });
  const { filter } = read;
  const permission = await deps.readers.may(request.raw, filter.namespace);
  if (permission !== 'yes') return refused(reply, deps, REFUSALS[permission]);
  const latest = deps.ring.latest(LIST_LENGTH, (decision) => matches(decision, filter));
  const { capacity } = deps.ring;
  if (!wantsJson(request)) return page(reply, listPage({ decisions: latest, capacity, filter, notes: deps.notes?.() ?? [] }));
  const items = latest.map((decision) => JSON.stringify(decisionJson(decision))).join(',');
  return json(reply, `{"apiVersion":"gatehouse.dev/v1alpha1","kind":"DecisionList","items":[${items}]}`);
}

/** One that is not there needs the right to all of them, so that nobody learns of what is there by being refused. */
async function one(request: FastifyRequest, reply: FastifyReply, deps: DecisionsDeps): Promise<FastifyReply> {
  const { id } = request.params as { readonly id: string };
  const decision = deps.ring.find(id) ?? refusalOf(id, deps.ring);
  const permission = await deps.readers.may(request.raw, decision?.request.namespace ?? '');
  if (permission !== 'yes') return refused(reply, deps, REFUSALS[permission]);
  if (decision === undefined) return refused(reply, deps, GONE);
  return shown(decision, request, reply, deps);
}

/** The newest refusal with this reference, which is what the text of a denial names. */
function refusalOf(reference: string, ring: DecisionRing): Decision | undefined {
  if (!/^[0-9a-f]{10}$/.test(reference)) return undefined;
  return ring.latest(1, (decision) => decision.outcome === 'deny' && referenceOf(decision) === reference)[0];
}

function shown(decision: Decision, request: FastifyRequest, reply: FastifyReply, { disagreements }: DecisionsDeps): FastifyReply {
  return wantsJson(request) ? json(reply, JSON.stringify(decisionJson(decision))) : page(reply, decisionPage(decision, disagreements));
}

const GONE: HttpRefusal = {
  status: 404,
  code: 'INPUT_PATH_UNKNOWN',
  message: 'no such decision: it is of another replica, a dry run, or no longer kept',
  fix: 'look into the log of the replica that decided, or ask the same again',
};

const REFUSALS: Readonly<Record<Exclude<Permission, 'yes'>, HttpRefusal>> = {
  no: {
    status: 403,
    code: 'INPUT_NOT_A_REVIEW',
    message: 'decisions are shown to who may get decisions.gatehouse.dev in their namespace; without TLS, on loopback alone',
    fix: 'ask an administrator of the cluster for the right to get decisions.gatehouse.dev in that namespace',
  },
  unknown: {
    status: 401,
    code: 'INPUT_NOT_A_REVIEW',
    message: 'expected Authorization: Bearer, with a token that may read decisions',
    fix: 'send a token of the cluster: kubectl create token ACCOUNT',
    headers: { 'www-authenticate': 'Bearer realm="gatehouse decisions"' },
  },
  later: { status: 503, code: 'ENGINE_OVERLOADED', message: 'nobody can say now whether this token may read decisions, retry' },
};

function refused(reply: FastifyReply, { events }: DecisionsDeps, refusal: HttpRefusal): FastifyReply {
  refuseReply(reply, events, { back: '/decisions', ...refusal });
  return reply;
}

function wantsJson(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').toLowerCase().startsWith('application/json');
}

function json(reply: FastifyReply, text: string): FastifyReply {
  return guarded(reply).type('application/json').send(text);
}

function page(reply: FastifyReply, text: string): FastifyReply {
  return guarded(reply).header('content-security-policy', CONTENT_SECURITY_POLICY).type('text/html; charset=utf-8').send(text);
}

function guarded(reply: FastifyReply): FastifyReply {
  return reply.headers({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'vary': 'accept, authorization',
  });
}
