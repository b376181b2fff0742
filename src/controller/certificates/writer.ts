/** Requests to the API server that are more than reading JSON: each one bounded in size and time. */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { KubeAccess } from '../../cluster/service-account.ts';
import { readJsonBytes } from '../../text/json/read.ts';

/** What is sent: a whole object, or with `apply` what this field manager wants of it. */
export interface Write {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body: unknown;
}

/** Sends one request; gives the status and what was answered, unchecked. Rejects when no answer came. */
export interface ApiWriter {
  send(write: Write): Promise<{ readonly status: number; readonly body: unknown }>;
}

const APPLY = 'application/apply-patch+yaml';
const MAX_BYTES = 4 * 1024 * 1024;
/** No longer than lies between the end of our leading and the end of the Lease (`cluster/lease.ts`). */
const TIMEOUT_MS = 5000;

/** A writer with the rights of `access`. PATCH is always server-side apply, whose documents are YAML, of which JSON is a part. */
export function createApiWriter(access: KubeAccess): ApiWriter {
  return {
    async send({ method, path, body }) {
      const text = JSON.stringify(body);
      const options = await access.options();
      const url = new URL(access.server.replace(/\/$/, '') + path);
      const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
      const headers = {
        ...options.headers, accept: 'application/json', 'content-length': Buffer.byteLength(text),
        'content-type': method === 'PATCH' ? APPLY : 'application/json',
      };
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const call = request(url, { ...options, method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) }, resolve);
        call.once('error', reject);
        call.end(text);
      });
      return { status: response.statusCode ?? 0, body: await bodyOf(response, path) };
    },
  };
}

async function bodyOf(response: IncomingMessage, path: string): Promise<unknown> {
  const read = readJsonBytes(await bytesOf(response, path));
  return read.ok ? read.value : undefined;
}

async function bytesOf(response: IncomingMessage, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`API server answers more than ${MAX_BYTES} bytes to ${path}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The time of the API server, which is whom a certificate has to convince; epoch milliseconds, to the second. The clock here where it
 * does not say. Rejects when no answer came.
 */
export function createApiClock(access: KubeAccess): () => Promise<number> {
  return async () => {
    const options = await access.options();
    const url = new URL(`${access.server.replace(/\/$/, '')}/version`);
    const get = url.protocol === 'http:' ? httpRequest : httpsRequest;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) }, resolve).once('error', reject).end();
    });
    response.resume();
    const time = Date.parse(response.headers.date ?? '');
    return Number.isNaN(time) ? Date.now() : time;
  };
}

/** Reads text: metrics, for one, are no JSON. Rejects when no answer came. */
export function createTextReader(
  access: KubeAccess,
): (path: string, signal: AbortSignal) => Promise<{ readonly status: number; readonly text: string }> {
  return async (path, signal) => {
    const options = await access.options();
    const url = new URL(access.server.replace(/\/$/, '') + path);
    const get = url.protocol === 'http:' ? httpRequest : httpsRequest;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { ...options, headers: { ...options.headers, accept: 'text/plain' }, signal }, resolve).once('error', reject).end();
    });
    return { status: response.statusCode ?? 0, text: (await bytesOf(response, path)).toString('utf8') };
  };
}
