/** Who may read decisions: whoever shows a token over TLS, or whoever is on this machine where there is no TLS. */
import type { IncomingMessage } from 'node:http';
import type { Tokens } from '../../platform/tokens.ts';

/** What is there of a request for decisions before it is answered. */
export type ReaderHead = Pick<IncomingMessage, 'headers' | 'socket'>;

/** `unknown`: nobody has shown who it is; `later`: it cannot be said now. */
export type Permission = 'yes' | 'no' | 'unknown' | 'later';

/** Says whether the sender of a request may read the decisions of a namespace; the empty one stands for all of them. Never throws. */
export interface Readers {
  may(head: ReaderHead, namespace: string): Promise<Permission>;
}

/** Asks the cluster about a bearer token; rejects when it does not answer. */
export type AskCluster = (token: string, namespace: string) => Promise<Exclude<Permission, 'later'>>;

/** Whose tokens count. */
export interface TokenRules {
  readonly tokens?: (() => Tokens) | undefined;
  readonly cluster?: AskCluster | undefined;
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]{1,8192})$/i;

/** Readers with a bearer token: one of a file, which may read all, or one of the cluster, which may read what its roles say. */
export function tokenReaders({ tokens, cluster }: TokenRules): Readers {
  return {
    async may({ headers }, namespace) {
      const token = BEARER.exec(headers.authorization ?? '')?.[1];
      if (token === undefined) return 'unknown';
      if (tokens?.().accept(token) === true) return 'yes';
      if (cluster === undefined) return 'unknown';
      try {
        return await cluster(token, namespace);
      } catch {
        return 'later';
      }
    },
  };
}

const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const LOOPBACK_HOST = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Readers on this machine, or in this pod: `kubectl port-forward` ends there, and its rights are the cluster's. Both ends of the
 * connection are looked at, and the name that was asked for, so that no page of a stranger reads them through a browser here.
 */
export const loopbackReaders: Readers = {
  may({ headers, socket }) {
    const ends = [socket.remoteAddress, socket.localAddress];
    const near = ends.every((address) => address !== undefined && LOOPBACK.test(address));
    return Promise.resolve(near && LOOPBACK_HOST.test(headers.host ?? '') ? 'yes' : 'no');
  },
};
