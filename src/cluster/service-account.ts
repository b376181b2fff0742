/** Reaching the API server as the pod that this is, without a client library. */
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';

const MOUNTED_AT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where the API server is, and the credentials for the next request: asked each time, because tokens rotate. */
export interface KubeAccess {
  readonly server: string;
  options(): Promise<RequestOptions>;
}

/** Where the kubelet says the API server is. */
export interface PodEnvironment {
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT?: string | undefined;
}

/**
 * Access with the service account of the pod, always over TLS under the CA mounted beside the token. Both files are read
 * for every request, because the kubelet renews them. Done here because the client library, which would do the same,
 * takes 80 MiB. Rejects when the environment names no API server or the files cannot be read.
 */
export async function serviceAccountAccess(environment: PodEnvironment, folder: string = MOUNTED_AT): Promise<KubeAccess> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  if (host === undefined || host === '')
    throw new Error('KUBERNETES_SERVICE_HOST is not set: this is no pod; name a kubeconfig (kubernetes.kubeconfig)');
  const options = async (): Promise<RequestOptions> => {
    const [token, ca] = await Promise.all(['token', 'ca.crt'].map((name) => readFile(join(folder, name), 'utf8')));
    return { ca, headers: { authorization: `Bearer ${(token ?? '').trim()}` } };
  };
  await options().catch((cause: unknown) => {
    throw new Error(`service account of the pod: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  return { server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, options };
}
