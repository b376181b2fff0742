/** An API server in memory that takes writes: lists, watches, apply to a status, create, replace with a version, merge patch; real sockets. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubeApi } from '../../../src/cluster/api.ts';

export interface Stored {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string; readonly generation?: number; readonly resourceVersion?: string };
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly [member: string]: unknown;
}

/** One request that writes. */
export interface Write {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Stored;
  readonly status: number;
}

const LIST = /^(\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/[^/]+)(?:\/([^/]+))?(\/status)?$/;

export class WritableApiServer {
  /** Objects by list and name; a list in a namespace lies under the path with it. */
  readonly objects = new Map<string, Map<string, Stored>>();
  readonly writes: Write[] = [];
  reads = 0;
  /** What was read: `list PATH`, `watch PATH`. */
  readonly readOf: string[] = [];
  /** Answered in place of everything else: nothing at all, or a status by path of a write. */
  silent = false;
  refuse: (method: string, path: string) => number | undefined = () => undefined;
  #version = 100;
  #uid = 0;
  #port = 0;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<{ readonly path: string; readonly response: ServerResponse }>();
  #server: Server | undefined;

  async start(): Promise<this> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((done, fail) => server.once('error', fail).listen(this.#port, '127.0.0.1', done));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Ends with all connections; `start` begins again at the same place, with the same objects. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((done) => (server === undefined ? done() : server.close(() => done())));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A kubeconfig that leads here. */
  kubeconfig(): string {
    const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-api-')), 'kubeconfig');
    writeFileSync(file, JSON.stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'test', clusters: [{ name: 'test', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'test', user: { token: 'token-of-the-test' } }], contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    }));
    return file;
  }

  api(): ReturnType<typeof createKubeApi> {
    return createKubeApi({ server: this.url, options: () => Promise.resolve({}) });
  }

  /** Puts an object as a user would: another spec is another generation. */
  put(list: string, object: Stored): Stored {
    const before = this.objects.get(list)?.get(object.metadata.name);
    const same = before !== undefined && JSON.stringify(before.spec) === JSON.stringify(object.spec);
    const generation = before === undefined ? 1 : (before.metadata.generation ?? 1) + (same ? 0 : 1);
    return this.#store(list, { ...object, status: object.status ?? before?.status, metadata: { ...object.metadata, generation } }, before);
  }

  remove(list: string, name: string): void {
    const gone = this.objects.get(list)?.get(name);
    if (gone === undefined) return;
    this.objects.get(list)?.delete(name);
    this.#version += 1;
    this.#tell(list, 'DELETED', { ...gone, metadata: { ...gone.metadata, resourceVersion: String(this.#version) } });
  }

  get(list: string, name: string): Stored | undefined {
    return this.objects.get(list)?.get(name);
  }

  all(list: string): Stored[] {
    return [...this.objects].filter(([path]) => isUnder(path, list)).flatMap(([, of]) => [...of.values()]);
  }

  /** Writes whose path holds the text. */
  wrote(part: string): Write[] {
    return this.writes.filter(({ path }) => path.includes(part));
  }

  #store(list: string, object: Stored, before: Stored | undefined): Stored {
    this.#version += 1;
    const uid = before?.metadata.uid ?? `uid-${(this.#uid += 1)}`;
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(this.#version) } };
    const of = this.objects.get(list) ?? new Map<string, Stored>();
    this.objects.set(list, of.set(object.metadata.name, stored));
    this.#tell(list, before === undefined ? 'ADDED' : 'MODIFIED', stored);
    return stored;
  }

  #tell(list: string, type: string, object: Stored): void {
    for (const { path, response } of this.#watches) if (isUnder(list, path)) response.write(`${JSON.stringify({ type, object })}\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://api');
    let text = '';
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
    if (this.silent) return;
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const [, list = '', name, isStatus] = LIST.exec(url.pathname) ?? [];
    const method = request.method ?? 'GET';
    if (method === 'GET') return this.#read(url, list, name, response, send);
    const body = JSON.parse(text) as Stored;
    const status = this.refuse(method, url.pathname)
      ?? this.#write({ method, list, name: name ?? body.metadata.name, isStatus: isStatus !== undefined, body, contentType: request.headers['content-type'] ?? '' });
    this.writes.push({ method, path: url.pathname, query: url.searchParams, contentType: request.headers['content-type'] ?? '', body, status });
    send(status, status < 400 ? this.get(list, name ?? body.metadata.name) : { kind: 'Status', code: status });
  }

  #read(url: URL, list: string, name: string | undefined, response: ServerResponse, send: (status: number, body: unknown) => void): void {
    this.reads += 1;
    this.readOf.push(`${url.searchParams.get('watch') === 'true' ? 'watch' : name === undefined ? 'list' : 'get'} ${url.pathname}`);
    if (url.searchParams.get('watch') === 'true') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const watch = { path: url.pathname, response };
      this.#watches.add(watch);
      response.on('close', () => this.#watches.delete(watch));
      return response.flushHeaders();
    }
    if (name === undefined) return send(200, { kind: 'List', metadata: { resourceVersion: String(this.#version) }, items: this.all(list) });
    const found = this.get(list, name);
    return found === undefined ? send(404, { kind: 'Status', code: 404 }) : send(200, found);
  }

  #write({ method, list, name, isStatus, body, contentType }: {
    readonly method: string; readonly list: string; readonly name: string; readonly isStatus: boolean; readonly body: Stored; readonly contentType: string;
  }): number {
    const before = this.get(list, name);
    if (method === 'POST') {
      if (before !== undefined) return 409;
      this.#store(list, body, undefined);
      return 201;
    }
    if (before === undefined) return 404;
    if (method === 'PUT') {
      if (body.metadata.resourceVersion !== undefined && body.metadata.resourceVersion !== before.metadata.resourceVersion) return 409;
      this.#store(list, body, before);
      return 200;
    }
    if (isStatus && contentType === 'application/apply-patch+yaml') {
      // As applying without a change does it: nothing happens, nobody is told.
      if (JSON.stringify(body.status) !== JSON.stringify(before.status)) this.#store(list, { ...before, status: body.status }, before);
      return 200;
    }
    if (contentType !== 'application/merge-patch+json') return 415;
    this.#store(list, { ...before, ...body, metadata: before.metadata }, before);
    return 200;
  }
}

function isUnder(list: string, path: string): boolean {
  return list === path || list.replace(/\/namespaces\/[^/]+\//, '/') === path;
}
