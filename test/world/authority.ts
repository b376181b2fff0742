/** An authority of certificates on loopback: it publishes lists, and answers who asks about one certificate. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One question: the path alone for a list, and for one certificate the question of OCSP. */
export interface AuthorityQuestion {
  readonly path: string;
  readonly body: Buffer;
}

/** The authority, with what it was asked. */
export interface FakeAuthority {
  /** Without a path. */
  readonly url: string;
  /** While it is, every answer is 503. */
  isDown: boolean;
  /** Questions so far. */
  asked: number;
  close(): void;
}

/** Starts one that says this. */
export async function startAuthority(says: (question: AuthorityQuestion) => Uint8Array): Promise<FakeAuthority> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      authority.asked += 1;
      if (authority.isDown) response.writeHead(503).end();
      else response.end(says({ path: request.url ?? '/', body: Buffer.concat(chunks) }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const authority: FakeAuthority = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, isDown: false, asked: 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return authority;
}
