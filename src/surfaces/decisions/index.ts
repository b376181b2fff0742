import type { FastifyReply, FastifyRequest } from 'fastify';
import { decisionJson } from '../../explain/index.ts';
import type { HttpSurface } from '../http/deps.ts';
import { reject } from '../http/reject.ts';
import { decisionPage, listPage } from './pages.ts';
import { CONTENT_SECURITY_POLICY } from './style.ts';

const LIST_LENGTH = 200;

/**
 * The latest decisions as pages, or as JSON for `Accept: application/json`: `GET /decisions`, `GET /decisions/{id}`.
 *
 * They show names of images, namespaces and users to whoever reaches the port; `decisions.keep: 0` turns them
 * off and a client CA closes them. Everything shown came from requests and is escaped; nothing is run.
 */
export const decisions: HttpSurface = {
  name: 'decisions',
  register(app, deps) {
    app.get('/decisions', (request, reply) => {
      const latest = deps.ring.latest(LIST_LENGTH);
      if (wantsJson(request))
        return json(
          reply,
          `{"apiVersion":"gatehouse.dev/v1alpha1","kind":"DecisionList","items":[${latest.map((decision) => JSON.stringify(decisionJson(decision))).join(',')}]}`,
        );
      return page(reply, listPage(latest, deps.ring.capacity));
    });
    app.get('/decisions/:id', (request, reply) => {
      const decision = deps.ring.find((request.params as { readonly id: string }).id);
      if (decision === undefined)
        return reject(reply, deps, 404, {
          code: 'INPUT_NOT_A_REVIEW',
          message: 'no such decision: it is of another replica, a dry run, or no longer kept',
        });
      return wantsJson(request) ? json(reply, JSON.stringify(decisionJson(decision))) : page(reply, decisionPage(decision));
    });
  },
};

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
