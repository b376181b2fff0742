/** Talking to the API server: one answer or one watch at a time, bounded in size and in how long it may be silent. */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import { readJsonBytes, readJsonText } from '../text/json/read.ts';
import type { JsonRead } from '../text/json/read.ts';
import { serviceAccountAccess } from './service-account.ts';
import type { KubeAccess, PodEnvironment } from './service-account.ts';

/** What an API server answered. `body` is parsed JSON, unchecked; `undefined` where a refusal (400 and above) came with none. */
export interface KubeAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** How one answer is asked for. */
export interface GetOptions {
  /** Asks for a list of names, labels and owners alone; the API server makes such lists of every kind. */
  readonly metadataOnly?: boolean;
  /** Media types that are understood; default: JSON. Documents about keys have one of their own. */
  readonly accept?: string;
  /** Most bytes of the answer; default and most: 32 MiB. */
  readonly maxBytes?: number;
}

/** The little of the Kubernetes API that Gatehouse needs: reading. */
export interface KubeApi {
  /** GET one path; rejects when no answer came (connection, time, size, not JSON). */
  get(path: string, signal: AbortSignal, options?: GetOptions): Promise<KubeAnswer>;
  /** GET a watch; calls `onEvent` per line, ends when the server ends it. Rejects like `get`, also on a status other than 200. */
  watch(path: string, onEvent: (event: unknown) => void, signal: AbortSignal): Promise<void>;
}

/** What is asked by sending something: reviews, which change nothing. */
export interface KubeReviews {
  /** POST one JSON document; rejects as `get` of {@link KubeApi}, and what it rejects with holds nothing of the document. */
  post(path: string, body: unknown, signal: AbortSignal): Promise<KubeAnswer>;
}

/** How one object is written. */
export interface ApplyOptions {
  /** Who owns the fields that are written: no other writer's are touched. */
  readonly fieldManager: string;
}

/** Writing objects that are ours; a refusal is an answer with its status, and rejected is what brought none. */
export interface KubeWrites {
  /** Server-side apply of one object at its path: made, or brought to what is given; the same again changes nothing. */
  apply(path: string, object: unknown, options: ApplyOptions, signal: AbortSignal): Promise<KubeAnswer>;
  /** DELETE of one object. */
  remove(path: string, signal: AbortSignal): Promise<KubeAnswer>;
}

/** What is written: an object as a whole, in the version that was read. */
export interface KubeReplaces {
  /** PUT one JSON document; rejects as `post` of {@link KubeReviews}. */
  put(path: string, body: unknown, signal: AbortSignal): Promise<KubeAnswer>;
}

/** A watch or list that was refused with an HTTP status. */
export class KubeStatusError extends Error {
  readonly status: number;
  constructor(status: number, path: string) {
    super(`API server answers ${status} to GET ${path}`);
    this.status = status;
  }
}

/** An answer of more bytes than are taken in. */
export class KubeTooLargeError extends Error {}

const MAX_BODY = 32 * 1024 * 1024;
const MAX_LINE = 4 * 1024 * 1024;
/** Lists of thousands of objects are long; that they are not longer than `MAX_BODY` is limit enough. */
const LIMITS = { maxItems: MAX_BODY };
const SILENCE_MS = 60_000;
const JSON_TYPE = 'application/json';
/** JSON is YAML. */
const APPLY_TYPE = 'application/apply-patch+yaml';
const METADATA_LIST = `${JSON_TYPE};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;

/**
 * Finds the API server: a kubeconfig file if given, else the service account of the pod.
 *
 * The client library is imported here and only for a kubeconfig: it costs half a second and 80 MiB. Only its
 * credentials code is used; its informers stop for good on most errors, so the reflector is our own.
 * `context` is one of the kubeconfig; absent: its current one. `undefined` when there is neither; throws when what there is cannot be read.
 */
export async function findKubeAccess(
  kubeconfig: string | undefined, inCluster: PodEnvironment | false, context?: string,
): Promise<KubeAccess | undefined> {
  if (kubeconfig === undefined) return inCluster !== false ? serviceAccountAccess(inCluster) : undefined;
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  if (context !== undefined && config.getContextObject(context) === null) {
    const names = config.getContexts().map(({ name }) => name).join(', ');
    throw new Error(`${kubeconfig}: no context ${JSON.stringify(context)}; it has ${names}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error(`${kubeconfig}: no current cluster`);
  return {
    server,
    async options() {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return options;
    },
  };
}

