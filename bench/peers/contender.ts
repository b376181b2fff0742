import { readFileSync } from 'node:fs';
import { startGatehouse } from '../product.ts';
import type { Shipped } from '../shipped.ts';

/** A product under measurement. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  readonly origin: string;
  /** Path of the webhook that verifies images; the only one that is called. */
  readonly path: string;
  /** Resident memory now, in MiB. */
  rss(): number;
  /** The last lines it logged, for errors. */
  log(): string;
  stop(): Promise<unknown>;
}

/** Resident memory of a process now, in MiB. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Gatehouse as it is shipped, with one policy: images below `registry` are signed by this key. */
export async function startGatehouseContender(shipped: Shipped, registry: string, publicKey: string): Promise<Contender> {
  const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
  const policy = [
    document('Signer', 'release', { identities: [{ key: { data: publicKey } }] }),
    document('ClusterArtifactPolicy', 'signed', { artifacts: [{ image: `${registry}/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] }),
  ].join('\n---\n');
  const config = { plainHttp: [registry], registries: [{ host: registry, plainHttp: true }], workers: 2, unmatched: 'deny', limits: { maxInFlight: 1024 } };
  const server = await startGatehouse(shipped, policy, config);
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return { name: 'Gatehouse', version, origin: server.origin, path: '/validate?timeout=10s', rss: () => server.rss(), log: () => '', stop: () => server.stop() };
}
