import { once } from 'node:events';
import { connect, TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readAdmissionReview } from '../../../src/intake/admission-review.ts';
import { fromJson } from '../../../src/surfaces/http/protocol.ts';
import type { GuardedProtocol, Identified, OpenProtocol, RequestHead } from '../../../src/surfaces/http/protocol.ts';
import { reviewSurface } from '../../../src/surfaces/http/review-surface.ts';
import { admission, podReview, raw, serveSurfaces } from './support.ts';
import type { TestServer } from './support.ts';

const running: TestServer[] = [];
afterEach(async () => { for (const server of running.splice(0)) { server.app.server.closeAllConnections(); await server.app.close(); } });

const read = (body: Uint8Array) => fromJson(readAdmissionReview)(body);
const admitted: { asked: number } = { asked: 0 };

async function serve<Caller>(over: Partial<GuardedProtocol<Caller>> & Pick<GuardedProtocol<Caller>, 'identify'>): Promise<TestServer> {
  const protocol: GuardedProtocol<Caller> = { path: '/gate', read, answer: (decision) => ({ outcome: decision.outcome, codes: decision.findings.map(({ code }) => code) }), ...over };
  return start(reviewSurface(protocol));
}

async function serveOpen(over: Partial<OpenProtocol>): Promise<TestServer> {
  return start(reviewSurface({ path: '/gate', read, answer: (decision) => ({ outcome: decision.outcome, codes: decision.findings.map(({ code }) => code) }), ...over }));
}

async function start(surface: ReturnType<typeof reviewSurface>): Promise<TestServer> {
  admitted.asked = 0;
  const server = await serveSurfaces((review) => { admitted.asked += 1; return admission(review); }, { surfaces: [surface] });
  running.push(server);
  return server;
}

const post = (server: TestServer, headers: Record<string, string> = {}) => server.post(podReview({}, 'u1'), { path: '/gate?timeout=5s', headers });

/** Knows the bearer of one token, at once or after a turn of the event loop. */
const byToken = ({ headers }: RequestHead): Identified<string> =>
  headers.authorization === 'Bearer good' ? { ok: true, caller: 'builder' } : { ok: false, status: 401, code: 'INPUT_NOT_A_REVIEW', message: 'expected a token', headers: { 'www-authenticate': 'Bearer' } };
const WAYS = [
  ['at once', byToken],
  ['later', async (head: RequestHead) => { await new Promise((done) => setTimeout(done, 20)); return byToken(head); }],
] as const;

