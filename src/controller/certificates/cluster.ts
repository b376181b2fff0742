/** The Secret and the webhook configurations of a cluster, as the keeper wants them. */
import type { KubeApi } from '../../cluster/api.ts';
import { isObject, textField } from '../../text/json/fields.ts';
import type { HeldSecret } from './kept.ts';
import type { SecretStore, WebhookStore, WebhookTrust } from './keeper.ts';
import type { ApiWriter } from './writer.ts';

const SECRET = 'gatehouse-tls';
const MANAGER = 'gatehouse-controller';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
/** All trust the same authorities. */
const WEBHOOKS = [
  { kind: 'ValidatingWebhookConfiguration', path: `${ADMISSION}/validatingwebhookconfigurations/gatehouse` },
  { kind: 'ValidatingWebhookConfiguration', path: `${ADMISSION}/validatingwebhookconfigurations/gatehouse-pipelines` },
  { kind: 'ValidatingWebhookConfiguration', path: `${ADMISSION}/validatingwebhookconfigurations/gatehouse-resources` },
  { kind: 'MutatingWebhookConfiguration', path: `${ADMISSION}/mutatingwebhookconfigurations/gatehouse-mutate` },
] as const;

/** Both stores of a cluster; what they reject with names the path and never holds what was sent. */
export function certificateStores(
  api: Pick<KubeApi, 'get'>, writer: ApiWriter, namespace = 'gatehouse-system',
): { readonly secrets: SecretStore; readonly webhooks: WebhookStore } {
  return { secrets: secretStore(api, writer, `/api/v1/namespaces/${namespace}/secrets`, namespace), webhooks: webhookStore(api, writer) };
}

function secretStore(api: Pick<KubeApi, 'get'>, writer: ApiWriter, path: string, namespace: string): SecretStore {
  const objectOf = (secret: HeldSecret): unknown => ({
    apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls',
    metadata: {
      name: SECRET, namespace, annotations: secret.annotations,
      labels: { 'app.kubernetes.io/name': 'gatehouse', 'app.kubernetes.io/part-of': 'gatehouse',
        'app.kubernetes.io/component': 'certificate' },
      ...(secret.resourceVersion === undefined ? {} : { resourceVersion: secret.resourceVersion }),
    },
    data: Object.fromEntries(Object.entries(secret.data).map(([name, text]) => [name, Buffer.from(text, 'utf8').toString('base64')])),
  });
  const named = `${path}/${SECRET}`;
  return {
    async read() {
      const { status, body } = await api.get(named, AbortSignal.timeout(READ_MS));
      if (status === 404) return undefined;
      if (status !== 200 || !isObject(body)) throw new Error(`API server answers ${status} to GET ${named}`);
      const metadata = isObject(body['metadata']) ? body['metadata'] : {};
      return {
        resourceVersion: textField(metadata, 'resourceVersion') ?? '',
        annotations: texts(metadata['annotations'], (text) => text),
        data: texts(body['data'], (text) => Buffer.from(text, 'base64').toString('utf8')),
      };
    },
    create: (secret) => accepted(writer, { method: 'POST', path, body: objectOf(secret) }),
    replace: (secret) => accepted(writer, { method: 'PUT', path: named, body: objectOf(secret) }),
  };
}

const READ_MS = 15_000;

function webhookStore(api: Pick<KubeApi, 'get'>, writer: ApiWriter): WebhookStore {
  const hooksAt = async (path: string): Promise<readonly Hook[] | undefined> => {
    const { status, body } = await api.get(path, AbortSignal.timeout(READ_MS));
    if (status === 404) return undefined;
    if (status !== 200 || !isObject(body)) throw new Error(`API server answers ${status} to GET ${path}`);
    return (Array.isArray(body['webhooks']) ? body['webhooks'] : []).filter(isObject).map(hookOf);
  };
  return {
    async read() {
      const found: WebhookTrust[] = [];
      for (const { path } of WEBHOOKS) {
        const hooks = await hooksAt(path);
        if (hooks !== undefined) found.push({ name: path.slice(path.lastIndexOf('/') + 1), bundles: hooks.map(({ bundle }) => bundle) });
      }
      return found;
    },
    async trust({ name }, bundle) {
      const place = WEBHOOKS.find(({ path }) => path.endsWith(`/${name}`));
      if (place === undefined) throw new Error(`${name} is no webhook configuration of Gatehouse`);
      const caBundle = Buffer.from(bundle, 'utf8').toString('base64');
      const webhooks = ((await hooksAt(place.path)) ?? []).map((hook) => ({ name: hook.name, clientConfig: { caBundle } }));
      // Deleted meanwhile: applying would try to create it.
      if (webhooks.length === 0) return;
      const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind: place.kind, metadata: { name }, webhooks };
      await accepted(writer, { method: 'PATCH', path: `${place.path}?fieldManager=${MANAGER}&force=true`, body });
    },
  };
}

interface Hook {
  readonly name: string;
  readonly bundle: string;
}

function hookOf(webhook: Readonly<Record<string, unknown>>): Hook {
  const config = isObject(webhook['clientConfig']) ? webhook['clientConfig'] : {};
  return { name: textField(webhook, 'name') ?? '', bundle: Buffer.from(textField(config, 'caBundle') ?? '', 'base64').toString('utf8') };
}

async function accepted(writer: ApiWriter, write: Parameters<ApiWriter['send']>[0]): Promise<void> {
  const { status, body } = await writer.send(write);
  if (status >= 200 && status < 300) return;
  const why = isObject(body) ? textField(body, 'message') ?? '' : '';
  throw new Error(`API server answers ${status} to ${write.method} ${write.path}${why === '' ? '' : `: ${why}`}`);
}

function texts(value: unknown, read: (text: string) => string): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, read(text)]] : [])));
}
