/** Which namespaces the webhook passes over, as its registration in the cluster says. */
import { own, ownList, ownText } from '../text/json/fields.ts';
import type { KubeApi } from './api.ts';

const PATH = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gatehouse';
const NAME_LABEL = 'kubernetes.io/metadata.name';

/**
 * Names of namespaces that every webhook about pods leaves out by name; `undefined` where there is none, or it may not be read. What is
 * left out in other ways (by labels, by conditions) is not known here, and counts as gated.
 */
export async function ungatedNamespaces(api: Pick<KubeApi, 'get'>, signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
  const answer = await api.get(PATH, AbortSignal.any([signal, AbortSignal.timeout(15_000)])).catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  const aboutPods = (ownList(answer.body, 'webhooks') ?? []).filter((one) =>
    (ownList(one, 'rules') ?? []).some((rule) => ownList(rule, 'resources')?.includes('pods') === true));
  const [first, ...others] = aboutPods.map(leftOut);
  return first === undefined ? undefined : new Set([...first].filter((name) => others.every((other) => other.has(name))));
}

function leftOut(webhook: unknown): ReadonlySet<string> {
  const expressions = ownList(own(webhook, 'namespaceSelector'), 'matchExpressions') ?? [];
  const values = expressions
    .filter((one) => ownText(one, 'key') === NAME_LABEL && ownText(one, 'operator') === 'NotIn')
    .flatMap((one) => ownList(one, 'values') ?? []);
  return new Set(values.filter((one): one is string => typeof one === 'string'));
}
