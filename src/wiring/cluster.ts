/** Who tells about namespaces and pull secrets: the API server, a file, or nobody. */
import type { NamespaceLabels, PullSecrets } from '../domain/ports.ts';
import type { DockerAuths } from '../domain/artifact/registry.ts';
import type { ServerConfig } from '../platform/config/schema.ts';
import { createKubeApi, findKubeAccess } from '../cluster/api.ts';
import type { KubeApi, KubeReviews } from '../cluster/api.ts';
import type { Feed } from '../feeds/feed.ts';
import { namespacesFromFile, NO_NAMESPACES } from '../feeds/namespaces/file.ts';
import { reflectNamespaces } from '../feeds/namespaces/cluster.ts';
import type { PodEnvironment } from '../cluster/service-account.ts';
import { createPullSecrets } from '../cluster/pull-secrets.ts';
import { openFacts } from './pipelines/facts.ts';
import type { OpenFacts } from './pipelines/facts.ts';

/** What is known of the cluster. */
export interface Cluster {
  readonly namespaces: NamespaceLabels;
  readonly pullSecrets?: PullSecrets;
  /** Where reviews are asked for, and the keys of tokens; absent without an API server. */
  readonly reviews?: KubeReviews & Pick<KubeApi, 'get'>;
  /** The namespaces as the API server is watched for them; absent without a watch. */
  readonly feed?: Feed<unknown>;
  /** Facts for rules about pipelines; absent without an API server, or where it is not to be asked about pipelines. */
  readonly facts?: OpenFacts;
  close(): void;
}

/** What connecting takes. */
export interface ClusterOptions {
  readonly config: Pick<ServerConfig, 'kubernetes' | 'namespacesFile'> & {
    readonly pipelines?: Pick<ServerConfig['pipelines'], 'enabled'>;
  };
  /** The environment of the pod that this is (KUBERNETES_SERVICE_HOST is set), `false` elsewhere. */
  readonly inCluster: PodEnvironment | false;
  readonly readAuths: (text: string) => DockerAuths | undefined;
  readonly failed: (problem: string) => void;
  /** Told when NetworkPolicies cannot be followed; default: nobody. */
  readonly factsFailed?: (problem: string) => void;
}

/**
 * Connects to what tells about namespaces and pull secrets: the API server, a file, or nothing.
 *
 * A namespaces file wins over the API server for labels. Throws when the configuration demands an API server
 * and there is none to be found, or the file cannot be read; an API server that does not answer is no error.
 */
export async function openCluster({ config, inCluster, readAuths, failed, factsFailed }: ClusterOptions): Promise<Cluster> {
  const { enabled, kubeconfig, pullSecrets } = config.kubernetes;
  const access = enabled === false ? undefined : await findKubeAccess(kubeconfig, inCluster);
  if (enabled === true && access === undefined)
    throw new Error('kubernetes.enabled is true, but this is no pod and kubernetes.kubeconfig names no file');
  const fromFile = config.namespacesFile === undefined ? undefined : await namespacesFromFile(config.namespacesFile);
  if (access === undefined) return { namespaces: fromFile ?? NO_NAMESPACES, close: () => undefined };
  const api = createKubeApi(access);
  const reflector = fromFile === undefined ? reflectNamespaces(api, { failed }) : undefined;
  const follow = config.pipelines?.enabled ?? 'auto';
  const facts = follow === false ? undefined : openFacts(api, { follow, failed: factsFailed ?? (() => undefined) });
  return {
    namespaces: fromFile ?? reflector ?? NO_NAMESPACES,
    ...(pullSecrets === true ? { pullSecrets: createPullSecrets(api, { readAuths }) } : {}),
    reviews: api,
    ...(reflector === undefined ? {} : { feed: reflector }),
    ...(facts === undefined ? {} : { facts }),
    close() {
      reflector?.close();
      facts?.close();
    },
  };
}
