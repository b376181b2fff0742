import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createAuthGate } from './registry/auth.ts';
import type { RegistryAuth } from './registry/auth.ts';
import { act, createFaults } from './registry/faults.ts';
import type { Fault } from './registry/faults.ts';
import { createRoutes } from './registry/routes.ts';
import { createStore } from './registry/store.ts';
import type { ContentStore } from './registry/store.ts';

export type { RegistryAuth } from './registry/auth.ts';
export type { Behaviour, Fault } from './registry/faults.ts';
export { loadOciLayout } from './registry/oci-layout.ts';
export * from './registry/attach.ts';

/** How the registry is started; everything has a default. */
export interface RegistryOptions {
  readonly port?: number;
  /** PEM; without it the registry speaks plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly auth?: RegistryAuth;
  /** False for a registry of before OCI 1.1: clients use the fallback tag. Can be changed while it runs. */
  readonly referrersApi?: boolean;
  /** Descriptors per page of the referrers API; 100 by default. */
  readonly referrersPageSize?: number;
}

/** One request as it arrived. */
export interface RequestRecord {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly at: number;
  /** True once the client closed the connection before it had the whole answer. */
  aborted: boolean;
}

/** A registry inside this process: OCI distribution API in memory, with a log of all requests and faults to switch on. */
export interface TestRegistry {
  /** `127.0.0.1:PORT`: the host part of image names. */
  readonly host: string;
  readonly url: string;
  readonly store: ContentStore;
  readonly log: readonly RequestRecord[];
  /** True while the referrers API answers. */
  referrersApi: boolean;
  /** Stores a manifest under a tag or digest and returns its digest; objects are sent as JSON. */
  pushManifest(repository: string, reference: string, content: Uint8Array | object, mediaType?: string): string;
  pushBlob(repository: string, bytes: Uint8Array | string): string;
  /** The three below make the registry a target of the signing world's `push` (`push.ts`). */
  putBlob(repository: string, digest: string, bytes: Uint8Array): void;
  putManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): void;
  getManifest(repository: string, reference: string): Uint8Array | undefined;
  /** Makes a tag point to another digest with every request, over and over. */
  alternate(repository: string, tag: string, digests: readonly string[]): void;
  /** Leaves a manifest out of the referrers API. */
  hide(digest: string): void;
  /** Switches a fault on; the function returned switches it off. */
  fault(fault: Fault): () => void;
  clearFaults(): void;
  /** Requests whose path matches, without those to the token service unless it is asked for. */
  requests(path?: RegExp): readonly RequestRecord[];
  clearLog(): void;
  /** Connections open at the moment. */
  connections(): number;
  close(): Promise<void>;
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const ROUTE = /^\/v2\/([a-z0-9/._-]+?)\/((?:manifests|referrers|tags|blobs)\/.*)$/;

/** Starts a registry on a free port of the loopback interface. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const store = createStore();
  const faults = createFaults();
  const log: RequestRecord[] = [];
  const sockets = new Set<Socket>();
  const hidden = new Set<string>();
  const scripts = new Map<string, { readonly digests: readonly string[]; turn: number }>();
  const state = { referrersApi: options.referrersApi ?? true, port: 0 };
  const url = (): string => `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${state.port}`;
  const gate = options.auth === undefined ? undefined : createAuthGate(options.auth, url);
  const routes = createRoutes({
    store,
    referrersApi: () => state.referrersApi,
    pageSize: options.referrersPageSize ?? 100,
    isHidden: (digest) => hidden.has(digest),
    scripted(repository, tag) {
      const script = scripts.get(`${repository}:${tag}`);
      return script === undefined ? undefined : script.digests[script.turn++ % script.digests.length];
    },
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const record: RequestRecord = { method: request.method ?? 'GET', path, headers: request.headers, at: Date.now(), aborted: false };
    log.push(record);
    response.on('close', () => (record.aborted = !response.writableFinished));
    const body = await readBody(request);
    const fault = faults.take(record.method, path);
    if (fault !== undefined && (await act(fault, request, response))) return;
    const [bare = '', search] = path.split('?');
    const route = ROUTE.exec(bare);
    if (bare === '/token' && gate !== undefined) gate.issue(request, response, body.toString('utf8'));
    else if (bare === '/v2/') gate === undefined || gate.admit(request, response, '') ? response.writeHead(200).end('{}') : undefined;
    else if (route === null) response.writeHead(404).end();
    else if (gate === undefined || gate.admit(request, response, route[1] ?? '')) {
      routes({ request, response, repository: route[1] ?? '', rest: route[2] ?? '', query: new URLSearchParams(search), body });
    }
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch(() => response.destroy());
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  state.port = (server.address() as AddressInfo).port;

  return {
    host: `127.0.0.1:${state.port}`,
    url: url(),
    store,
    log,
    get referrersApi() {
      return state.referrersApi;
    },
    set referrersApi(on) {
      state.referrersApi = on;
    },
    pushManifest: (repository, reference, content, mediaType = OCI_MANIFEST) => store.putManifest(repository, reference, toBytes(content), mediaType),
    pushBlob: (repository, bytes) => store.putBlob(repository, Buffer.from(bytes)),
    putBlob: (repository, _digest, bytes) => void store.putBlob(repository, bytes),
    putManifest: (repository, reference, bytes, mediaType) => void store.putManifest(repository, reference, bytes, mediaType),
    getManifest: (repository, reference) => store.getManifest(repository, reference)?.bytes,
    alternate: (repository, tag, digests) => void scripts.set(`${repository}:${tag}`, { digests, turn: 0 }),
    hide: (digest) => void hidden.add(digest),
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    requests: (path = /^\/v2\//) => log.filter((record) => path.test(record.path)),
    clearLog: () => void log.splice(0),
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toBytes(content: Uint8Array | object): Uint8Array {
  return content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
