/** `/mutate` and `/validate` of one server over HTTPS, with images of every standing, and patches applied as an API server applies them. */
import { randomUUID } from 'node:crypto';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage, makeIndex } from '../world/image.ts';
import type { Pushable } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { createWorld } from '../world/world.ts';
import { codes, startTestServer } from './server.ts';
import type { AdmissionAnswer, TestServer } from './server.ts';

export type Json = Readonly<Record<string, unknown>>;
export interface Step { readonly op: 'add' | 'replace' | 'remove'; readonly path: string; readonly value?: unknown }

/** One image and what stands for it: by tag, and by tag and digest as `/mutate` writes it. */
export interface Standing { readonly tag: string; readonly pinned: string; readonly digest: string }

export const LABEL = 'gatehouse.dev/verified';
export const GENERATION = 'gatehouse.dev/policy-generation';

/** A registry that is not there; a policy enforces what nobody can look up. */
export const DOWN = '127.0.0.1:9';

/** How an object is asked for. */
export interface Asked {
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly old?: Json;
  readonly sub?: string;
  readonly resource?: string;
  readonly dryRun?: boolean;
  readonly user?: string;
  readonly groups?: readonly string[];
}

export interface Changed { readonly steps: readonly Step[]; readonly object: Json; readonly response: AdmissionAnswer & { readonly patchType?: string } }

export interface MutateServer {
  readonly server: TestServer;
  readonly registry: TestRegistry;
  /** `good`, `extra` and `index` (of two platforms) are signed as an enforcing policy wants it, `evil` is not; the others are signed, under a policy of that sort alone. */
  readonly images: Readonly<Record<'good' | 'extra' | 'evil' | 'warned' | 'warnedToo' | 'audited' | 'auditedToo' | 'ofNamespace' | 'other' | 'index', Standing>>;
  /** Moves the tag of an image to another, unsigned one. */
  move(image: Standing): Promise<void>;
  /** What `/mutate` makes of it; throws unless it is allowed without warnings. */
  mutate(object: Json, asked?: Asked): Promise<Changed>;
  /** Outcome and codes of `/validate`. */
  validate(object: Json, asked?: Asked): Promise<{ readonly allowed: boolean; readonly status: number; readonly codes: readonly string[] }>;
  close(): Promise<void>;
}

/** Codes of what holds or denies nothing here (`unmatched: allow`). */
const HOLDING: ReadonlySet<string> = new Set(['POLICY_SATISFIED', 'SELECT_NO_POLICY', 'INPUT_UNCHANGED', 'INPUT_NOT_JUDGED', 'INPUT_MIRROR_POD']);

const RESOURCES: Readonly<Record<string, string>> = { Pod: 'pods', Deployment: 'deployments', CronJob: 'cronjobs', TaskRun: 'taskruns', Binding: 'pods', Job: 'jobs', StatefulSet: 'statefulsets', ReplicaSet: 'replicasets' };

