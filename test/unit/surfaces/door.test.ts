import { Agent } from 'node:https';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readAdmissionReview } from '../../../src/intake/admission-review.ts';
import type { HttpSurface } from '../../../src/surfaces/http/deps.ts';
import { httpSurfaces } from '../../../src/surfaces/index.ts';
import { createOpsServer } from '../../../src/surfaces/ops/index.ts';
import { admission, podReview, raw, serveDecisions, serveSurfaces } from './support.ts';
import type { TestDecisions, TestServer } from './support.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'] as const;
/** The whole table of the main port; written out, so that a line more is noticed. */
const TABLE = [['POST', '/validate'], ['POST', '/imagereview']] as const;
/** A line of which no refusal tells, since its last segment is a secret. */
const SECRET = ['POST', '/validate/:token'] as const;
const OPS = [['GET', '/livez'], ['GET', '/readyz'], ['GET', '/metrics']] as const;

const others = (table: readonly (readonly [string, string])[]) => table.flatMap(([allowed, path]) =>
  METHODS.filter((method) => method !== allowed).map((method) => [method, path.replace(':id', 'D1'), allowed] as const));

/** A surface as somebody adds one: a route that the framework reads bodies for, and one answered straight that throws. */
const added: HttpSurface = {
  routes: () => [
    { path: '/size', methods: ['POST'], handler: (request, reply) => reply.send({ size: (request.body as Buffer).length, json: Buffer.isBuffer(request.body) }) },
    { path: '/throws', methods: ['POST', 'PUT'], handler: () => { throw new Error('secret of the handler'); } },
    { path: '/straight', methods: ['POST'], straight: () => { throw new Error('secret of the straight one'); } },
  ],
};

let server: TestServer;
const rejected: number[] = [];
const faults: unknown[] = [];
beforeAll(async () => {
  server = await serveSurfaces((review) => Promise.resolve(admission(review)), {
    surfaces: [...httpSurfaces(), added],
    events: { rejected: (status) => void rejected.push(status), fault: (cause) => void faults.push(cause) },
  });
});
afterAll(() => server.app.close());

describe('the table of routes', () => {
  it('has these lines, each with its methods', () => {
    const lines = httpSurfaces().flatMap((surface) => surface.routes(server.deps));
    expect(lines.map(({ methods, path }) => [...methods, path])).toEqual([TABLE[0], SECRET, TABLE[1]].map((line) => [...line]));
  });

  it.each(others(TABLE))('L05 %s %s is not allowed, %s is', async (method, path, allow) => {
    const before = rejected.length;
    const answer = await server.send(method, path);
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
    expect(answer.headers['content-type']).toBe('application/json');
    if (method !== 'HEAD') expect(answer.json()).toMatchObject({ code: 'INPUT_METHOD' });
    expect(rejected.slice(before)).toEqual([405]);
  });

  it.each(TABLE)('%s %s is answered by its route', async (method, path) => {
    const answer = await server.send(method, path);
    // A review without a content type: refused by its route, as no other answers.
    expect(answer.status).toBe(415);
  });

  it('names all methods of a path', async () => {
    const answer = await server.send('GET', '/throws');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, PUT']);
  });

  it.each(METHODS)('%s of an unknown path is 404, with what there is', async (method) => {
    const answer = await server.send(method, '/nothing');
    expect(answer.status).toBe(404);
    expect(answer.headers.allow).toBeUndefined();
    if (method !== 'HEAD') expect(answer.json().message).toContain('no such path; there are POST /validate, POST /imagereview, POST /size');
  });
});

