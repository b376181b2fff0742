/** A store of evidence on loopback: the ground on which the fakes of Archivista, Grafeas, GitHub and folders stand. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One question as it came. */
export interface StoreRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** One answer; `hang`: none at all. */
export type StoreAnswer = { readonly status?: number; readonly headers?: Readonly<Record<string, string | string[]>>; readonly body?: string | Uint8Array } | 'hang';

/** A store on loopback, with what it was asked. */
export interface FakeStore {
  readonly url: string;
  readonly asked: readonly StoreRequest[];
  /** Answers in the place of the store, until it gives `undefined`; absent: the store answers. */
  fault: ((request: StoreRequest) => StoreAnswer | undefined) | undefined;
  /** Evidence, a DSSE envelope or a bundle as JSON, for an image of this name and digest. */
  put(image: string, digest: string, evidence: Uint8Array): void;
  close(): Promise<void>;
}

/** Starts one that answers as `answer` says; `prefix` stands before every path. */
export async function startStore(
  answer: (request: StoreRequest) => StoreAnswer | undefined, put: FakeStore['put'], prefix = '',
): Promise<FakeStore> {
  const asked: StoreRequest[] = [];
  const store: { fault: FakeStore['fault'] } = { fault: undefined };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = (request.url ?? '/').slice(prefix.length);
      const question = { method: request.method ?? '', path, authorization: request.headers.authorization, body: Buffer.concat(chunks).toString() };
      asked.push(question);
      const given = store.fault?.(question) ?? answer(question) ?? { status: 404, body: '{"message":"Not Found"}' };
      if (given === 'hang') return;
      response.writeHead(given.status ?? 200, given.headers ?? { 'content-type': 'application/json' }).end(given.body ?? '');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return Object.assign(store, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`, asked, put,
    close: () => new Promise<void>((done) => {
      server.closeAllConnections();
      server.close(() => done());
    }),
  });
}