describe('a protocol that identifies its callers', () => {
  it.each(WAYS)('reads for whom it knows, %s, and tells the reader who it is', async (_name, identify) => {
    const callers: unknown[] = [];
    const server = await serve<string>({ identify, read: (body, caller) => { callers.push(caller); return read(body); } });
    expect((await post(server, { authorization: 'Bearer good' })).json()).toEqual({ outcome: 'admit', codes: [] });
    expect(callers).toEqual(['builder']);
  });

  it.each(WAYS)('refuses whom it does not know, %s, before a byte of the body has come', async (_name, identify) => {
    let reads = 0;
    const server = await serve<string>({ identify, read: (body) => { reads += 1; return read(body); } });
    const answer = await raw(server.port, 'POST /gate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer bad\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toContain('www-authenticate: Bearer');
    expect([reads, admitted.asked, server.deps.load.bufferedBytes]).toEqual([0, 0, 0]);
  });

  it('sees the connection', async () => {
    let seen: unknown;
    const server = await serve<undefined>({ identify: ({ socket }) => { seen = socket; return { ok: true, caller: undefined }; } });
    expect((await post(server)).status).toBe(200);
    expect(seen).toBeInstanceOf(TLSSocket);
  });

  it('refuses another content type all the same', async () => {
    const server = await serve<string>({ identify: byToken });
    expect((await post(server, { 'authorization': 'Bearer good', 'content-type': 'text/plain' })).status).toBe(415);
  });

  it.each([
    ['throws', () => { throw new Error('secret'); }],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])('serves nobody when the identification %s', async (_name, identify: () => never | Promise<never>) => {
    const server = await serve<never>({ identify });
    const answer = await post(server, { authorization: 'Bearer good' });
    expect([answer.status, answer.json().code]).toEqual([500, 'ENGINE_FAULT']);
    expect(answer.text).not.toContain('secret');
    expect([server.faults.length, admitted.asked]).toEqual([1, 0]);
  });

  it('reads nothing of a caller that left meanwhile', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((done) => { release = done; });
    let asked = false;
    let reads = 0;
    const server = await serve<undefined>({
      identify: async () => { asked = true; await gate; return { ok: true, caller: undefined }; },
      read: (body) => { reads += 1; return read(body); },
    });
    const socket = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.write('POST /gate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
    await vi.waitFor(() => expect(asked).toBe(true));
    socket.destroy();
    await vi.waitFor(async () => expect(await new Promise((done) => server.app.server.getConnections((_error, count) => done(count)))).toBe(0));
    release();
    await new Promise((done) => setTimeout(done, 20));
    expect([reads, server.deps.load, server.faults.length]).toEqual([0, { inFlight: 0, bufferedBytes: 0 }, 0]);
  });

  it('counts the time of it as time the caller waited', async () => {
    let left = 0;
    const server = await serveSurfaces((review, { deadline }) => { left = deadline - Date.now(); return admission(review); }, {
      surfaces: [reviewSurface<undefined>({ path: '/gate', read, answer: () => ({}), identify: async () => { await new Promise((done) => setTimeout(done, 500)); return { ok: true, caller: undefined }; } })],
    });
    running.push(server);
    expect((await post(server)).status).toBe(200);
    expect(left).toBeLessThanOrEqual(3510);
  });
});

describe('a protocol that takes its time', () => {
  it('may read later', async () => {
    const server = await serveOpen({ read: async (body) => { await new Promise((done) => setTimeout(done, 5)); return read(body); } });
    expect((await post(server)).json()).toEqual({ outcome: 'admit', codes: [] });
    expect((await server.post('{', { path: '/gate' })).json()).toMatchObject({ code: 'INPUT_JSON_INVALID' });
  });

  it.each([
    ['throws', () => { throw new Error('secret'); }],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])('answers 400 when the reading %s', async (_name, reading: () => never | Promise<never>) => {
    const server = await serveOpen({ read: reading });
    const answer = await post(server);
    expect([answer.status, answer.json().code]).toEqual([400, 'INPUT_NOT_A_REVIEW']);
    expect([server.faults.length, admitted.asked]).toEqual([1, 0]);
  });

  it('may answer later, and sees the object it answers about', async () => {
    const server = await serveOpen({ answer: async (_decision, { review, apiVersion }) => { await new Promise((done) => setTimeout(done, 5)); return { apiVersion, object: review.object }; } });
    expect((await post(server)).json()).toMatchObject({ apiVersion: 'admission.k8s.io/v1', object: { kind: 'Pod', metadata: { name: 'web' } } });
  });

  it.each([
    ['throws', () => { throw new Error('secret'); }],
    ['rejects', () => Promise.reject(new Error('secret'))],
    ['gives what is no JSON', () => ({ big: 1n })],
    ['gives later what is no JSON', () => Promise.resolve({ big: 1n })],
  ])('answers with ENGINE_FAULT, which denies, when the answer %s', async (_name, broken: () => unknown) => {
    const server = await serveOpen({ answer: (decision) => (decision.outcome === 'admit' ? broken() : { outcome: decision.outcome, codes: decision.findings.map(({ code }) => code) }) });
    const answer = await post(server);
    expect([answer.status, answer.json()]).toEqual([200, { outcome: 'deny', codes: ['ENGINE_FAULT'] }]);
    expect(server.faults).toHaveLength(1);
  });

  it.each([
    ['throws', () => { throw new Error('secret'); }],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])('answers 500 when not even that answer can be made: it %s', async (_name, answering: () => unknown) => {
    const server = await serveOpen({ answer: answering });
    const answer = await post(server);
    expect([answer.status, answer.json().code]).toEqual([500, 'ENGINE_FAULT']);
    expect(answer.text).not.toContain('secret');
    expect(server.faults).toHaveLength(2);
    expect((await post(server)).status).toBe(500);
  });
});
