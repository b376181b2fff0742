/** A cluster with Tekton's kinds and accounts, and Gatehouse asked about pipelines by the shipped webhook configuration, with the shipped rights. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { apiClient } from './api.ts';
import type { Api, ApiAnswer } from './api.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { crdNames, pipelineCrds } from './crds/index.ts';
import { registerWebhook, shippedIdentity, startGatehouse } from './gatehouse.ts';
import type { Gatehouse } from './gatehouse.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/pipelines/', import.meta.url));

export type Json = Readonly<Record<string, unknown>>;

/** Everything a suite about pipelines works with. */
export interface PipelineScene {
  readonly cluster: ControlPlane;
  readonly gatehouse: Gatehouse;
  /** The cluster's admin, group `system:masters`. */
  readonly admin: Api;
  /** A developer: may edit everything in namespaces, statuses too. */
  readonly alice: Api;
  /** Tekton's controller, by a token of its own account. */
  readonly controller: Api;
  /** Tekton's resolvers. */
  readonly resolvers: Api;
  readonly argo: Api;
  stop(): Promise<void>;
}

/** Namespaces and accounts of the engines. */
const ACCOUNTS = [['tekton-pipelines', 'tekton-pipelines-controller'], ['tekton-pipelines-resolvers', 'tekton-pipelines-resolvers'], ['argo', 'argo']] as const;

/** What a developer may do everything with; cluster-admin she is not. */
const EDITED = [
  'pods', 'pods/status', 'configmaps', 'namespaces', 'networkpolicies.networking.k8s.io', 'workflows.argoproj.io', 'workflowtasksets.argoproj.io',
  ...['taskruns', 'pipelineruns'].flatMap((name) => [`${name}.tekton.dev`, `${name}.tekton.dev/status`]), 'tasks.tekton.dev', 'pipelines.tekton.dev',
  'resolutionrequests.resolution.tekton.dev', 'resolutionrequests.resolution.tekton.dev/status',
];

/** Starts all of it; `policies` by file name. Namespace `ci` is a factory, `signed` carries the label `definitions: signed`, `elsewhere` none. */
export async function startPipelineScene(policies: Readonly<Record<string, string>>, config: Json = {}): Promise<PipelineScene> {
  const cluster = await startControlPlane({ controllers: true });
  let gatehouse: Gatehouse | undefined;
  const stop = async (): Promise<void> => {
    await gatehouse?.stop();
    await cluster.stop();
  };
  try {
    await cluster.must(['apply', '-f', '-'], pipelineCrds());
    await cluster.must(['wait', '--for=condition=Established', ...crdNames()]);
    for (const name of [...ACCOUNTS.map(([namespace]) => namespace), 'tekton-chains', 'elsewhere', 'signed']) await cluster.must(['create', 'namespace', name]);
    await factory(cluster, 'ci');
    await cluster.must(['label', 'namespace', 'signed', 'definitions=signed']);
    const [controller, resolvers, argo] = await Promise.all(ACCOUNTS.map(([namespace, name]) => engineAccount(cluster, namespace, name)));
    if (controller === undefined || resolvers === undefined || argo === undefined) throw new Error('no accounts');
    const kubeconfig = await shippedIdentity(cluster);
    await cluster.must(['apply', '-f', `${DEPLOY}rbac.yaml`, '-f', `${DEPLOY}tekton-settings.yaml`, '-f', `${DEPLOY}guard.yaml`]);
    await cluster.must(['create', 'clusterrole', 'edits-everything', '--verb=*', ...EDITED.map((resource) => `--resource=${resource}`)]);
    await cluster.must(['create', 'clusterrolebinding', 'alice', '--clusterrole=edits-everything', '--user=alice']);
    gatehouse = await startGatehouse({
      policies,
      config: { unmatched: 'allow', drain: '0s', kubernetes: { enabled: true, kubeconfig, pullSecrets: false }, ...config },
    });
    await registerWebhook(cluster, gatehouse);
    await registerPipelines(cluster, gatehouse);
    const scene = { cluster, gatehouse, admin: apiClient(cluster), alice: apiClient(cluster, { user: 'alice', groups: ['developers', 'system:authenticated'] }), controller, resolvers, argo, stop };
    await isAsked(scene);
    return scene;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A namespace whose jails are guarded. */
export async function factory(cluster: ControlPlane, name: string): Promise<void> {
  await cluster.must(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'gatehouse.dev/factory': 'true' } } });
}

/** A client with a token of the account, which may do everything: what it must not do is for Gatehouse to say. */
async function engineAccount(cluster: ControlPlane, namespace: string, name: string): Promise<Api> {
  await cluster.must(['-n', namespace, 'create', 'serviceaccount', name]);
  await cluster.must(['create', 'clusterrolebinding', `engine-${name}`, '--clusterrole=cluster-admin', `--serviceaccount=${namespace}:${name}`]);
  const token = (await cluster.must(['-n', namespace, 'create', 'token', name, '--duration', '1h'])).trim();
  return apiClient({ ...cluster, kubeconfig: cluster.kubeconfigFor(name, token) });
}

/** Registers the shipped configuration; only the address is another, because there is no cluster network. */
async function registerPipelines(cluster: ControlPlane, gatehouse: Gatehouse): Promise<void> {
  const shipped = parse(readFileSync(`${DEPLOY}webhook.yaml`, 'utf8')) as { webhooks: Json[] };
  const clientConfig = { url: `${gatehouse.url}/validate`, caBundle: Buffer.from(gatehouse.ca).toString('base64') };
  await cluster.must(['apply', '-f', '-'], { ...shipped, webhooks: shipped.webhooks.map((webhook) => ({ ...webhook, clientConfig })) });
}

/** The API server takes a new webhook configuration into use after a moment; waits until it asks Gatehouse about runs. */
async function isAsked({ alice }: { readonly alice: Api }): Promise<void> {
  const probe = { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'probe', labels: { 'tekton.dev/taskRun': 'x' } }, spec: {} };
  for (let tries = 0; tries < 200; tries += 1) {
    const { status } = await alice('POST', '/apis/tekton.dev/v1/namespaces/ci/taskruns?dryRun=All', probe);
    if (status >= 400) return;
  }
  throw new Error('the API server does not ask about pipelines');
}

/** An answer that must be good: its object. */
export function good({ status, text, body }: ApiAnswer): Record<string, unknown> {
  if (status >= 300) throw new Error(`${status}: ${text}`);
  return body as Record<string, unknown>;
}

/** What a refusal says: HTTP status, reason, and the codes in its message. */
export function refusal({ status, body }: ApiAnswer): { readonly status: number; readonly reason: unknown; readonly codes: readonly string[] } {
  const { reason, message } = (body ?? {}) as { reason?: unknown; message?: unknown };
  return { status, reason, codes: [...new Set([...String(message).matchAll(/\b((?:POLICY|INPUT|SELECT|ENGINE|FETCH|VERIFY)_[A-Z_]+)\b/g)].map((match) => match[1] ?? ''))] };
}

/** The uid that the API server gave. */
export function uidOf(object: Record<string, unknown>): string {
  return (object['metadata'] as { uid: string }).uid;
}
