/** A cluster of running pods behind real sockets: pods in pages, reports and Events as they are written, and everything that was asked. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKubeApi, createKubeWrites } from '../../src/cluster/api.ts';
import type { KubeApi, KubeWrites } from '../../src/cluster/api.ts';

type Body = Readonly<Record<string, unknown>>;

/** A request as it arrived. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** `performance.now()`. */
  readonly at: number;
}

/** What the cluster has, and how it is asked. */
export class RunningCluster {
  pods: Body[] = [];
  /** Reports and Events by path. */
  readonly written = new Map<string, Body>();
  readonly asked: Asked[] = [];
  /** Status in place of an answer, by method and the beginning of a path: `PATCH /apis/openreports.io`. */
  readonly refusals = new Map<string, number>();
  servesReports = true;
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));

  async start(): Promise<{ readonly api: KubeApi; readonly writes: KubeWrites }> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    const access = { server: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`, options: () => Promise.resolve({}) };
    return { api: createKubeApi(access), writes: createKubeWrites(access) };
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(() => done()));
  }

  reports(): Body[] {
    return [...this.written].filter(([path]) => path.includes('/openreports.io/')).map(([, body]) => body);
  }

  events(): Body[] {
    return [...this.written].filter(([path]) => path.includes('/events.k8s.io/')).map(([, body]) => body);
  }

  /** Requests by method and the beginning of their paths. */
  count(method: string, path: string): number {
    return this.asked.filter((one) => one.method === method && one.path.startsWith(path)).length;
  }

  /** Most requests in any second. */
  busiest(of: readonly Asked[] = this.asked): number {
    return Math.max(0, ...of.map(({ at }) => of.filter((other) => other.at >= at && other.at < at + 1000).length));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://api');
    const method = request.method ?? 'GET';
    this.asked.push({ method, path: url.pathname, query: url.searchParams, at: performance.now() });
    const send = (status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const refusal = [...this.refusals].find(([key]) => `${method} ${url.pathname}`.startsWith(key))?.[1];
    if (refusal !== undefined) return send(refusal, { kind: 'Status', code: refusal });
    if (method === 'PATCH') {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => { text += part; });
      return void request.on('end', () => {
        if (request.headers['content-type'] !== 'application/apply-patch+yaml') return send(415, {});
        this.written.set(url.pathname, JSON.parse(text) as Body);
        send(200, {});
      });
    }
    if (method === 'DELETE') return send(this.written.delete(url.pathname) ? 200 : 404, {});
    if (url.pathname === '/apis/openreports.io/v1alpha1') return this.servesReports ? send(200, { resources: [{ name: 'reports' }] }) : send(404, {});
    if (url.pathname === '/apis/openreports.io/v1alpha1/reports') return send(200, { metadata: { resourceVersion: '1' }, items: this.reports().map(({ metadata }) => ({ metadata })) });
    if (url.pathname !== '/api/v1/pods') return send(404, {});
    const [from, limit] = [Number(url.searchParams.get('continue') ?? '0'), Number(url.searchParams.get('limit') ?? '500')];
    const next = from + limit < this.pods.length ? { continue: String(from + limit) } : {};
    send(200, { metadata: { resourceVersion: '1', ...next }, items: this.pods.slice(from, from + limit) });
  }
}
