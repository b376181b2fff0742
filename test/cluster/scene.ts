import { stringify } from 'yaml';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import { registerWebhook, shippedIdentity, startGatehouse } from './gatehouse.ts';
import type { Gatehouse } from './gatehouse.ts';
import type { CosignKey } from './signing.ts';

/** API server and Gatehouse, connected by the shipped webhook configuration. */
export interface Scene {
  readonly cluster: ControlPlane;
  readonly gatehouse: Gatehouse;
  stop(): Promise<void>;
}

/** What a scene is made of. */
export interface SceneOptions {
  /** Loopback registries; plain HTTP is permitted for them. */
  readonly registries: readonly string[];
  readonly policies: Readonly<Record<string, string>>;
  readonly unmatched?: 'deny' | 'warn' | 'allow';
  /** Further keys of the configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly controlPlane?: ControlPlaneOptions;
}

/** Starts both and registers the webhook; Gatehouse has the rights of the shipped service account and no more. */
export async function startScene(options: SceneOptions): Promise<Scene> {
  const cluster = await startControlPlane(options.controlPlane);
  let gatehouse: Gatehouse | undefined;
  const stop = async (): Promise<void> => {
    await gatehouse?.stop();
    await cluster.stop();
  };
  try {
    gatehouse = await startGatehouse({
      policies: options.policies,
      config: {
        unmatched: options.unmatched ?? 'deny', plainHttp: options.registries, drain: '0s',
        kubernetes: { enabled: true, kubeconfig: await shippedIdentity(cluster), pullSecrets: false },
        ...options.config,
      },
    });
    await registerWebhook(cluster, gatehouse);
    await gateIsShut(cluster);
    return { cluster, gatehouse, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The API server takes a new webhook configuration into use after a moment; waits until it asks Gatehouse. */
export async function gateIsShut(cluster: ControlPlane): Promise<void> {
  const probe = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec: { containers: [{ name: 'app', image: 'NOT A REFERENCE' }] } };
  for (let tries = 0; tries < 100; tries += 1) {
    const { code } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], probe);
    if (code !== 0) return;
  }
  throw new Error('the API server does not ask the webhook');
}

/** A Signer with one key, as YAML. */
export function signer(name: string, key: CosignKey): string {
  return stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: key.pem } }] } });
}

/** A ClusterArtifactPolicy over image patterns that demands a signature, as YAML; `spec` adds or replaces fields. */
export function policy(name: string, images: readonly string[], by: string, spec: Readonly<Record<string, unknown>> = {}): string {
  return stringify({
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name },
    spec: { artifacts: images.map((image) => ({ image })), require: [{ name: `signed by ${by}`, signature: { by: [by] } }], ...spec },
  });
}

/** Several documents as one file. */
export function documents(...texts: readonly string[]): string {
  return texts.join('---\n');
}

/** Takes out of a message what differs from run to run: digests, decision ids and the registries' ports. */
export function normalise(text: string, hosts: Readonly<Record<string, string>> = {}): string {
  let result = text;
  for (const [name, host] of Object.entries(hosts)) result = result.replaceAll(host, name);
  return result
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:<digest>')
    .replace(/sha256:[0-9a-f]{4,}…[0-9a-f]*/g, 'sha256:<short>')
    .replace(/\(reference [0-9a-f]{10}\)/g, '(reference <reference>)');
}