/** Writes to the API server, with the limits of reading. */
export function createKubeWrites(access: KubeAccess): KubeWrites {
  return {
    async apply(path, object, { fieldManager }, signal) {
      const query = `fieldManager=${encodeURIComponent(fieldManager)}&force=true`;
      const sent: Sent = { method: 'PATCH', body: JSON.stringify(object), type: APPLY_TYPE };
      return answerOf(await send(access, `${path}?${query}`, signal, sent), path);
    },
    remove: async (path, signal) => answerOf(await send(access, path, signal, { method: 'DELETE' }), path),
  };
}

/** Talks to the API server over node:http(s), with limits on size and silence. */
export function createKubeApi(access: KubeAccess): KubeApi & KubeReviews & KubeReplaces {
  return {
    get: async (path, signal, { metadataOnly = false, accept = JSON_TYPE, maxBytes = MAX_BODY } = {}) =>
      answerOf(await send(access, path, signal, { accept: metadataOnly ? METADATA_LIST : accept }), path, Math.min(maxBytes, MAX_BODY)),
    post: async (path, body, signal) => answerOf(await send(access, path, signal, { body: JSON.stringify(body) }), path),
    put: async (path, body, signal) => answerOf(await send(access, path, signal, { method: 'PUT', body: JSON.stringify(body) }), path),
    async watch(path, onEvent, signal) {
      const response = await send(access, path, signal);
      if (response.statusCode !== 200) {
        response.destroy();
        throw new KubeStatusError(response.statusCode ?? 0, path);
      }
      let pending = 0;
      response.on('data', (chunk: Buffer) => {
        pending = chunk.includes(10) ? 0 : pending + chunk.length;
        if (pending > MAX_LINE) response.destroy(new Error(`API server sends a watch event of more than ${MAX_LINE} bytes`));
      });
      const failed = new Promise<never>((_, reject) => response.once('error', reject));
      failed.catch(() => undefined);
      const lines = createInterface({ input: response, crlfDelay: Infinity });
      const events = async (): Promise<void> => {
        for await (const line of lines) if (line !== '') onEvent(valueOf(readJsonText(line), path));
      };
      await Promise.race([failed, events()]);
    },
  };
}

async function answerOf(response: IncomingMessage, path: string, most = MAX_BODY): Promise<KubeAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new KubeTooLargeError(`API server answers more than ${most} bytes to ${path}`);
    chunks.push(chunk);
  }
  const status = response.statusCode ?? 0;
  const read = readJsonBytes(Buffer.concat(chunks), LIMITS);
  return { status, body: status >= 400 && !read.ok ? undefined : valueOf(read, path) };
}

function valueOf(read: JsonRead, path: string): unknown {
  if (!read.ok) throw new Error(`API server answers JSON that cannot be read (${read.fault.kind}) to ${path}`);
  return read.value;
}

interface Sent {
  readonly accept?: string;
  readonly body?: string;
  /** Media type of the body. */
  readonly type?: string;
  /** Default: GET without a body, POST with one. */
  readonly method?: 'PATCH' | 'DELETE' | 'PUT';
}

async function send(
  access: KubeAccess, path: string, signal: AbortSignal, { accept = JSON_TYPE, body, type = JSON_TYPE, method }: Sent = {},
): Promise<IncomingMessage> {
  const options = await access.options();
  const url = new URL(access.server.replace(/\/$/, '') + path);
  const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    const headers = { ...options.headers, accept, ...sent };
    const call = request(url, { ...options, method: method ?? (body === undefined ? 'GET' : 'POST'), headers, signal }, resolve);
    // The API server sends bookmarks about once a minute. What must be noticed sooner is noticed by asking (`reflector.ts`).
    call.setTimeout(SILENCE_MS * 2, () => call.destroy(new Error(`API server is silent on ${path}`)));
    call.once('error', reject);
    call.end(body);
  });
}
