import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { Agent, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { requestOf } from '../../../src/domain/decision/decision.ts';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { newDecisionId } from '../../../src/platform/decisions/id.ts';
import { developmentCertificate } from '../../../src/platform/tls/development.ts';
import { createDecisionRing } from '../../../src/platform/decisions/ring.ts';
import type { DecisionRing } from '../../../src/platform/decisions/ring.ts';
import { createOpsServer } from '../../../src/surfaces/ops/index.ts';
import { createCallers } from '../../../src/surfaces/http/callers.ts';
import type { Admit, HttpSurface, SurfaceDeps } from '../../../src/surfaces/http/deps.ts';
import { Connections } from '../../../src/surfaces/http/shares/connections.ts';
import { Load } from '../../../src/surfaces/http/shares/load.ts';
import { createHttpsServer } from '../../../src/surfaces/http/server.ts';
import { decisionRoutes } from '../../../src/surfaces/decisions/index.ts';
import type { DecisionsDeps } from '../../../src/surfaces/decisions/index.ts';
import { loopbackReaders } from '../../../src/surfaces/decisions/readers.ts';
import { httpSurfaces } from '../../../src/surfaces/index.ts';

/** A pod review as the API server sends it. */
export function podReview(over: Record<string, unknown> = {}, uid = 'uid-1'): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview',
    request: {
      uid, kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE', namespace: 'team', name: 'web', userInfo: { username: 'alice', groups: [] }, dryRun: false,
      object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'ghcr.io/acme/app:1' }] } },
      ...over,
    },
  };
}

/** An admission as the engine would decide it. */
export function admission(review: ReviewRequest, over: Partial<Decision> = {}): Decision {
  return {
    id: newDecisionId(Date.now()), at: Date.now(), durationMs: 1, outcome: 'admit', verdict: 'satisfied', findings: [], artifacts: [], notes: [], policyGeneration: 'g',
    request: requestOf(review),
    ...over,
  };
}

/** Nobody can show anything, and nobody is asked to. */
const ANYBODY = createCallers({ clock: Date, authorities: () => undefined, provable: false });

export interface TestServer {
  readonly app: FastifyInstance;
  readonly port: number;
  readonly deps: SurfaceDeps;
  readonly faults: unknown[];
  readonly recorded: Decision[];
  send(method: string, path: string, options?: { body?: string | Buffer; headers?: Record<string, string | string[]>; agent?: Agent }): Promise<Answer>;
  post(body: unknown, options?: { path?: string; headers?: Record<string, string>; agent?: Agent }): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // Tests look into answers freely.
  readonly json: () => any;
}

let certificate: Promise<{ options: SecureContextOptions }> | undefined;

/** Serves the real surfaces over real TLS sockets with the given engine. */
export async function serveSurfaces(admit: Admit, over: Partial<SurfaceDeps> & { tls?: SecureContextOptions; surfaces?: readonly HttpSurface[]; connections?: Connections } = {}): Promise<TestServer> {
  const { tls, surfaces = httpSurfaces(), connections = new Connections({ most: 1000, ageMs: 3_600_000 }), ...rest } = over;
  const options = tls ?? (await (certificate ??= developmentCertificate())).options;
  const faults: unknown[] = [];
  const recorded: Decision[] = [];
  const deps: SurfaceDeps = {
    admit, callers: ANYBODY, clock: Date, newId: newDecisionId, limits: { bodyBytes: 64 * 1024 }, budget: 10_000,
    recorder: { record: (decision) => void recorded.push(decision) },
    load: new Load(rest.limits?.bodyBytes ?? 64 * 1024), draining: () => false,
    events: { rejected: () => undefined, fault: (cause) => void faults.push(cause) },
    ...rest,
  };
  const app = createHttpsServer(surfaces, deps, { tls: options, connections });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const port = (app.server.address() as AddressInfo).port;
  const send: TestServer['send'] = (method, path, { body, headers = {}, agent } = {}) => new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false, agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) });
      });
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
  return {
    app, port, deps, faults, recorded, send,
    post: (body, { path = '/validate?timeout=10s', headers = {}, ...more } = {}) =>
      send('POST', path, { body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers }, ...more }),
  };
}

/** The operations server with decisions on it, for whoever `readers` lets read them (default: this machine). */
export interface TestDecisions {
  readonly app: FastifyInstance;
  readonly port: number;
  readonly ring: DecisionRing;
  send(method: string, path: string, options?: { headers?: Record<string, string>; host?: string }): Promise<Answer>;
}

export async function serveDecisions(over: Partial<DecisionsDeps> & { tls?: SecureContextOptions; listen?: string } = {}): Promise<TestDecisions> {
  const { tls, listen = '127.0.0.1', ...rest } = over;
  const ring = over.ring ?? createDecisionRing(10);
  const events = { rejected: () => undefined };
  const routes = decisionRoutes({ ring, disagreements: { about: () => [] }, readers: loopbackReaders, events, ...rest });
  const scrape = (): Promise<{ text: string; contentType: string }> => Promise.resolve({ text: 'm 1\n', contentType: 'text/plain' });
  const app = createOpsServer({ conditions: () => [], scrape, fault: () => undefined, routes }, tls);
  await app.listen({ host: listen, port: 0 });
  const port = (app.server.address() as AddressInfo).port;
  return {
    app, port, ring,
    send: (method, path, { headers = {}, host = '127.0.0.1' } = {}) => new Promise((resolve, reject) => {
      const options = { host, port, method, path, headers, agent: false as const };
      const call = (tls === undefined ? httpRequest(options) : request({ ...options, rejectUnauthorized: false })).on('response', (response) => {
        let text = '';
        response.on('data', (chunk) => { text += String(chunk); });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) }));
      });
      call.on('error', reject);
      call.end();
    }),
  };
}

/** Sends bytes as they are and gives everything that comes back. */
export async function raw(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  let answer = '';
  socket.on('data', (chunk) => { answer += String(chunk); });
  socket.on('error', () => undefined);
  socket.write(text);
  await Promise.race([once(socket, 'close'), new Promise((done) => setTimeout(done, 30_000))]);
  socket.destroy();
  return answer;
}
