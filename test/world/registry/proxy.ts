import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** How a proxy behaves; by default it forwards whatever it is asked to. */
export interface ProxyOptions {
  /** What `Proxy-Authorization` must say. */
  readonly authorization?: string;
  /** Status with which tunnels are refused. */
  readonly refuse?: number;
  /** Accepts and never answers. */
  readonly hang?: boolean;
  /** Sent to the client together with the answer to CONNECT, as if it came from the target. */
  readonly early?: string;
  /** Where every name leads, as the proxy resolves it: `127.0.0.1`. */
  readonly resolvesTo?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** One request as the proxy saw it: `CONNECT host:port` or `GET http://host/path`. */
export interface ProxyRequest {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
}

/** A forwarding HTTP proxy on loopback. */
export interface TestProxy {
  readonly host: string;
  readonly url: string;
  readonly log: readonly ProxyRequest[];
  connections(): number;
  close(): Promise<void>;
}

/** Starts a proxy on a free port. */
export async function startProxy(options: ProxyOptions = {}): Promise<TestProxy> {
  const log: ProxyRequest[] = [];
  const sockets = new Set<Socket>();
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  const allowed = (headers: IncomingHttpHeaders): boolean => options.authorization === undefined || headers['proxy-authorization'] === options.authorization;

  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  server.on('connect', (message, client: Socket) => {
    client.on('error', () => undefined);
    log.push({ line: `CONNECT ${message.url ?? ''}`, headers: message.headers });
    if (options.hang === true) return void client.resume().on('end', () => client.end());
    const status = allowed(message.headers) ? options.refuse : 407;
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} no\r\ncontent-length: 0\r\n\r\n`);
    const [, name = '', port = ''] = /^(.*):(\d+)$/.exec(message.url ?? '') ?? [];
    const target = connect(Number(port), options.resolvesTo ?? name.replace(/^\[|\]$/g, ''), () => {
      client.write(`HTTP/1.1 200 OK\r\n\r\n${options.early ?? ''}`);
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  server.on('request', (message, response: ServerResponse) => {
    log.push({ line: `${message.method ?? ''} ${message.url ?? ''}`, headers: message.headers });
    if (options.hang === true) return;
    if (!allowed(message.headers)) return void response.writeHead(407).end();
    const forwarded = request(message.url ?? '', { headers: message.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.writeHead(502).end());
    forwarded.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}`,
    log,
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
