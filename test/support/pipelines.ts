// Pipelines by the front door: policies as YAML, objects as YAML, a cluster as a list of objects, and the verdict of the real engine.
import { parse } from 'yaml';
import type { BuildSettings } from '../../src/domain/build/settings.ts';
import type { Decision } from '../../src/domain/decision/decision.ts';
import type { Operation, ReviewRequest } from '../../src/domain/decision/review.ts';
import type { ClusterFacts } from '../../src/domain/ports.ts';
import type { AdmitPorts } from '../../src/engine/admit.ts';
import { compilePolicies } from '../../src/policy/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { harness } from '../unit/engine/support.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Resources by kind where they are not the kind in lower case with an s. */
const RESOURCES: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies', CiliumNetworkPolicy: 'ciliumnetworkpolicies', BuildStrategy: 'buildstrategies', ClusterBuildStrategy: 'clusterbuildstrategies',
};

export const CONTROLLER = 'system:serviceaccount:tekton-pipelines:tekton-pipelines-controller';
export const RESOLVERS = 'system:serviceaccount:tekton-pipelines-resolvers:tekton-pipelines-resolvers';

/** How an object is asked for. */
export interface Asking {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly operation?: Operation;
  /** What stood there before. */
  readonly old?: string | Json;
  readonly namespace?: string;
  readonly sub?: string;
  readonly dryRun?: boolean;
}

/** An object of YAML, or as it is. */
export function object(source: string | Json): Json {
  return typeof source === 'string' ? (parse(source) as Json) : source;
}

export function resourceOf(kind: string): string {
  return RESOURCES[kind] ?? `${kind.toLowerCase()}s`;
}

/** The review of one object, as the API server would send it. */
export function reviewOf(source: string | Json, { user = 'alice', groups = ['developers'], operation = 'CREATE', old, namespace, sub = '', dryRun = false }: Asking = {}): ReviewRequest {
  const it = object(source);
  const [group = '', version = ''] = String(it['apiVersion']).includes('/') ? String(it['apiVersion']).split('/') : ['', String(it['apiVersion'])];
  const kind = String(it['kind']);
  const metadata = (it['metadata'] ?? {}) as { name?: string; namespace?: string };
  const before = old === undefined ? (operation === 'UPDATE' ? it : null) : object(old);
  return {
    surface: 'webhook', caller: { proof: 'certificate', credentials: 'all' }, uid: 'u', operation,
    kind: { group, version, kind }, resource: { group, version, resource: resourceOf(kind) }, subResource: sub,
    namespace: namespace ?? metadata.namespace ?? 'ci', name: metadata.name ?? '', user: { username: user, groups }, dryRun,
    object: operation === 'DELETE' ? null : it, oldObject: operation === 'DELETE' ? (old === undefined ? it : before) : before,
  };
}

/** A cluster that holds these objects and no others; what is in `broken` cannot be had. */
export function clusterOf(objects: readonly (string | Json)[], broken: readonly (keyof ClusterFacts)[] = []): ClusterFacts {
  const all = objects.map(object);
  const meta = (it: Json): { name?: string; namespace?: string; uid?: string; labels?: Record<string, string>; ownerReferences?: { kind: string; name: string; uid: string }[] } => (it['metadata'] ?? {}) as never;
  const groupOf = (it: Json): string => (String(it['apiVersion']).includes('/') ? String(it['apiVersion']).split('/')[0] ?? '' : '');
  const of = (kind: string, namespace: string): Json[] => all.filter((it) => it['kind'] === kind && (meta(it).namespace ?? '') === namespace);
  const answer = <T>(name: keyof ClusterFacts, value: () => T) => Promise.resolve(broken.includes(name) ? { known: false as const, cause: 'broken for the test' } : { known: true as const, value: value() });
  return {
    object: ({ group, resource, namespace, name }) => answer('object', () => all.find((it) => groupOf(it) === group && resourceOf(String(it['kind'])) === resource && (meta(it).namespace ?? '') === namespace && meta(it).name === name) ?? null),
    networkPolicies: (namespace) => answer('networkPolicies', () => of('NetworkPolicy', namespace)),
    otherNetworkPolicies: () => answer('otherNetworkPolicies', () => ({ kinds: [], objects: [] })),
    pods: (namespace) => answer('pods', () => of('Pod', namespace).map((it) => {
      const [owner] = meta(it).ownerReferences ?? [];
      return { name: meta(it).name ?? '', uid: meta(it).uid ?? '', labels: meta(it).labels ?? {}, ...(owner === undefined ? {} : { owner: { kind: owner.kind, name: owner.name, uid: owner.uid } }) };
    })),
    resolutions: (namespace) => answer('resolutions', () => of('ResolutionRequest', namespace).flatMap((it) => {
      const status = (it['status'] ?? {}) as { data?: string; refSource?: { uri?: string; digest?: Record<string, string>; entryPoint?: string } };
      return status.data === undefined || status.data === '' ? [] : [{
        name: meta(it).name ?? '', content: Buffer.from(status.data, 'base64'), uri: status.refSource?.uri ?? '', digest: status.refSource?.digest ?? {}, entryPoint: status.refSource?.entryPoint ?? '',
      }];
    })),
  };
}

/** What the engine is asked by. */
export interface Surroundings {
  readonly cluster?: ClusterFacts;
  readonly labels?: Readonly<Record<string, string>>;
  readonly build?: BuildSettings;
  readonly ports?: Partial<AdmitPorts>;
}

/** The engine with these policies, by which objects are judged; policies with any problem are refused. */
export function judgedBy(policies: string, { cluster, labels = { factory: 'true' }, build, ports = {} }: Surroundings = {}): (source: string | Json, asking?: Asking) => Promise<Decision> {
  const { set, problems } = compilePolicies([{ path: 'policies.yaml', text: policies }], { trust: createTrustReader() });
  if (set === undefined) throw new Error(problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const engine = harness({
    policies: { current: () => ({ ready: true, set }) }, namespaces: { labels: async () => labels }, unmatched: 'allow',
    ...(cluster === undefined ? {} : { facts: cluster }), ...(build === undefined ? {} : { build }), ...ports,
  });
  return (source, asking) => engine.admit({ ...reviewOf(source, asking), artifacts: undefined as never });
}

/** Codes of what is not satisfied, each with its path. */
export function wrong({ findings }: Decision): string[] {
  return findings.filter(({ verdict, code }) => verdict !== 'satisfied' && code !== 'SELECT_NO_POLICY').map(({ code, path }) => (path === '' ? code : `${code} ${path}`));
}
