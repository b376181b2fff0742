import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import { accepts, dataFolder, freePort, start, tail, waitFor } from '../../test/cluster/processes.ts';
import { KYVERNO, type BuiltPeer } from './build.ts';
import { residentMiB, type Contender } from './contender.ts';

const NAMESPACE = 'kyverno';

/** Installs Kyverno's CRDs and the ConfigMaps of its manifest, without its filters for namespaces that are not used here. */
export async function installKyverno(cluster: ControlPlane, { folder }: BuiltPeer): Promise<void> {
  for (const group of ['kyverno', 'policies.kyverno.io', 'policyreport', 'reports']) await cluster.must(['create', '-f', `${folder}/config/crds/${group}`]);
  await cluster.must(['create', 'namespace', NAMESPACE]);
  await cluster.must(['create', 'configmap', 'kyverno', '-n', NAMESPACE, '--from-literal=generateSuccessEvents=false', '--from-literal=excludeGroups=system:nodes']);
  await cluster.must(['create', 'configmap', 'kyverno-metrics', '-n', NAMESPACE]);
}

/**
 * Starts the admission controller outside the cluster. Off, in its favour: admission reports, events, metrics, policy
 * exceptions, and all logging but errors. `cacheSize` is `--imageVerifyCacheMaxSize`; every image that is remembered
 * costs 57 of it. A second one is a replica: it shares policies and certificates with the first.
 */
export async function startKyverno(cluster: ControlPlane, { program }: BuiltPeer, name: string, cacheSize: number): Promise<Contender> {
  const port = await freePort();
  const replica = `kyverno-${cacheSize}`;
  const running = start({
    name: replica, command: program,
    args: [
      '--kubeconfig', cluster.kubeconfig, `--serverIP=127.0.0.1:${port}`, '--webhookServerHost=127.0.0.1', `--webhookServerPort=${port}`,
      '--caSecretName=kyverno-svc.kyverno.svc.kyverno-tls-ca', '--tlsSecretName=kyverno-svc.kyverno.svc.kyverno-tls-pair', '--tlsKeyAlgorithm=ECDSA',
      '--allowInsecureRegistry=true', `--imageVerifyCacheMaxSize=${cacheSize}`, '--clientRateLimitQPS=100000', '--clientRateLimitBurst=100000',
      '--admissionReports=false', '--omitEvents=PolicyViolation,PolicyApplied,PolicyError,PolicySkipped', '--enablePolicyException=false',
      '--disableMetrics=true', `--metricsPort=${await freePort()}`, '--controllerRuntimeMetricsAddress=0', '-v=0',
    ],
    env: {
      HOME: dataFolder('kyverno-home'), KYVERNO_NAMESPACE: NAMESPACE, KYVERNO_SERVICEACCOUNT_NAME: 'kyverno', KYVERNO_ROLE_NAME: 'kyverno',
      KYVERNO_DEPLOYMENT: 'kyverno', KYVERNO_POD_NAME: replica, KYVERNO_SVC: 'kyverno-svc', INIT_CONFIG: 'kyverno', METRICS_CONFIG: 'kyverno-metrics',
    },
  });
  await waitFor(running, 'listening', () => accepts(port), 120_000);
  return {
    name, version: KYVERNO.version, origin: `https://127.0.0.1:${port}`, path: '/mutate/fail?timeout=10s',
    rss: () => residentMiB(running.pid), log: () => tail(running.log), stop: () => running.stop(),
  };
}

/** Creates the policy: pods' images below `registry` are signed by this key; no digest is to be looked up. */
export async function createKyvernoPolicy(cluster: ControlPlane, registry: string, publicKey: string): Promise<void> {
  await cluster.must(['create', '-f', '-'], {
    apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy',
    metadata: { name: 'signed', annotations: { 'pod-policies.kyverno.io/autogen-controllers': 'none' } },
    spec: {
      background: false, webhookConfiguration: { failurePolicy: 'Fail', timeoutSeconds: 10 },
      rules: [{
        name: 'signed', match: { any: [{ resources: { kinds: ['Pod'] } }] },
        verifyImages: [{
          imageReferences: [`${registry}/*`], failureAction: 'Enforce', useCache: true, required: true, mutateDigest: false, verifyDigest: false,
          attestors: [{ count: 1, entries: [{ keys: { publicKeys: publicKey, signatureAlgorithm: 'sha256', rekor: { ignoreTlog: true, url: 'https://rekor.invalid' }, ctlog: { ignoreSCT: true } } }] }],
        }],
      }],
    },
  });
}
