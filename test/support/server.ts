import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type RunningServer } from '../../src/main.ts';
import { loadConfig } from '../../src/platform/config/config.ts';

/** The product, started as `gatehouse serve` starts it, with its policies in a folder of its own. */
export interface TestServer {
  readonly running: RunningServer;
  readonly policyFolder: string;
  /** Sends an AdmissionReview and gives the answer's `response`. */
  validate(review: unknown, query?: string): Promise<AdmissionAnswer>;
  post(path: string, body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** GET on the operations port, where decisions are shown too. */
  ops(path: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** Sends to the gate, where one is open. */
  gate(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** Log lines so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface AdmissionAnswer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  readonly warnings?: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** Starts a server on free ports. `documents` are policy files by name; `config` are configuration values by path, which win over the file of `overrides.configuration`. */
export async function startTestServer(
  documents: Readonly<Record<string, string>>, config: Readonly<Record<string, unknown>> = {}, overrides: Parameters<typeof startServer>[1] = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  for (const [name, text] of Object.entries(documents)) writeFileSync(join(folder, name), text);
  const flags = { host: '127.0.0.1', port: 0, opsPort: 0, drain: '0s', policies: [folder], kubernetes: { enabled: false }, decisions: { enabled: true }, ...config };
  const file = overrides.configuration?.path;
  const loaded = loadConfig(file, flags);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const log: Record<string, unknown>[] = [];
  const logStream = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
  const running = await startServer(loaded.config, { devCert: ['localhost'], logStream, anyOpsPort: true, pollMs: 100, ...overrides, ...(file === undefined ? {} : { configuration: { path: file, flags } }) });
  const send = (method: string, path: string, headers: Readonly<Record<string, string>>, body?: string | Buffer, port = running.port): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const sending = request({ host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }));
        response.on('error', reject);
      });
      sending.on('error', reject);
      sending.end(body);
    });
  const post: TestServer['post'] = (path, body, headers = { 'content-type': 'application/json' }) => send('POST', path, headers, body);
  return {
    running,
    policyFolder: folder,
    log,
    post,
    get: (path, headers = {}) => send('GET', path, headers),
    gate(method, path, body, headers = {}) {
      const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      const typed = text === undefined ? headers : { 'content-type': 'application/json', ...headers };
      return send(method, path, typed, text, running.gatePort);
    },
    async ops(path, headers = {}) {
      const answer = await fetch(`http://127.0.0.1:${running.opsPort}${path}`, { headers });
      return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
    },
    // The longest that the API server ever waits: a busy machine is no deadline.
    async validate(review, query = '?timeout=30s') {
      const answer = await post(`/validate${query}`, JSON.stringify(review));
      if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
      return (JSON.parse(answer.text) as { response: AdmissionAnswer }).response;
    },
    async close() {
      await running.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The reason codes of an answer. */
export function codes(answer: AdmissionAnswer): string[] {
  return (answer.auditAnnotations['reasons'] ?? '').split(',').filter(Boolean);
}
