/**
 * What nodes do for Gatehouse in a cluster, for a control plane that has none: what the API server holds is mounted, Gatehouse is
 * started with it, the Deployment counts its replicas, and whoever connects to the Service comes to it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { until } from '../support/patience.ts';
import { apiClient } from './api.ts';
import type { Api } from './api.ts';
import type { ControlPlane } from './control-plane.ts';
import { startGatehouse } from './gatehouse.ts';
import type { Gatehouse } from './gatehouse.ts';
import { startNetwork } from './network.ts';

const NAMESPACE = '/api/v1/namespaces/gatehouse-system';
const DEPLOYMENT = '/apis/apps/v1/namespaces/gatehouse-system/deployments/gatehouse';
const LOOK_MS = 200;

/** The only node of a cluster. */
export interface GatehouseNode {
  /** Flags of the API server, by which it finds the way to Services. */
  readonly flags: readonly string[];
  /** Runs from now on what this API server holds. */
  join(cluster: ControlPlane): void;
  /** Resolves once Gatehouse judges by the policies that the API server holds now; rejects with what went wrong on the node. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

interface Held {
  readonly metadata: { readonly resourceVersion: string; readonly generation: number };
  readonly data: Readonly<Record<string, string>>;
  readonly spec: { readonly clusterIP: string; readonly replicas: number };
}

/** A node that waits to be joined to a control plane which was started with its flags. */
export async function startNode(): Promise<GatehouseNode> {
  let service = '';
  let gatehouse: Gatehouse | undefined;
  let mounted: string | undefined;
  let failed: unknown;
  let running = true;
  let loop = Promise.resolve();
  let policies = (): Promise<Held | undefined> => Promise.resolve(undefined);
  const network = await startNetwork((address) => (address === service && gatehouse !== undefined ? portOf(gatehouse) : undefined));

  const look = async (cluster: ControlPlane, api: Api): Promise<void> => {
    const now = await policies();
    if (now === undefined || now.metadata.resourceVersion === mounted) return;
    if (gatehouse !== undefined) await replace(gatehouse, now);
    else {
      const parts = ['configmaps/gatehouse-config', 'secrets/gatehouse-tls', 'services/gatehouse'].map((path) => `${NAMESPACE}/${path}`);
      const [settings, secret, address, deployment] = await Promise.all([...parts, DEPLOYMENT].map((path) => held(api, path)));
      if (settings === undefined || secret === undefined || address === undefined || deployment === undefined) return;
      gatehouse = await run(cluster, now, settings, secret);
      service = `${address.spec.clusterIP}:443`;
      await countReplicas(api, deployment);
    }
    mounted = now.metadata.resourceVersion;
  };

  return {
    flags: network.flags,
    join: (cluster) => {
      const api = apiClient(cluster);
      policies = () => held(api, `${NAMESPACE}/configmaps/gatehouse-policies`);
      loop = (async () => {
        for (; running; await sleep(LOOK_MS)) await look(cluster, api).catch((cause: unknown) => { failed = cause; });
      })();
    },
    settled: () => until(async () => {
      if (failed !== undefined) throw failed;
      return (await policies())?.metadata.resourceVersion === mounted;
    }, 'Gatehouse does not judge by the policies that the API server holds'),
    stop: async () => {
      running = false;
      await loop;
      await gatehouse?.stop();
      network.close();
    },
  };
}

function portOf(gatehouse: Gatehouse): number {
  return Number(new URL(gatehouse.url).port);
}

async function held(api: Api, path: string): Promise<Held | undefined> {
  const { status, body } = await api('GET', path);
  return status === 200 ? (body as Held) : undefined;
}

/** Gatehouse with what is mounted, and the token of its account, which is all that it may do; it ends at once, since nobody asks any more. */
async function run(cluster: ControlPlane, policies: Held, settings: Held, secret: Held): Promise<Gatehouse> {
  const config = parse(settings.data['config.yaml'] ?? '') as { readonly kubernetes: object };
  const token = await cluster.must(['-n', 'gatehouse-system', 'create', 'token', 'gatehouse', '--duration', '1h']);
  const kubernetes = { ...config.kubernetes, enabled: true, kubeconfig: cluster.kubeconfigFor('gatehouse', token.trim()) };
  const file = (name: string): string => Buffer.from(secret.data[name] ?? '', 'base64').toString('utf8');
  return startGatehouse({
    config: { ...config, drain: '0s', kubernetes }, policies: policies.data,
    serving: { certificate: file('tls.crt'), key: file('tls.key'), ca: file('ca.crt') },
  });
}

/** What the Deployment's controller writes when all replicas are ready. */
async function countReplicas(api: Api, { metadata, spec }: Held): Promise<void> {
  const all = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'];
  const counts = Object.fromEntries(all.map((name) => [name, spec.replicas]));
  const status = { observedGeneration: metadata.generation, ...counts };
  const answer = await api('PATCH', `${DEPLOYMENT}/status`, { status }, 'application/merge-patch+json');
  if (answer.status !== 200) throw new Error(`status of the Deployment: ${answer.text}`);
}

/** As a kubelet brings a changed ConfigMap; over when the new set counts. */
async function replace(gatehouse: Gatehouse, policies: Held): Promise<void> {
  const generation = async (): Promise<string> => {
    const metrics = await (await fetch(`${gatehouse.opsUrl}/metrics`)).text();
    return /^gatehouse_policy_generation_info\{.*$/m.exec(metrics)?.[0] ?? '';
  };
  const before = await generation();
  gatehouse.setPolicies(policies.data);
  await until(async () => (await generation()) !== before, 'the new policies are not taken into use');
}
