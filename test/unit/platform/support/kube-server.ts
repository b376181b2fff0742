import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Labels = Record<string, string>;

/** A small API server: namespaces with list pages, watch and single reads; service accounts and secrets. */
export class FakeKube {
  readonly namespaces = new Map<string, Labels>();
  readonly objects = new Map<string, { status: number; body: unknown }>();
  readonly requests: string[] = [];
  /** Answers every request with this status when set. */
  failWith: number | undefined;
  /** Answers the next watches with this before anything else. */
  watchErrors: number[] = [];
  private readonly watchers = new Set<ServerResponse>();
  private version = 100;
  private server: Server | undefined;
  port = 0;

  /** Answers what is posted to this path, for reviews of tokens and rights. */
  readonly posts = new Map<string, (body: Record<string, unknown>) => { status: number; body: unknown }>();

  async start(port = 0, tls?: { readonly cert: string; readonly key: string }): Promise<this> {
    const listener = (request: IncomingMessage, response: ServerResponse): void => this.answer(request, response);
    this.server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
    await new Promise<void>((done) => this.server?.listen(port, '127.0.0.1', done));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise<void>((done) => (this.server === undefined ? done() : this.server.close(() => done())));
  }

  get watching(): number { return this.watchers.size; }

  send(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', name: string, labels: Labels = {}): void {
    this.version += 1;
    if (type === 'DELETED') this.namespaces.delete(name);
    else if (type !== 'BOOKMARK') this.namespaces.set(name, labels);
    this.write({ type, object: namespace(name, labels, this.version) });
  }

  write(event: unknown): void {
    for (const watcher of this.watchers) watcher.write(`${JSON.stringify(event)}\n`);
  }

  endWatches(): void {
    for (const watcher of this.watchers) watcher.end();
    this.watchers.clear();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://kube');
    this.requests.push(url.pathname + url.search);
    const json = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (this.failWith !== undefined) return json(this.failWith, { kind: 'Status', code: this.failWith });
    if (request.method === 'POST') return this.post(request, url.pathname, json);
    if (url.pathname === '/api/v1/namespaces') return url.searchParams.has('watch') ? this.watch(response, json) : this.list(url, json);
    const name = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(url.pathname)?.[1];
    const labels = name === undefined ? undefined : this.namespaces.get(name);
    if (name !== undefined && labels !== undefined) return json(200, namespace(name, labels, this.version));
    const object = this.objects.get(url.pathname);
    return object === undefined ? json(404, { kind: 'Status', code: 404 }) : json(object.status, object.body);
  }

  private post(request: IncomingMessage, path: string, json: (status: number, body: unknown) => void): void {
    let text = '';
    request.on('data', (chunk) => { text += String(chunk); }).on('end', () => {
      const answer = this.posts.get(path)?.(JSON.parse(text) as Record<string, unknown>) ?? { status: 404, body: { kind: 'Status', code: 404 } };
      json(answer.status, answer.body);
    });
  }

  private list(url: URL, json: (status: number, body: unknown) => void): void {
    const limit = Number(url.searchParams.get('limit'));
    const from = Number(url.searchParams.get('continue') ?? 0);
    const all = [...this.namespaces].map(([name, labels]) => namespace(name, labels, this.version));
    const next = from + limit < all.length ? String(from + limit) : '';
    json(200, { kind: 'NamespaceList', metadata: { resourceVersion: String(this.version), continue: next }, items: all.slice(from, from + limit) });
  }

  private watch(response: ServerResponse, json: (status: number, body: unknown) => void): void {
    const status = this.watchErrors.shift();
    if (status === 410) {
      response.writeHead(200).end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`);
      return;
    }
    if (status !== undefined) return json(status, { kind: 'Status', code: status });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.watchers.add(response);
    response.on('close', () => this.watchers.delete(response));
  }
}

function namespace(name: string, labels: Labels, version: number): unknown {
  return { kind: 'Namespace', apiVersion: 'v1', metadata: { name, labels, resourceVersion: String(version) } };
}
