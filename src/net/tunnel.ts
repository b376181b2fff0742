/** Tunnels through HTTP proxies. */
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';

/** Code of the error with which a proxy's refusal travels through the connector; its `status` says what was answered. */
export const PROXY_REFUSED = 'EPROXYREFUSED';

const HEADER_BYTES = 16 * 1024;

/**
 * Opens a tunnel through an HTTP proxy (CONNECT, RFC 9110 §9.3.6). The proxy's credentials go to the proxy only. Bytes
 * that come before the target was spoken to are refused: they are not from the target.
 */
export function openTunnel(proxy: URL, to: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Socket> {
  const authority = `${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`;
  const send = proxy.protocol === 'https:' ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const request = send(proxy, {
      method: 'CONNECT',
      path: authority,
      auth: '',
      headers: { host: authority, ...proxyAuthorization(proxy) },
      agent: false,
      signal,
      maxHeaderSize: HEADER_BYTES,
    });
    const refuse = (socket: Socket, status: number | undefined): void => {
      socket.on('error', () => undefined).destroy();
      reject(refusal(status));
    };
    request.once('connect', (response, socket, head) => {
      if (response.statusCode === 200 && head.length === 0) resolve(socket);
      else refuse(socket, response.statusCode);
    });
    request.once('response', (response) => refuse(response.socket, response.statusCode));
    request.once('error', reject);
    request.end();
  });
}

/** The header for a proxy whose URL carries user name and password; none otherwise. */
export function proxyAuthorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

function refusal(status: number | undefined): Error {
  return Object.assign(new Error(`the proxy answers ${String(status)}`), { code: PROXY_REFUSED, status });
}
