import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryApiServer } from '../unit/cluster/support.ts';
import { startTestServer } from './server.ts';
import type { TestServer } from './server.ts';

/** Kinds of ours, by their plural names. */
export const PLURALS: Readonly<Record<string, string>> = {
  TrustRoot: 'trustroots', RevocationList: 'revocationlists', Signer: 'signers', ClusterArtifactPolicy: 'clusterartifactpolicies',
  ArtifactPolicy: 'artifactpolicies', PipelinePolicy: 'pipelinepolicies', AdmissionException: 'admissionexceptions',
};
const GROUP_VERSION = 'gatehouse.dev/v1alpha1';

/** An API server in memory that serves our kinds, all of them empty. */
export class PolicyApiServer extends MemoryApiServer {
  constructor() {
    super();
    this.kinds.push({ groupVersion: 'v1', resource: 'namespaces', clusterScoped: true });
    for (const [kind, resource] of Object.entries(PLURALS)) this.kinds.push({ groupVersion: GROUP_VERSION, resource, clusterScoped: kind !== 'ArtifactPolicy' });
  }

  /** As kubectl apply: makes the object, or another spec of it. */
  apply(kind: string, name: string, spec: unknown, more: { readonly namespace?: string; readonly createdAt?: string; readonly metadata?: object; readonly top?: object } = {}): void {
    const { namespace, createdAt = '2026-01-01T00:00:00Z', metadata = {}, top = {} } = more;
    this.put(listOf(kind, namespace), {
      apiVersion: GROUP_VERSION, kind, spec, ...top,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), creationTimestamp: createdAt, generation: this.version, managedFields: [{ manager: 'kubectl' }], ...metadata },
    });
  }

  delete(kind: string, name: string, namespace?: string): void {
    this.remove(listOf(kind, namespace), name);
  }
}

function listOf(kind: string, namespace?: string): string {
  return `/apis/${GROUP_VERSION}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${PLURALS[kind]}`;
}

/** The product over an API server that holds policies; its configuration file names it. */
export async function startWithResources(
  api: PolicyApiServer, config: Readonly<Record<string, unknown>> = {}, files: Readonly<Record<string, string>> | undefined = undefined,
): Promise<TestServer> {
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'gatehouse-kube-')), 'config');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'c', cluster: { server: api.url, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], users: [{ name: 'u', user: {} }],
  }));
  return startTestServer(files ?? {}, {
    ...(files === undefined ? { policies: [] } : {}), policySources: [{ cluster: {} }],
    unmatched: 'deny', kubernetes: { enabled: true, kubeconfig, pullSecrets: false }, ...config,
  });
}
