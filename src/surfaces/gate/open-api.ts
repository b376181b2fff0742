/** The gate described as OpenAPI 3.1, from the same table and schemas by which it answers. */
import { z } from 'zod';
import { gateRoute } from './route.ts';
import type { GateRoute } from './route.ts';
import { problemAnswer } from './schema.ts';

const JSON_TYPE = 'application/json';

/** The document (OpenAPI 3.1.0, whose schemas are JSON Schema 2020-12). */
export function openApi(routes: readonly GateRoute[]): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Gatehouse gate', version: 'v1', description: 'What build tasks ask before they use or publish something.' },
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, client: { type: 'mutualTLS' } } },
  };
}

function operation({ summary, asker, body, answer, path }: GateRoute): unknown {
  const schema = (type: z.ZodType, io: 'input' | 'output'): unknown => z.toJSONSchema(type, { target: 'draft-2020-12', io });
  const content = (type: z.ZodType, io: 'input' | 'output' = 'output'): unknown => ({ [JSON_TYPE]: { schema: schema(type, io) } });
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  return {
    summary,
    ...(asker === 'anybody' ? {} : { security: [asker === 'caller' ? { token: [] } : { client: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(body, 'input') } }),
    responses: {
      200: { description: 'The answer.', content: content(answer) },
      default: { description: 'Refused.', content: content(problemAnswer) },
    },
  };
}

/** `GET /v1/openapi.json`, which describes itself too. */
export function openApiRoute(routes: readonly GateRoute[]): GateRoute {
  const own: GateRoute = gateRoute({
    method: 'GET', path: '/v1/openapi.json', summary: 'This document.', asker: 'anybody',
    answer: z.record(z.string(), z.unknown()),
    handle: () => document,
  });
  const document = openApi([...routes, own]);
  return own;
}
