import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from './store.ts';
import type { ContentStore } from './store.ts';

/** What the routes need to know of the registry they serve. */
export interface RouteSettings {
  readonly store: ContentStore;
  readonly referrersApi: () => boolean;
  /** Descriptors per page of the referrers API. */
  readonly pageSize: number;
  readonly isHidden: (digest: string) => boolean;
  /** The digest a tag has at this moment, when it is scripted. */
  readonly scripted: (repository: string, tag: string) => string | undefined;
}

/** A request with its body read. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly repository: string;
  readonly rest: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** Serves the OCI distribution API: pulls, pushes (monolithic and chunked) and referrers. */
export function createRoutes(settings: RouteSettings): (call: Call) => void {
  const { store } = settings;
  const uploads = new Map<string, Buffer>();

  function manifest(call: Call, reference: string): void {
    if (call.request.method === 'PUT') return putManifest(call, reference);
    const found = store.getManifest(call.repository, settings.scripted(call.repository, reference) ?? reference);
    if (found === undefined) return notFound(call, 'MANIFEST_UNKNOWN');
    send(call, found.bytes, { 'content-type': found.mediaType, 'docker-content-digest': found.digest });
  }

  function putManifest(call: Call, reference: string): void {
    const digest = store.putManifest(call.repository, reference, call.body, call.request.headers['content-type'] ?? '');
    if (reference.startsWith('sha256:') && reference !== digest) return problem(call, 400, 'DIGEST_INVALID');
    const { subject } = JSON.parse(call.body.toString('utf8')) as { subject?: { digest: string } };
    const noticed = subject !== undefined && settings.referrersApi() ? { 'oci-subject': subject.digest } : {};
    call.response.writeHead(201, { 'docker-content-digest': digest, location: `/v2/${call.repository}/manifests/${digest}`, ...noticed }).end();
  }

  function blob(call: Call, digest: string): void {
    const found = store.has(call.repository) ? store.repository(call.repository).blobs.get(digest) : undefined;
    if (found === undefined) return notFound(call, 'BLOB_UNKNOWN');
    send(call, found, { 'content-type': 'application/octet-stream', 'docker-content-digest': digest });
  }

  function upload(call: Call, id: string): void {
    const { method } = call.request;
    const key = id === '' ? randomUUID() : id;
    const bytes = Buffer.concat([uploads.get(key) ?? Buffer.alloc(0), call.body]);
    const digest = call.query.get('digest');
    if (digest !== null && (method === 'PUT' || method === 'POST')) {
      if (sha256(bytes) !== digest) return problem(call, 400, 'DIGEST_INVALID');
      uploads.delete(key);
      store.putBlob(call.repository, bytes);
      call.response.writeHead(201, { location: `/v2/${call.repository}/blobs/${digest}`, 'docker-content-digest': digest }).end();
      return;
    }
    uploads.set(key, bytes);
    const range = { location: `/v2/${call.repository}/blobs/uploads/${key}`, range: `0-${Math.max(0, bytes.length - 1)}` };
    call.response.writeHead(202, range).end();
  }

  function referrers(call: Call, digest: string): void {
    if (!settings.referrersApi()) return void call.response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
    const all = store.referrers(call.repository, digest).filter((entry) => !settings.isHidden(String(entry.digest)));
    const start = Number(call.query.get('start') ?? 0);
    const more = start + settings.pageSize < all.length;
    const link = more ? { link: `</v2/${call.repository}/referrers/${digest}?start=${start + settings.pageSize}>; rel="next"` } : {};
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: all.slice(start, start + settings.pageSize) };
    send(call, Buffer.from(JSON.stringify(index)), { 'content-type': index.mediaType, ...link });
  }

  return (call) => {
    const [kind = '', ...rest] = call.rest.split('/');
    const last = rest.join('/');
    if (kind === 'manifests') manifest(call, last);
    else if (kind === 'referrers') referrers(call, last);
    else if (kind === 'blobs' && rest[0] === 'uploads') upload(call, rest[1] ?? '');
    else if (kind === 'blobs') blob(call, last);
    else if (kind === 'tags') send(call, Buffer.from(JSON.stringify({ name: call.repository, tags: [...store.repository(call.repository).tags.keys()] })), { 'content-type': 'application/json' });
    else notFound(call, 'NAME_UNKNOWN');
  };
}

function send({ request, response }: Call, bytes: Uint8Array, headers: Readonly<Record<string, string>>): void {
  response.writeHead(200, { ...headers, 'content-length': String(bytes.length) });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function notFound(call: Call, code: string): void {
  problem(call, 404, code);
}

function problem({ response }: Call, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}
