import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import { accepts, dataFolder, freePort, start, tail, waitFor } from '../../test/cluster/processes.ts';
import { POLICY_CONTROLLER, type BuiltPeer } from './build.ts';
import { residentMiB, type Contender } from './contender.ts';

const NAMESPACE = 'cosign-system';

/**
 * Installs policy-controller's CRDs, ConfigMaps and webhook registrations as its manifests have them, and the policy:
 * images below `registry` are signed by this key. Two things differ: only errors are logged, and the webhooks for its
 * own policies may fail, since there is no cluster network over which the API server could call them.
 */
export async function installPolicyController(cluster: ControlPlane, { folder }: BuiltPeer, registry: string, publicKey: string): Promise<void> {
  const apply = (file: string, change: (document: Manifest) => void = () => undefined): Promise<string> => {
    const documents = parseAllDocuments(readFileSync(`${folder}/config/${file}`, 'utf8')).map((document) => document.toJS() as Manifest | null).filter((document) => document !== null);
    documents.forEach(change);
    return cluster.must(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: documents });
  };
  await apply('100-namespace.yaml');
  await apply('300-clusterimagepolicy.yaml');
  await apply('300-trustroot.yaml');
  for (const name of ['image-policies', 'leader-election', 'observability', 'policy-controller', 'sigstore-keys']) await apply(`config-${name}.yaml`);
  await cluster.must(['create', 'configmap', 'config-logging', '-n', NAMESPACE, `--from-literal=zap-logger-config=${JSON.stringify({ level: 'error', encoding: 'json', outputPaths: ['stdout'], errorOutputPaths: ['stderr'] })}`]);
  await apply('500-webhook-configuration.yaml');
  await apply('501-policy-webhook-configurations.yaml', (document) => document.webhooks?.forEach((webhook) => { webhook.failurePolicy = 'Ignore'; }));
  await cluster.must(['wait', '--for=condition=Established', 'crd/clusterimagepolicies.policy.sigstore.dev', '--timeout=30s']);
  await cluster.must(['create', '-f', '-'], {
    apiVersion: 'policy.sigstore.dev/v1alpha1', kind: 'ClusterImagePolicy', metadata: { name: 'signed' },
    spec: { images: [{ glob: `${registry}/**` }], mode: 'enforce', authorities: [{ name: 'release', key: { data: publicKey, hashAlgorithm: 'sha256' } }] },
  });
}

/** Starts the webhook outside the cluster; the build lifts the throttle of its Kubernetes client, with which it makes 40 admissions a second. */
export async function startPolicyController(cluster: ControlPlane, { program }: BuiltPeer): Promise<Contender> {
  const port = await freePort();
  const running = start({
    name: 'policy-controller', command: program,
    args: ['--disable-tuf'],
    env: {
      HOME: dataFolder('policy-controller-home'), KUBECONFIG: cluster.kubeconfig, SYSTEM_NAMESPACE: NAMESPACE, CONFIG_LOGGING_NAME: 'config-logging', CONFIG_OBSERVABILITY_NAME: 'config-observability',
      METRICS_DOMAIN: 'sigstore.dev/policy', METRICS_PROMETHEUS_PORT: String(await freePort()), PROFILING_PORT: String(await freePort()),
      WEBHOOK_NAME: 'webhook', WEBHOOK_PORT: String(port), KUBERNETES_MIN_VERSION: '1.21.0',
    },
  });
  await waitFor(running, 'listening', () => accepts(port), 120_000);
  return {
    name: 'policy-controller', version: POLICY_CONTROLLER.version, origin: `https://127.0.0.1:${port}`, path: '/validations?timeout=10s',
    rss: () => residentMiB(running.pid), log: () => tail(running.log), stop: () => running.stop(),
  };
}

interface Manifest {
  readonly webhooks?: { failurePolicy: string }[];
}
