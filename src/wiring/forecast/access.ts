/** The cluster of a command: the one that kubectl would ask. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createKubeApi, findKubeAccess } from '../../cluster/api.ts';
import type { KubeApi, KubeReplaces, KubeReviews } from '../../cluster/api.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import { asUsageError } from '../local/usage.ts';

/** How a cluster is named on a command line. */
export interface ClusterFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * The API of the cluster: by the file that is named, that of KUBECONFIG, `~/.kube/config`, or the service account of the pod that this is.
 * Throws {@link UsageError} when there is none of them, or what there is cannot be used.
 */
export async function openKubeApi({ kubeconfig, context }: ClusterFlags): Promise<KubeApi & KubeReviews & KubeReplaces> {
  const { KUBECONFIG = '', HOME, KUBERNETES_SERVICE_HOST } = process.env;
  const home = HOME === undefined ? [] : [join(HOME, '.kube', 'config')];
  // Of several files kubectl makes one; here the first that is there counts, unless one is named.
  const file = kubeconfig ?? [...KUBECONFIG.split(delimiter), ...home].find((path) => path !== '' && existsSync(path));
  const access = await findKubeAccess(file, KUBERNETES_SERVICE_HOST === undefined ? false : process.env, context).catch(asUsageError);
  if (access === undefined) throw new UsageError('no cluster: name one with --kubeconfig FILE, or in KUBECONFIG');
  return createKubeApi(access);
}
