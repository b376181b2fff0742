import { createServer } from 'node:https';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { developmentCertificate } from '../../src/platform/tls/development.ts';

/** A CloudEvent as it was received. */
export interface ReceivedEvent extends Record<string, unknown> {
  readonly data: Record<string, unknown>;
}

/** Somebody who takes batches of CloudEvents over HTTPS. */
export interface Receiver {
  readonly url: string;
  /** PEM of its certificate. */
  readonly ca: string;
  readonly batches: readonly { readonly headers: IncomingHttpHeaders; readonly events: readonly ReceivedEvent[] }[];
  readonly events: readonly ReceivedEvent[];
  /** How answers are sent; default: without a body. */
  answer?: ((response: ServerResponse, status: number) => void) | undefined;
  /** Statuses of the next answers; then 204. */
  readonly answers: number[];
  /** While true nothing is answered. */
  silent: boolean;
  /** While true half a character is refused, as by parsers that know no such text. */
  strict: boolean;
  /** Forgets what it has received. */
  forget(): void;
  close(): Promise<void>;
}

/** Starts it on a free port of this machine. What is not answered with 2xx is not taken. */
export async function startReceiver(): Promise<Receiver> {
  const { cert, options } = await developmentCertificate(['localhost']);
  const batches: Receiver['batches'][number][] = [];
  const receiver: Omit<Receiver, 'url'> & { url: string } = {
    answers: [], silent: false, strict: false, batches, ca: cert, url: '',
    get events() { return batches.flatMap(({ events }) => events); },
    forget: () => { batches.length = 0; },
    close(): Promise<void> {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
  const server = createServer(options, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (receiver.silent) return;
      const body = Buffer.concat(chunks);
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
      const isHalf = receiver.strict && /\\ud[89a-f]/.test(text);
      const status = receiver.answers.shift() ?? (isHalf ? 400 : 204);
      if (status < 300) batches.push({ headers: request.headers, events: JSON.parse(text) as ReceivedEvent[] });
      if (receiver.answer !== undefined) return receiver.answer(response, status);
      response.writeHead(status, status === 429 ? { 'retry-after': '0' } : {}).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  receiver.url = `https://localhost:${(server.address() as AddressInfo).port}/events`;
  return receiver;
}