describe('L05 paths are compared as they were sent', () => {
  it.each([
    '/%76alidate', '/validate/', '//validate', '/VALIDATE', '/validate;x', '/validate%00', '/validate%3Ftimeout=5s', '/validate%20', '/./validate',
    '/x/../validate', '/validate/?timeout=5s', '/imagerevie%77',
  ])('POST %s is 404', async (path) => {
    const answer = await server.post(podReview(), { path });
    expect([answer.status, answer.json().code]).toEqual([404, 'INPUT_PATH_UNKNOWN']);
  });

  it.each(['/validate#x', 'https://x/validate', '*', '\\validate', '/validat\u00e9'])('a request line with %s is 404', async (target) => {
    const body = JSON.stringify(podReview());
    const answer = await raw(server.port, `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(answer).toMatch(/^HTTP\/1\.1 (?:404|400) /);
    expect(answer).not.toContain('"response"');
  });

  it.each(['/validate', '/validate?timeout=5s', '/validate?', '/validate?/../x', '/validate?a=%00'])('POST %s is served', async (path) => {
    expect((await server.post(podReview(), { path })).json().response).toMatchObject({ allowed: true });
  });

  it.each(['/decisions', '/decisions?x', '/decisions/D1'])('S8: GET %s is 404 on the port of reviews', async (path) => {
    expect((await server.send('GET', path)).status).toBe(404);
  });

  it('no header of the framework leads elsewhere', async () => {
    const headers = { 'accept-version': '2.x', 'x-http-method-override': 'GET', 'x-original-url': '/decisions' };
    expect((await server.post(podReview(), { headers })).json().response).toMatchObject({ allowed: true });
  });
});

describe('what no route answers', () => {
  it.each([['POST', '/nothing', 404], ['PUT', '/validate', 405], ['POST', '/decisions', 404]])('%s %s is refused before its body has come, however large', async (method, path, status) => {
    const started = Date.now();
    const answer = await raw(server.port, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(Date.now() - started).toBeLessThan(5000);
    expect(server.deps.load.bufferedBytes).toBe(0);
  });

  it('keeps the connection for the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    const body = 'x'.repeat(100_000);
    expect((await server.send('PUT', '/validate', { body, agent })).headers.connection).toBe('keep-alive');
    expect((await server.send('POST', '/nothing', { body, agent })).headers.connection).toBe('keep-alive');
    expect((await server.post(podReview(), { agent })).status).toBe(200);
    agent.destroy();
  });
});

describe('a surface that is added', () => {
  it('gets bodies of the framework as they are, within the limit', async () => {
    expect((await server.send('POST', '/size', { body: '{"a":1}', headers: { 'content-type': 'application/json' } })).json()).toEqual({ size: 7, json: true });
    const tooLarge = await server.send('POST', '/size', { body: 'x'.repeat(server.deps.limits.bodyBytes + 1), headers: { 'content-type': 'text/plain' } });
    expect([tooLarge.status, tooLarge.json().code]).toEqual([413, 'INPUT_TOO_LARGE']);
  });

  it.each(['/throws', '/straight'])('answers 500 where %s throws, tells of it once, and nothing to the caller', async (path) => {
    const before = faults.length;
    const answer = await server.post({}, { path });
    expect([answer.status, answer.json().code]).toEqual([500, 'ENGINE_FAULT']);
    expect(answer.text).not.toContain('secret');
    expect(faults.slice(before)).toHaveLength(1);
    expect((await server.post(podReview())).status).toBe(200);
  });
});

describe('the operations port', () => {
  let ops: FastifyInstance;
  let scrape = (): Promise<{ text: string; contentType: string }> => Promise.resolve({ text: 'm 1\n', contentType: 'text/plain' });
  const told: unknown[] = [];
  beforeAll(() => { ops = createOpsServer({ conditions: () => [], scrape: () => scrape(), fault: (cause) => void told.push(cause) }); });
  afterAll(() => ops.close());

  it.each(others(OPS))('%s %s is not allowed, %s is', async (method, url, allow) => {
    const answer = await ops.inject({ method: method as 'GET', url });
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, allow]);
  });

  it.each(OPS)('%s %s is answered', async (method, url) => {
    expect((await ops.inject({ method, url })).statusCode).toBe(200);
  });

  it.each(['/live%7a', '/livez/', '/LIVEZ', '/metrics;x', '/validate', '/decisions'])('L06 GET %s is 404, and names probes only', async (url) => {
    const answer = await ops.inject(url);
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { message: 'no such path; there are GET /livez, GET /readyz, GET /metrics' }]);
  });

  it('tells of what a scrape throws, and not whom it answers', async () => {
    scrape = () => Promise.reject(new Error('secret'));
    const answer = await ops.inject('/metrics');
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'ENGINE_FAULT']);
    expect(answer.body).not.toContain('secret');
    expect(told).toHaveLength(1);
  });
});

describe('the operations port with decisions', () => {
  const TABLE_OF_DECISIONS = [['GET', '/decisions'], ['GET', '/decisions/:id']] as const;
  let ops: TestDecisions;
  beforeAll(async () => {
    ops = await serveDecisions();
    const review = readAdmissionReview(podReview());
    if (review.ok) ops.ring.add(admission(review.review, { id: 'D1' }));
  });
  afterAll(() => ops.app.close());

  it.each(others(TABLE_OF_DECISIONS))('L05 %s %s is not allowed, %s is', async (method, path, allow) => {
    const answer = await ops.send(method, path);
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
  });

  it.each(['/%64ecisions', '/decisions/', '//decisions', '/DECISIONS', '/decisions;x', '/decisions/D1/', '/decision%73/D1', '/decisions//D1', `/decisions/${'x'.repeat(65)}`])('L05 GET %s is 404', async (path) => {
    expect((await ops.send('GET', path)).status).toBe(404);
  });

  it.each(['/decisions', '/decisions?kind=', '/decisions/D1', '/decisions/D1?x=/', '/livez', '/metrics'])('GET %s is served', async (path) => {
    expect((await ops.send('GET', path)).status).toBe(200);
  });
});

describe('two servers in one process', () => {
  it('share nothing: neither time asked for, nor answers, nor load, nor draining', async () => {
    const deadlines: Record<string, number[]> = { one: [], two: [] };
    const surfaces = httpSurfaces();
    const start = (name: 'one' | 'two', budget: number) => serveSurfaces((review, { deadline }) => {
      deadlines[name]?.push(deadline - Date.now());
      return admission(review, { id: name });
    }, { surfaces, budget, draining: () => name === 'two' });
    const [one, two] = await Promise.all([start('one', 5000), start('two', 20_000)]);
    const agents = [one, two].map(() => new Agent({ keepAlive: true, rejectUnauthorized: false }));
    const ask = (which: TestServer, uid: string, path: string) => which.post(podReview({}, uid), { path, agent: agents[which === one ? 0 : 1] as Agent });
    const rounds = ['/validate', '/validate?timeout=2s', '/validate', '/validate?timeout=2s&timeout=2s'];
    for (const [index, path] of rounds.entries()) {
      const [first, second] = await Promise.all([ask(one, `one-${index}`, path), ask(two, `two-${index}`, path)]);
      expect([first.json().response.uid, second.json().response.uid]).toEqual([`one-${index}`, `two-${index}`]);
      expect([first.headers.connection, second.headers.connection]).toEqual(['keep-alive', 'close']);
    }
    const seconds = (times: readonly number[] = []) => times.map((time) => Math.round(time / 100) / 10);
    expect(seconds(deadlines['one'])).toEqual([4, 1, 4, 9].map((time) => expect.closeTo(time, 0)));
    expect(seconds(deadlines['two'])).toEqual([19, 1, 19, 9].map((time) => expect.closeTo(time, 0)));
    // What a caller of one left unfinished is reckoned there alone.
    const lost = raw(one.port, 'POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{');
    await vi.waitFor(() => expect(one.deps.load.bufferedBytes).toBe(5));
    expect(two.deps.load.bufferedBytes).toBe(0);
    await lost;
    await vi.waitFor(() => expect(one.deps.load).toEqual({ inFlight: 0, bufferedBytes: 0 }));
    expect(two.deps.load).toEqual({ inFlight: 0, bufferedBytes: 0 });
    for (const agent of agents) agent.destroy();
    await one.app.close();
    expect((await two.post(podReview())).status).toBe(200);
    await two.app.close();
  });
});
