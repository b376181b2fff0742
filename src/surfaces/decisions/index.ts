/** Where the latest decisions can be read, by people and by programs. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Decision } from '../../domain/decision/decision.ts';
import { decisionJson, referenceOf } from '../../explain/index.ts';
import type { HttpSurface, SurfaceDeps } from '../http/deps.ts';
import { refuseReply } from '../http/refuse.ts';
import { decisionPage, listPage } from './pages.ts';
import { CONTENT_SECURITY_POLICY } from './style.ts';

const LIST_LENGTH = 200;

/**
 * The latest decisions as pages, or as JSON for `Accept: application/json`: `GET /decisions`, `GET /decisions/{id}`,
 * where the reference of a refusal does as well as an id.
 *
 * They show names of images, namespaces and users to whoever reaches the port; `decisions.keep: 0` turns them
 * off and a client CA closes them. Everything shown came from requests and is escaped; nothing is run.
 */
export const decisions: HttpSurface = {
  routes: (deps) => [
    { path: '/decisions', methods: ['GET'], handler: (request, reply) => list(request, reply, deps) },
    { path: '/decisions/:id', methods: ['GET'], handler: (request, reply) => one(request, reply, deps) },
  ],
};

function list(request: FastifyRequest, reply: FastifyReply, { ring }: SurfaceDeps): FastifyReply {
  const latest = ring.latest(LIST_LENGTH);
  if (!wantsJson(request)) return page(reply, listPage(latest, ring.capacity));
  const items = latest.map((decision) => JSON.stringify(decisionJson(decision))).join(',');
  return json(reply, `{"apiVersion":"gatehouse.dev/v1alpha1","kind":"DecisionList","items":[${items}]}`);
}

function one(request: FastifyRequest, reply: FastifyReply, { ring, events, disagreements }: SurfaceDeps): FastifyReply | undefined {
  const { id } = request.params as { readonly id: string };
  const decision = ring.find(id) ?? refusalOf(id, ring);
  if (decision === undefined) {
    const message = 'no such decision: it is of another replica, a dry run, or no longer kept';
    return void refuseReply(reply, events, { status: 404, code: 'INPUT_NOT_A_REVIEW', message });
  }
  return wantsJson(request) ? json(reply, JSON.stringify(decisionJson(decision))) : page(reply, decisionPage(decision, disagreements));
}

/** The newest refusal with this reference, which is what the text of a denial names. */
function refusalOf(reference: string, ring: SurfaceDeps['ring']): Decision | undefined {
  if (!/^[0-9a-f]{10}$/.test(reference)) return undefined;
  return ring.latest(2 * ring.capacity).find((decision) => decision.outcome === 'deny' && referenceOf(decision) === reference);
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
    'vary': 'accept',
  });
}
