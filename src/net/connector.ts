/** Setting up connections, direct or through a proxy, such that they end with the request they are for. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { connect as connectPlain, isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { buildConnector } from 'undici';
import { openTunnel } from './tunnel.ts';

/** How a server proves itself when it does not to authorities of the web. */
export interface ServerProof {
  /** Whom it proves to be; with its authorities it keeps connections apart. */
  readonly name: string;
  /** PEM certificates under which alone its own may be issued. */
  readonly ca: readonly string[];
  /** Why its certificate, DER, whose path holds, is not that of this server; `undefined` when it is. Never throws. */
  problem(der: Uint8Array): string | undefined;
}

/** How connections to one origin are set up. */
export interface Dialling {
  /** Certificate authorities to trust, PEM; absent: the system's. */
  readonly ca: readonly string[] | undefined;
  /** The server proves itself otherwise than by the name of its host. */
  readonly server?: ServerProof | undefined;
  /** Milliseconds until a connection must stand, TLS included. */
  readonly timeout: number;
  /** Resolves and checks the target's name; not asked for IP literals. */
  readonly lookup: LookupFunction;
  /** The proxy to go through; it resolves the target's name itself. */
  readonly proxy: URL | undefined;
}

const asking = new AsyncLocalStorage<AbortSignal>();

/** Sends a request such that a connection that is set up for it is given up with the signal (fault H23). */
export function dialFor<T>(signal: AbortSignal, send: () => T): T {
  return asking.run(signal, send);
}

/**
 * Sets up connections for undici. Its own connector goes on connecting for a request that nobody waits for any more.
 * Certificates are always checked, against the host that was asked for, or by the proof that was agreed upon.
 */
export function createConnector(dialling: Dialling): buildConnector.connector {
  return ({ hostname, port, protocol }, callback) => {
    const late = AbortSignal.timeout(dialling.timeout);
    const caller = asking.getStore();
    const signal = caller === undefined ? late : AbortSignal.any([caller, late]);
    const secure = protocol === 'https:';
    const to = { host: hostname, port: port === '' ? (secure ? 443 : 80) : Number(port) };
    dial(dialling, to, secure, signal).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(late.aborted ? coded('ETIMEDOUT') : error instanceof Error ? error : coded('ECONNRESET'), null),
    );
  };
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

async function dial({ ca, server, lookup, proxy }: Dialling, to: Endpoint, secure: boolean, signal: AbortSignal): Promise<Socket> {
  const tls = {
    ...to,
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(server === undefined ? {} : provenBy(server)),
    ALPNProtocols: ['http/1.1'],
    ...(isIP(to.host) === 0 ? { servername: to.host } : {}),
  };
  if (proxy === undefined) return established(secure ? connectTls({ ...tls, lookup }) : connectPlain({ ...to, lookup }), secure, signal);
  if (secure) return established(connectTls({ ...tls, socket: await openTunnel(proxy, to, signal) }), true, signal);
  const [host, toProxy] = [proxy.hostname.replace(/^\[(.*)\]$/, '$1'), proxy.protocol === 'https:'];
  const door = { host, port: Number(proxy.port || (toProxy ? 443 : 80)) };
  return established(
    toProxy ? connectTls({ ...door, ...(isIP(host) === 0 ? { servername: host } : {}) }) : connectPlain(door),
    toProxy,
    signal,
  );
}

/** The name of the host says nothing then; the path still has to hold, and an authority need not be self-signed. */
function provenBy({ ca, problem }: ServerProof): Pick<ConnectionOptions, 'ca' | 'allowPartialTrustChain' | 'checkServerIdentity'> {
  return {
    ca: [...ca],
    allowPartialTrustChain: true,
    checkServerIdentity: (_, { raw }) => {
      const text = problem(raw);
      return text === undefined ? undefined : Object.assign(new Error(text), { code: 'ERR_TLS_SERVER_PROOF' });
    },
  };
}

/** Waits until the socket may be used; gives it up when the signal fires first. */
function established(socket: Socket, secure: boolean, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // The same code as a lost connection: whoever else waits for this socket may try again.
    const giveUp = (): void => void socket.destroy(coded('ECONNRESET'));
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', giveUp);
      finish();
    };
    socket.setKeepAlive(true, 60_000).setNoDelay(true);
    socket.once(secure ? 'secureConnect' : 'connect', () => settle(() => resolve(socket)));
    socket.on('error', (error) => settle(() => reject(error)));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