/** Starts it; `config` goes into the section `mutate`. */
export async function startMutate(config: Json = {}, more: Json = {}): Promise<MutateServer> {
  const world = createWorld({ now: Date.now() });
  const key = world.key();
  const registry = await startRegistry();
  const make = async (repo: string, signed: boolean, image: Pushable = makeImage()): Promise<Standing> => {
    await push(registry, repo, image, ['1']);
    if (signed) await pushReferrer(registry, repo, bundleReferrer(image, keyBundle(world, { digest: image.digest, key })));
    return { tag: `${registry.host}/${repo}:1`, pinned: `${registry.host}/${repo}:1@${image.digest}`, digest: image.digest };
  };
  const images = {
    good: await make('acme/app', true), extra: await make('acme/extra', true), evil: await make('acme/evil', false), warned: await make('warned/app', true),
    audited: await make('audited/app', true), ofNamespace: await make('own/app', true), other: await make('other/app', true),
    index: await make('acme/index', true, makeIndex()),
    warnedToo: await make('acme/warned-too', true), auditedToo: await make('acme/audited-too', true),
  };
  const document = (kind: string, name: string, spec: unknown, metadata: Json = {}): string =>
    `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, ...metadata }, spec })}\n---\n`;
  const policy = (path: string, mode: string, by = 'alice'): Json =>
    ({ artifacts: [{ image: `${registry.host}/${path}` }], mode, require: [{ name: 'signed', signature: { by: [by] } }] });
  const text = document('Signer', 'alice', { identities: [{ key: { data: key.publicKeyPem } }] })
    + document('Signer', 'bob', { identities: [{ key: { data: world.key().publicKeyPem } }] })
    + document('ClusterArtifactPolicy', 'images', policy('acme/**', 'enforce'))
    + document('ClusterArtifactPolicy', 'warned', policy('warned/**', 'warn'))
    + document('ClusterArtifactPolicy', 'audited', policy('audited/**', 'audit'))
    + document('ClusterArtifactPolicy', 'warned-too', policy('acme/warned-too', 'warn', 'bob'))
    + document('ClusterArtifactPolicy', 'audited-too', policy('acme/audited-too', 'audit', 'bob'))
    + document('ClusterArtifactPolicy', 'down', { ...policy('', 'enforce'), artifacts: [{ image: `${DOWN}/**` }] })
    + document('ArtifactPolicy', 'own', policy('own/**', 'enforce'), { namespace: 'shop' });
  const server = await startTestServer({ 'policies.yaml': text }, { plainHttp: [registry.host, DOWN], unmatched: 'allow', mutate: { enabled: true, ...config }, ...more });
  const review = (object: Json, { operation = 'CREATE', old, sub, resource, dryRun = false, user = 'alice', groups = [] }: Asked): Json => {
    const [group, version] = String(object['apiVersion']).includes('/') ? String(object['apiVersion']).split('/') : ['', String(object['apiVersion'])];
    const kind = { group, version, kind: object['kind'] };
    return {
      apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview',
      request: {
        uid: randomUUID(), kind, resource: { group, version, resource: resource ?? RESOURCES[String(object['kind'])] }, namespace: 'shop', name: 'app', operation,
        ...(sub === undefined ? {} : { subResource: sub }), userInfo: { username: user, groups }, dryRun,
        object: operation === 'DELETE' ? null : object, oldObject: operation === 'CREATE' ? null : (old ?? object),
      },
    };
  };
  return {
    server, registry, images,
    async move({ tag }) {
      const [, repo = ''] = /^[^/]+\/(.*):1$/.exec(tag) ?? [];
      await push(registry, repo, makeImage(), ['1']);
    },
    async mutate(object, asked = {}) {
      const answer = await server.post('/mutate?timeout=30s', JSON.stringify(review(object, asked)));
      const { response } = JSON.parse(answer.text) as { response: Changed['response'] & { patch?: string } };
      if (answer.status !== 200 || !response.allowed || response.warnings !== undefined || response.status !== undefined) throw new Error(`${answer.status} ${answer.text}`);
      if ((response.patch === undefined) !== (response.patchType === undefined)) throw new Error('a patch has a type, and no patch has none');
      const steps = response.patch === undefined ? [] : (JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8')) as Step[]);
      return { steps, object: patched(object, steps), response };
    },
    async validate(object, asked = {}) {
      const answer = await server.validate(review(object, asked));
      return { allowed: answer.allowed, status: answer.status?.code ?? 200, codes: answer.allowed ? [] : codes(answer).filter((code) => !HOLDING.has(code)) };
    },
    async close() {
      await server.close();
      await registry.close();
    },
  };
}

/** RFC 6902, as far as it is used; what the API server would refuse is refused. */
export function patched(object: Json, steps: readonly Step[]): Json {
  const result = structuredClone(object) as Record<string, unknown>;
  for (const { op, path, value } of steps) {
    const names = path.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop() ?? '';
    const parent = names.reduce<Record<string, unknown>>((node, name) => {
      if (!Object.hasOwn(node, name)) throw new Error(`${path}: no ${name}`);
      return node[name] as Record<string, unknown>;
    }, result);
    if (op !== 'add' && !Object.hasOwn(parent, last)) throw new Error(`${path} is not there`);
    if (op === 'remove') delete parent[last];
    else parent[last] = value;
  }
  return result;
}

/** A pod of these containers. */
export function podOf(images: readonly string[], metadata: Json = {}, spec: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', namespace: 'shop', ...metadata }, spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })), ...spec } };
}

export const VERIFIED_METADATA = { labels: { [LABEL]: 'true' } } as const;
export const labelOf = (object: Json): string | undefined => ((object['metadata'] as Json)['labels'] as Record<string, string> | undefined)?.[LABEL];
export const noteOf = (object: Json): string | undefined => ((object['metadata'] as Json)['annotations'] as Record<string, string> | undefined)?.[GENERATION];
