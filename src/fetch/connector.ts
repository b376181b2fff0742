import { AsyncLocalStorage } from 'node:async_hooks';
import { connect as connectPlain } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector } from 'undici';
import { openTunnel } from './tunnel.ts';

/** How connections to one origin are set up. */
export interface Dialling {
  /** Certificate authorities to trust, PEM; absent: the system's. */
  readonly ca: readonly string[] | undefined;
  /** Milliseconds until the connection must stand, TLS included. */
  readonly timeout: number;
  /** Resolves and checks names; not asked for IP literals. */
  readonly lookup: LookupFunction | undefined;
  /** The proxy to go through; it resolves names itself. */
  readonly proxy: URL | undefined;
}

const asking = new AsyncLocalStorage<AbortSignal>();

/** Sends a request so that a connection set up for it is given up with the signal (fault H23). */
export function dialFor<T>(signal: AbortSignal, send: () => T): T {
  return asking.run(signal, send);
}

/**
 * Sets connections up for undici, which by itself would go on connecting for a request that nobody waits for any more.
 * Certificates are always checked against the host that was asked for.
 */
export function createConnector(dialling: Dialling): buildConnector.connector {
  return (options, callback) => {
    const outer = asking.getStore();
    const late = AbortSignal.timeout(dialling.timeout);
    const signal = outer === undefined ? late : AbortSignal.any([outer, late]);
    dial(dialling, options, signal).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(late.aborted ? coded('ETIMEDOUT') : (error as Error), null),
    );
  };
}

async function dial({ ca, lookup, proxy }: Dialling, { hostname, port, protocol }: buildConnector.Options, signal: AbortSignal): Promise<Socket> {
  const secure = protocol === 'https:';
  const to = { host: hostname, port: port === '' ? (secure ? 443 : 80) : Number(port) };
  const tls = { ...(ca === undefined ? {} : { ca: [...ca] }), ALPNProtocols: ['http/1.1'] };
  if (proxy === undefined) {
    const direct = { ...to, ...(lookup === undefined ? {} : { lookup }) };
    return established(secure ? connectTls({ ...direct, ...tls, ...serverName(hostname) }) : connectPlain(direct), secure, signal);
  }
  if (!secure) return established(connectPlain({ host: bare(proxy.hostname), port: Number(proxy.port || 80) }), false, signal);
  const socket = await openTunnel(proxy, to, signal);
  return established(connectTls({ ...to, ...tls, ...serverName(hostname), socket }), true, signal);
}
