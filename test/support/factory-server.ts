/** A server of a factory, asked over HTTPS: an API server in memory for its facts, a registry with a signed image and an unsigned one. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryApiServer } from '../unit/cluster/support.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { createWorld } from '../world/world.ts';
import { object, reviewOf } from './pipelines.ts';
import type { Asking, Json } from './pipelines.ts';
import { until } from './patience.ts';
import { startTestServer } from './server.ts';
import { createTokenIssuer } from './tokens.ts';
import type { TokenIssuer } from './tokens.ts';
import type { AdmissionAnswer, TestServer } from './server.ts';

const KINDS = ['tasks', 'pipelines', 'stepactions', 'taskruns', 'pipelineruns', 'customruns'];

/** What a factory is made of. */
export interface Factory {
  /** Specs of PipelinePolicies by name, for a registry of this host; every other document is made here. */
  readonly policies: (host: string) => Readonly<Record<string, Json>>;
  /** Labels of namespaces by name. */
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Kinds that the API server serves beside those of Tekton. */
  readonly kinds?: readonly { readonly groupVersion: string; readonly resource: string }[];
  /** Open the gate too. */
  readonly gate?: true;
  /** What else is put in the place of parts of the server. */
  readonly overrides?: Parameters<typeof startTestServer>[2];
  /** Further documents, for a registry of this host. */
  readonly documents?: (host: string) => string;
}

/** The server with what stands around it. */
export interface FactoryServer {
  readonly server: TestServer;
  readonly api: MemoryApiServer;
  readonly registry: TestRegistry;
  /** By which the API server signs tokens of service accounts. */
  readonly issuer: TokenIssuer;
  /** Reference by digest of an image that is signed as the policy of images wants it, and of one that is not. */
  readonly good: string;
  readonly evil: string;
  /** Puts an object, which has a uid of its own unless it says one, where the API server keeps those of its kind. */
  stands(source: string | Json): void;
  ask(source: string | Json, asking?: Asking, edit?: (request: Record<string, unknown>) => void): Promise<AdmissionAnswer>;
  close(): Promise<void>;
}

/** The AdmissionReview by which an API server would ask about an object. */
export function admissionReview(source: string | Json, asking: Asking = {}, edit: (request: Record<string, unknown>) => void = () => {}): unknown {
  const review = reviewOf(source, asking);
  const { operation, kind, resource, subResource, namespace, name, oldObject, dryRun } = review;
  const sub = subResource === '' ? {} : { subResource, requestSubResource: subResource };
  const request = {
    uid: randomUUID(), kind, resource, requestKind: kind, requestResource: resource, ...sub, namespace, name, operation, userInfo: review.user,
    object: review.object, oldObject, dryRun, options: null,
  };
  const copy = structuredClone(request) as unknown as Record<string, unknown>;
  edit(copy);
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: copy };
}

/** Starts all of it, and waits until the labels of the namespaces are known. */
export async function startFactory({ policies, namespaces, config = {}, kinds = [], gate, documents, overrides = {} }: Factory): Promise<FactoryServer> {
  const world = createWorld({ now: Date.now() });
  const key = world.key();
  const [registry, api] = [await startRegistry(), new MemoryApiServer()];
  const [good, evil] = [makeImage(), makeImage()];
  for (const image of [good, evil]) await push(registry, 'acme/app', image);
  await pushReferrer(registry, 'acme/app', bundleReferrer(good, keyBundle(world, { digest: good.digest, key })));
  api.kinds.push({ groupVersion: 'v1', resource: 'namespaces', clusterScoped: true });
  for (const resource of KINDS) api.kinds.push({ groupVersion: 'tekton.dev/v1', resource });
  api.kinds.push(...kinds);
  await api.start();
  const issuer = createTokenIssuer('https://kubernetes.default.svc.cluster.local');
  api.refusals.set('/.well-known/openid-configuration', { issuer: issuer.issuer, jwks_uri: 'https://kubernetes.default.svc/openid/v1/jwks' });
  api.refusals.set('/openid/v1/jwks', issuer.jwks());
  for (const [name, labels] of Object.entries(namespaces))
    api.put('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  const document = (kind: string, name: string, spec: unknown): string =>
    `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
  const text = document('Signer', 'alice', { identities: [{ key: { data: key.publicKeyPem } }] })
    + document('ClusterArtifactPolicy', 'images', {
      artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['alice'] } }],
    })
    + Object.entries(policies(registry.host)).map(([name, spec]) => document('PipelinePolicy', name, spec)).join('')
    + (documents?.(registry.host) ?? '');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-factory-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'k', cluster: { server: api.url, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }], users: [{ name: 'u', user: { token: 't' } }],
  }));
  const server = await startTestServer({ 'policies.yaml': text }, {
    plainHttp: [registry.host], unmatched: 'deny', kubernetes: { enabled: true, kubeconfig, pullSecrets: false }, ...config,
  }, { ...(gate === true ? { anyGatePort: true } : {}), ...overrides });
  const refused = server.log.filter(({ level }) => level === 50 || level === 'error');
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  await until(async () => (await server.ops('/readyz')).status === 200);
  return {
    server, api, registry, issuer,
    good: `${registry.host}/acme/app@${good.digest}`,
    evil: `${registry.host}/acme/app@${evil.digest}`,
    stands(source) {
      const it = object(source);
      const { namespace = 'ci' } = (it['metadata'] ?? {}) as { namespace?: string };
      const version = String(it['apiVersion']);
      api.put(`${version.includes('/') ? '/apis' : '/api'}/${version}/namespaces/${namespace}/${reviewOf(it).resource.resource}`, it);
    },
    ask: (source, asking, edit) => server.validate(admissionReview(source, asking, edit)),
    async close() {
      await server.close();
      await api.stop();
      await registry.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
