/** A web server that answers what it is told to: the ground on which the fakes of ecosystems stand. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One answer; without one the server says 404. */
export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A server on loopback with its answers by path, the query included; every question is noted. */
export interface FakeServer {
  readonly url: string;
  readonly answers: Map<string, FakeAnswer>;
  readonly asked: { readonly path: string; readonly accept: string | undefined }[];
  close(): Promise<void>;
}

/** Starts one; `otherwise` answers what is not in the map. */
export async function startFake(otherwise?: (path: string) => FakeAnswer | undefined): Promise<FakeServer> {
  const answers = new Map<string, FakeAnswer>();
  const asked: { path: string; accept: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push({ path, accept: request.headers.accept });
    const { status = 200, headers = { 'content-type': 'application/json' }, body = '' } = answers.get(path) ?? otherwise?.(path) ?? { status: 404 };
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answers, asked,
    close: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(() => done());
    }),
  };
}
