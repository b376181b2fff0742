/** Where the credentials to pull a pod's images may be, by names alone. */
import { field, isObject } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { UNPROVEN } from '../domain/decision/review.ts';
import type { PullScope, ReviewRequest } from '../domain/decision/review.ts';

/** Name of a namespaced Kubernetes object (RFC 1123 subdomain): safe as one segment of an API path. */
const OBJECT_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const DEFAULT_ACCOUNT = 'default';
/** Most secrets that are looked into for one object. */
export const MAX_SECRETS = 64;

/**
 * Where pull credentials for a pod may come from, as the kubelet would look for them.
 *
 * Names that are no object names are left out; without a PodSpec it is the default service account of the
 * namespace. Neither account nor secrets are known to exist, and whether they may be used is what the caller has shown.
 */
export function pullScope({ namespace, caller = UNPROVEN }: Pick<ReviewRequest, 'namespace' | 'caller'>, spec?: JsonObject): PullScope {
  const scope = namedScope(namespace, spec);
  return caller.credentials === 'all' ? scope : { ...scope, credentials: caller.credentials };
}

function namedScope(namespace: string, spec?: JsonObject): PullScope {
  if (spec === undefined) return { namespace, serviceAccount: DEFAULT_ACCOUNT, pullSecrets: [] };
  const account = field(spec, 'serviceAccountName') || field(spec, 'serviceAccount');
  return {
    namespace,
    serviceAccount: isName(account) ? account : DEFAULT_ACCOUNT,
    pullSecrets: secretNames(field(spec, 'imagePullSecrets')),
  };
}

function secretNames(secrets: unknown): readonly string[] {
  if (!Array.isArray(secrets)) return [];
  const names = new Set<string>();
  for (const secret of secrets.slice(0, MAX_SECRETS)) {
    const name = isObject(secret) ? field(secret, 'name') : undefined;
    if (isName(name)) names.add(name);
  }
  return [...names];
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && OBJECT_NAME.test(value);
}
