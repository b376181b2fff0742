/** Who asks, by what the connection and the head of the request show, and what may be used to answer it. */
import type { IncomingMessage } from 'node:http';
import { UNPROVEN } from '../../domain/decision/review.ts';
import type { Caller } from '../../domain/decision/review.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Tokens } from '../../platform/tokens.ts';
import { createClientCertificates } from './client-certificate.ts';
import type { CertificateRules, ClientCertificates } from './client-certificate.ts';

/** What is there of a request before its body: headers as sent, and the connection with the client's certificate, if any. */
export type RequestHead = Pick<IncomingMessage, 'headers' | 'socket'>;

/** Tells who sends a request, before anything of its body is read. Never throws. */
export interface Callers extends Pick<ClientCertificates, 'opened'> {
  /** Whether anybody can show anything: where nobody can, nobody needs to be asked. */
  readonly provable: boolean;
  /** By client certificate, else by bearer token, else by the token of its path if that is one that counts. */
  of(head: RequestHead, pathToken?: string): Caller;
  /** Whether this is a token that counts in a path; a path without one is a path that there is not. */
  hasPathToken(text: string): boolean;
}

/** By what a caller may show that it is the API server; what is absent shows nothing. */
export interface CallerRules extends Omit<CertificateRules, 'clock'> {
  readonly clock: Clock;
  readonly bearerTokens?: (() => Tokens) | undefined;
  readonly pathTokens?: (() => Tokens) | undefined;
  /** Whether a path token, which the API server prints with every failure, is enough to use pull secrets. */
  readonly pullSecretsByPathToken?: boolean;
  /** Whether there is any way to show it; where there is none, nobody is asked for what nobody can show. */
  readonly provable: boolean;
}

const BEARER = /^Bearer +([A-Za-z0-9_-]{22,64})$/i;

const BY_CERTIFICATE: Caller = Object.freeze({ proof: 'certificate', credentials: 'all' });
const BY_TOKEN: Caller = Object.freeze({ proof: 'token', credentials: 'all' });
/** The server's own credentials are the operator's for whatever the server is asked; pull secrets are a namespace's. */
const UNPROVABLE: Caller = Object.freeze({ proof: 'none', credentials: 'own' });

/**
 * Makes the judge of callers for one server.
 *
 * Nothing shown is nothing refused: whoever shows nothing is answered, without pull secrets, and without any credentials where
 * the operator has configured how the API server shows itself (ADR 0016).
 */
export function createCallers(rules: CallerRules): Callers {
  const { bearerTokens, pathTokens, pullSecretsByPathToken = false } = rules;
  const certificates = createClientCertificates(rules);
  const byPathToken: Caller = Object.freeze({ proof: 'pathToken', credentials: pullSecretsByPathToken ? 'all' : 'own' });
  const unproven = rules.provable ? UNPROVEN : UNPROVABLE;
  const hasPathToken = (text: string): boolean => pathTokens !== undefined && pathTokens().accept(text);

  return {
    provable: rules.provable,
    opened: certificates.opened,
    hasPathToken,
    of({ headers, socket }, pathToken) {
      if (certificates.shows(socket)) return BY_CERTIFICATE;
      const bearer = bearerTokens === undefined ? undefined : BEARER.exec(headers.authorization ?? '')?.[1];
      if (bearer !== undefined && bearerTokens?.().accept(bearer) === true) return BY_TOKEN;
      return pathToken !== undefined && hasPathToken(pathToken) ? byPathToken : unproven;
    },
  };
}
