import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKubeApi } from '../../../src/cluster/api.ts';
import type { KubeApi } from '../../../src/cluster/api.ts';

type Object = Readonly<Record<string, unknown>>;

/** A kind that the server has: `tekton.dev/v1` `taskruns`. */
export interface Kind {
  readonly groupVersion: string;
  readonly resource: string;
  readonly clusterScoped?: boolean;
  /** What discovery calls it; absent: it does not say. */
  readonly kind?: string;
}

/** An API server in memory: discovery, objects by name, lists in pages, watches. What it refuses, is slow at or cuts is up to the test. */
export class MemoryApiServer {
  readonly kinds: Kind[] = [{ groupVersion: 'v1', resource: 'pods' }, { groupVersion: 'v1', resource: 'configmaps' }, { groupVersion: 'networking.k8s.io/v1', resource: 'networkpolicies' }];
  /** Objects by the path of their list, as `/apis/tekton.dev/v1/namespaces/ci/taskruns`. */
  readonly objects = new Map<string, Object[]>();
  /** Groups whose preferred version is not the first. */
  readonly preferred = new Map<string, string>();
  readonly requests: string[] = [];
  readonly accepts: string[] = [];
  /** Answers in place of the server's own, by path without query. */
  readonly refusals = new Map<string, number | 'silent' | 'cut' | 'text' | Object>();
  /** Tokens that count, with the status of their TokenReview; a test takes one away as a deleted pod would. */
  readonly tokens = new Map<string, { readonly audiences: readonly string[]; readonly user: Object }>();
  /** Whether the subject of a SubjectAccessReview may. */
  may: (spec: Object) => boolean = () => false;
  readonly #watches = new Set<{ readonly path: string; readonly response: ServerResponse }>();
  /** What has happened, for watches that begin with an older version. */
  readonly #history: { readonly version: number; readonly list: string; readonly line: string }[] = [];
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));
  version = 10;

  async start(): Promise<KubeApi> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return createKubeApi({ server: this.url, options: () => Promise.resolve({}) });
  }

  /** Address of the running server. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(() => done()));
  }

  /** Puts an object where its kind, namespace and name say; another one of that name goes. Watches are told. */
  put(list: string, object: Object): void {
    const { name } = object['metadata'] as { name: string };
    const before = this.objects.get(list) ?? [];
    this.version += 1;
    const stored = { ...object, metadata: { uid: `uid-${name}`, ...(object['metadata'] as object), resourceVersion: String(this.version) } };
    const others = before.filter((one) => (one['metadata'] as { name: string }).name !== name);
    this.objects.set(list, [...others, stored]);
    this.#tell(list, others.length === before.length ? 'ADDED' : 'MODIFIED', stored);
  }

  remove(list: string, name: string): void {
    const before = this.objects.get(list) ?? [];
    this.version += 1;
    this.objects.set(list, before.filter((one) => (one['metadata'] as { name: string }).name !== name));
    for (const gone of before) if ((gone['metadata'] as { name: string }).name === name) this.#tell(list, 'DELETED', gone);
  }

  get watching(): number {
    return this.#watches.size;
  }

  /** Ends every watch with an ERROR event of this code. */
  endWatches(code: number): void {
    for (const { response } of this.#watches) response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code } })}\n`);
    this.#watches.clear();
  }

  asked(path: string): number {
    return this.requests.filter((one) => one.replace(/\?.*/, '') === path).length;
  }

  #tell(list: string, type: string, object: Object): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#history.push({ version: this.version, list, line });
    for (const { path, response } of this.#watches) if (this.#isUnder(list, path)) response.write(line);
  }

  #isUnder(list: string, path: string): boolean {
    return list === path || list.replace(/\/namespaces\/[^/]+\//, '/') === path;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://api');
    this.requests.push(request.url ?? '/');
    this.accepts.push(request.headers.accept ?? '');
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.method === 'POST' && url.pathname.endsWith('reviews') && !this.refusals.has(url.pathname)) return this.#review(request, url.pathname, send);
    const refusal = this.refusals.get(url.pathname);
    if (refusal === 'silent') return;
    if (refusal === 'cut') return void request.socket.destroy();
    if (refusal === 'text') return void response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
    if (typeof refusal === 'number') return send(refusal, { kind: 'Status', code: refusal, reason: 'Refused' });
    if (refusal !== undefined) return send(200, refusal);
    if (url.searchParams.get('watch') === 'true') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const watch = { path: url.pathname, response };
      this.#watches.add(watch);
      response.on('close', () => this.#watches.delete(watch));
      response.flushHeaders();
      const since = Number(url.searchParams.get('resourceVersion') ?? this.version);
      for (const { version, list, line } of this.#history) if (version > since && this.#isUnder(list, url.pathname)) response.write(line);
      return;
    }
    const discovered = this.#discovery(url.pathname);
    if (discovered !== undefined) return send(200, discovered);
    const kind = this.kinds.find(({ groupVersion, resource }) => {
      const root = groupVersion.includes('/') ? `/apis/${groupVersion}/` : `/api/${groupVersion}/`;
      return url.pathname.startsWith(root) && new RegExp(`(?:^|/)${resource}(?:/|$)`).test(url.pathname.slice(root.length));
    });
    if (kind === undefined) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
    if (url.pathname.endsWith(`/${kind.resource}`)) {
      const list = this.#list(url);
      // As Go writes an empty list of metadata.
      const isEmpty = list.items.length === 0 && request.headers.accept?.includes('as=PartialObjectMetadataList') === true;
      return send(200, isEmpty ? { ...list, items: null } : list);
    }
    const [, list = '', name = ''] = /^(.*)\/([^/]+)$/.exec(url.pathname) ?? [];
    const found = this.objects.get(list)?.find((one) => (one['metadata'] as { name: string }).name === name);
    return found === undefined ? send(404, { kind: 'Status', code: 404, reason: 'NotFound' }) : send(200, found);
  }

  #review(request: IncomingMessage, path: string, send: (status: number, body: unknown) => void): void {
    let text = '';
    request.on('data', (chunk: Buffer) => { text += chunk.toString(); });
    request.on('end', () => {
      const { spec } = JSON.parse(text) as { spec: { token?: string; audiences?: readonly string[] } & Object };
      if (!path.endsWith('/tokenreviews')) return send(201, { status: { allowed: this.may(spec) } });
      const known = this.tokens.get(spec.token ?? '');
      const audiences = known?.audiences.filter((one) => spec.audiences?.includes(one)) ?? [];
      send(201, { status: audiences.length === 0 ? { authenticated: false, error: 'unknown' } : { authenticated: true, audiences, user: known?.user } });
    });
  }

  #list(url: URL): { readonly items: readonly Object[] } & Object {
    const all = [...this.objects].filter(([list]) => this.#isUnder(list, url.pathname)).flatMap(([, objects]) => objects);
    const ended = url.searchParams.get('fieldSelector')?.includes('status.phase!=Succeeded') === true ? ['Succeeded', 'Failed'] : [];
    const items = all.filter((one) => !ended.includes((one['status'] as { phase?: string } | undefined)?.phase ?? ''));
    const [from, limit] = [Number(url.searchParams.get('continue') ?? '0'), Number(url.searchParams.get('limit') ?? '500')];
    const next = from + limit < items.length ? { continue: String(from + limit) } : {};
    return { kind: 'List', metadata: { resourceVersion: String(this.version), ...next }, items: items.slice(from, from + limit) };
  }

  #discovery(path: string): unknown {
    const inGroups = this.kinds.filter(({ groupVersion }) => groupVersion.includes('/'));
    if (path === '/apis') {
      const groups = Map.groupBy(inGroups, ({ groupVersion }) => groupVersion.split('/')[0] ?? '');
      return {
        kind: 'APIGroupList',
        groups: [...groups].map(([name, kinds]) => {
          const versions = [...new Set(kinds.map(({ groupVersion }) => groupVersion.split('/')[1] ?? ''))];
          return { name, versions: versions.map((version) => ({ version })), preferredVersion: { version: this.preferred.get(name) ?? versions[0] } };
        }),
      };
    }
    const groupVersion = path.replace(/^\/apis?\//, '');
    const kinds = this.kinds.filter((kind) => kind.groupVersion === groupVersion);
    if (kinds.length === 0) return undefined;
    return { kind: 'APIResourceList', groupVersion, resources: kinds.map(({ resource, kind, clusterScoped = false }) => ({ name: resource, namespaced: !clusterScoped, ...(kind === undefined ? {} : { kind }) })) };
  }
}
