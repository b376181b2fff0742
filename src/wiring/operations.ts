/** The operations port: probes, metrics and, where they are switched on, decisions for those who may read them. */
import type { SecureContextOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { ServerConfig } from '../platform/config/config.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import { decisionRoutes } from '../surfaces/decisions/index.ts';
import type { DecisionsDeps } from '../surfaces/decisions/index.ts';
import { loopbackReaders, tokenReaders } from '../surfaces/decisions/readers.ts';
import type { AskCluster, Readers } from '../surfaces/decisions/readers.ts';
import { createOpsServer } from '../surfaces/ops/index.ts';
import type { OpsDeps } from '../surfaces/ops/index.ts';
import { openTokenFile } from './callers.ts';
import type { Lifetime } from './lifetime.ts';
import type { Certificate } from './serving.ts';

/** What the operations port is made of. */
export interface OperationsParts
  extends Pick<OpsDeps, 'conditions' | 'scrape' | 'fault'>, Pick<DecisionsDeps, 'ring' | 'disagreements' | 'activity' | 'events' | 'notes'> {
  readonly config: Pick<ServerConfig, 'decisions' | 'operations'>;
  readonly certificate: Certificate;
  readonly askCluster: AskCluster | undefined;
}

/** Builds the operations server, not yet listening; with `operations.tls` it shows the serving certificate, and each that follows it. */
export async function openOperations(parts: OperationsParts, telemetry: Telemetry, lifetime: Lifetime): Promise<FastifyInstance> {
  const { config, certificate } = parts;
  const shown = config.decisions.enabled && config.decisions.keep > 0;
  const routes = shown ? decisionRoutes({ ...parts, readers: await openReaders(parts, telemetry, lifetime) }) : [];
  const tls: SecureContextOptions | undefined = config.operations.tls ? certificate.current() : undefined;
  const server = createOpsServer({ ...parts, routes }, tls);
  if (tls !== undefined) certificate.attach(server.server as never);
  return server;
}

async function openReaders({ config, askCluster }: OperationsParts, telemetry: Telemetry, lifetime: Lifetime): Promise<Readers> {
  const { tokenFile, clusterTokens } = config.decisions;
  if (!config.operations.tls) return loopbackReaders;
  if (clusterTokens && askCluster === undefined)
    throw new Error(
      'decisions.clusterTokens is true, but there is no API server to ask: this is no pod and kubernetes.kubeconfig names no file',
    );
  const feed = tokenFile === undefined ? undefined : await openTokenFile('decision-tokens', tokenFile, telemetry, lifetime);
  return tokenReaders({ tokens: feed?.current, cluster: clusterTokens ? askCluster : undefined });
}
