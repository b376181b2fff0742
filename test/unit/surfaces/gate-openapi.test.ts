// The OpenAPI document held against the routes in both directions, and requests and answers against its schemas.
import Ajv2020 from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { satisfied, serveGate } from './gate-support.ts';
import type { ServedGate } from './gate-support.ts';

interface Content { readonly content: { readonly 'application/json': { readonly schema: object } } }
interface Operation {
  readonly summary: string;
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[];
  readonly requestBody?: Content & { readonly required: boolean };
  readonly responses: Readonly<Record<string, Content & { readonly description: string }>>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Readonly<Record<string, { readonly type: string; readonly scheme?: string }>> };
}

let gate: ServedGate;
let document: Document;
beforeAll(async () => {
  gate = await serveGate({ callerPerMinute: 100_000 }, { shows: () => true, opened: () => undefined });
  document = (await gate.ask('', 'GET', '/v1/openapi.json')).body as unknown as Document;
});
afterAll(() => gate.close());

const ajv = new Ajv2020.default({ strict: false, allErrors: true, validateFormats: false });
const operations = (): [string, string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]): [string, string, Operation] => [method.toUpperCase(), path, operation]));
const of = (method: string, path: string): Operation => document.paths[path]?.[method.toLowerCase()] as Operation;
const problems = (schema: object, value: unknown): unknown => (ajv.validate(schema, value) ? [] : ajv.errors);

describe('OpenAPI: /v1/openapi.json', () => {
  test('names every route that the server has, and no other', () => {
    const routes = gate.app.printRoutes({ commonPrefix: false }).split('\n').flatMap((line) => {
      const [, path = '', methods = ''] = /[├└]── (\S+) \(([A-Z, ]+)\)/.exec(line) ?? [];
      return path === '' ? [] : methods.split(', ').map((method) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    });
    expect(routes.length).toBeGreaterThan(5);
    expect(operations().map(([method, path]) => `${method} ${path}`).sort()).toEqual(routes.sort());
  });

  test('every path of it answers: not with 404 of the router, nor with 405', async () => {
    for (const [method, path] of operations()) {
      const { status, body } = await gate.ask('fetcher', method, path.replaceAll(/\{\w+\}/g, 'x'), method === 'POST' ? {} : undefined);
      expect([405, 500].includes(status), `${method} ${path}: ${status}`).toBe(false);
      expect(String(body['message'])).not.toMatch(/^no such path/);
    }
  });

  test('is OpenAPI 3.1: what must be there is there, and every schema is JSON Schema 2020-12', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect([typeof document.info.title, typeof document.info.version]).toEqual(['string', 'string']);
    for (const [method, path, operation] of operations()) {
      const where = `${method} ${path}`;
      expect(path, where).toMatch(/^\/v1\/[a-z./{}-]+$/i);
      expect(operation.summary, where).toMatch(/\.$/);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect((operation.parameters ?? []).filter((one) => one.in === 'path' && one.required).map(({ name }) => name), where).toEqual(named);
      expect(Object.keys(operation.responses), where).toEqual(expect.arrayContaining(['200', 'default']));
      const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((one) => (one === undefined ? [] : [one.content['application/json'].schema]));
      for (const schema of contents) expect(ajv.validateSchema(schema), `${where}: ${JSON.stringify(ajv.errors)}`).toBe(true);
      for (const response of Object.values(operation.responses)) expect(typeof response.description).toBe('string');
      for (const one of operation.security ?? []) for (const name of Object.keys(one)) expect(document.components.securitySchemes[name], where).toBeDefined();
      expect(operation.requestBody !== undefined, where).toBe(method === 'POST');
    }
  });

  test('who must ask is said: with a token, with a certificate, or nobody', () => {
    expect(of('POST', '/v1/admit').security).toEqual([{ token: [] }]);
    expect(of('POST', '/v1/provider').security).toEqual([{ client: [] }]);
    expect(of('GET', '/v1/keys').security).toBe(undefined);
  });

  const artifact = { kind: 'blob', name: 'a', digest: `sha256:${'a'.repeat(64)}` };
  test.each<[string, string, unknown]>([
    ['POST', '/v1/admit', { artifacts: [artifact] }], ['POST', '/v1/admit', { artifacts: [{ ...artifact, usedAs: 'baseImage', evidence: [{}] }], dryRun: true, receipts: 'each' }],
    ['POST', '/v1/verify-receipt', { receipt: 'text', artifact }], ['POST', '/v1/verify-receipt', { receipt: {}, artifacts: [artifact], run: 'r' }],
    ['POST', '/v1/provider', { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest', request: { keys: ['ghcr.io/a/b:1', 'no image@@'] } }],
    ['GET', '/v1/keys', undefined], ['GET', '/v1/openapi.json', undefined],
  ])('%s %s: a request and its answer are as the document says', async (method, path, body) => {
    gate.state.issued = { state: 'signed', text: 'receipt', expiresAt: 0 };
    const { requestBody, responses } = of(method, path);
    if (body !== undefined) expect(problems(requestBody?.content['application/json'].schema ?? {}, body)).toEqual([]);
    const answer = await gate.ask('fetcher', method, path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(problems(responses['200']?.content['application/json'].schema ?? {}, answer.body)).toEqual([]);
    if (path !== '/v1/admit') return;
    const again = await gate.ask('fetcher', 'GET', `/v1/decisions/${String(answer.body['id'])}`);
    const schema = of('GET', '/v1/decisions/{id}').responses['200']?.content['application/json'].schema ?? {};
    if (again.status === 200) expect(problems(schema, again.body)).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['a field that there is not', { artifacts: [artifact], policy: 'none' }], ['no artifact', { artifacts: [] }], ['a kind that there is not', { artifacts: [{ ...artifact, kind: 'vm' }] }],
    ['too many', { artifacts: Array.from({ length: 5001 }, () => artifact) }],
  ])('the document and the server refuse the same: %s', async (_, body) => {
    expect(problems(of('POST', '/v1/admit').requestBody?.content['application/json'].schema ?? {}, body)).not.toEqual([]);
    const { status, body: refused } = await gate.ask('fetcher', 'POST', '/v1/admit', body);
    expect(status).toBe(400);
    expect(problems(of('POST', '/v1/admit').responses['default']?.content['application/json'].schema ?? {}, refused)).toEqual([]);
  });

  test('denied and undetermined answers, and shortened ones, are as it says', async () => {
    const schema = of('POST', '/v1/admit').responses['200']?.content['application/json'].schema ?? {};
    gate.state.decide = (review) => satisfied(review, { outcome: 'deny', verdict: 'undetermined', findings: [{ verdict: 'undetermined', code: 'FETCH_UNREACHABLE', path: 'artifacts[0]', artifact: 'a', mode: 'enforce' }] });
    const { body } = await gate.ask('fetcher', 'POST', '/v1/admit', { artifacts: Array.from({ length: 200 }, () => artifact) });
    expect(problems(schema, body)).toEqual([]);
    const kept = (await gate.ask('fetcher', 'GET', `/v1/decisions/${String(body['id'])}`)).body;
    expect(kept['shortened']).toEqual({ artifacts: 200, failed: 200 });
    expect(problems(schema, kept)).toEqual([]);
  });
});
