/** The certificate that the gate shows, and the authority whose clients may ask without a token (OPA Gatekeeper). */
import { readFile } from 'node:fs/promises';
import type { Server, SecureContextOptions } from 'node:tls';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { createClientCertificates } from '../../surfaces/http/client-certificate.ts';
import type { ClientCertificates } from '../../surfaces/http/client-certificate.ts';
import type { Lifetime } from '../lifetime.ts';
import { openTls } from '../serving.ts';
import type { Certificate } from '../serving.ts';

/** TLS of the gate: never with the client authority of the main port, whose clients are API servers. */
export interface GateTls {
  current(): SecureContextOptions;
  attach(server: Pick<Server, 'setSecureContext'>): void;
  readonly clients?: ClientCertificates;
}

/** Opens it. With `gate.provider` the authority is followed together with the serving certificate. Rejects when its file cannot be used. */
export async function openGateTls(
  { gate, tls }: Pick<ServerConfig, 'gate' | 'tls'>, certificate: Certificate, telemetry: Telemetry, lifetime: Lifetime,
): Promise<GateTls> {
  if (gate.provider === undefined) {
    const own = (): SecureContextOptions => ({ ...certificate.current(), ca: undefined });
    return { current: own, attach: (server) => certificate.attach({ setSecureContext: () => server.setSecureContext(own()) }) };
  }
  const { clientCA, names } = gate.provider;
  const followed: Followed = certificate.development === undefined && tls !== undefined
    ? await openTls({ cert: tls.cert, key: tls.key, clientCA }, undefined, telemetry)
    : await madeInMemory(certificate, clientCA);
  lifetime.defer(() => followed.close());
  const authorities = (): string | undefined => {
    const { ca } = followed.current();
    return typeof ca === 'string' ? ca : undefined;
  };
  return {
    current: followed.current,
    attach: (server) => followed.attach(server),
    clients: createClientCertificates({ clock: Date, authorities, ...(names === undefined ? {} : { names }) }),
  };
}

type Followed = Pick<Certificate, 'attach' | 'close'> & { current(): SecureContextOptions };

/** A certificate for a trial does not change, and so the authority is read once. */
async function madeInMemory(certificate: Certificate, clientCA: string): Promise<Followed> {
  const options = { ...certificate.current(), ca: await readFile(clientCA, 'latin1') };
  return { current: () => options, attach: () => undefined, close: () => undefined };
}
