/** Policies of several sources: opened, composed, and every change of them told. */
import type { LostPolicy, PolicySet } from '../domain/policy/policy.ts';
import { createKubeApi, findKubeAccess } from '../cluster/api.ts';
import { isRefusal } from '../feeds/followed.ts';
import type { Composing } from '../feeds/policies/composed/offer.ts';
import type { DocumentState } from '../feeds/policies/composed/documents.ts';
import { openComposedStore } from '../feeds/policies/composed/store.ts';
import type { ComposedEvents, ComposedPolicyStore } from '../feeds/policies/composed/store.ts';
import { FOLDERS } from '../feeds/policies/judge.ts';
import { clusterSource } from '../feeds/policies/sources/cluster.ts';
import type { ClusterSource } from '../feeds/policies/sources/cluster.ts';
import { folderSource } from '../feeds/policies/sources/folder.ts';
import type { PolicySource } from '../feeds/policies/source.ts';
import type { PolicyEvents } from '../feeds/policies/store.ts';
import type { ServerConfig } from '../platform/config/config.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import { lostPolicies } from '../policy/index.ts';
import type { Condition } from '../surfaces/ops/index.ts';
import type { PolicySignatures } from './signed/index.ts';
import type { RemoteConfig } from './signed/sources.ts';
import { podEnvironment } from './environment.ts';

type SourcesConfig = Pick<ServerConfig, 'policies' | 'policySources' | 'allowNoPolicies' | 'kubernetes' | 'limits'> & RemoteConfig;

/** What opening takes besides the configuration. */
export interface SourcesParts {
  readonly composing: Composing;
  readonly telemetry: Telemetry;
  /** Told of every change of the set, as for folders alone. */
  readonly events: PolicyEvents;
  readonly lost?: (before: PolicySet, after: PolicySet) => readonly LostPolicy[];
  readonly pollMs?: number | undefined;
  /** Objects of the cluster, where they are followed already; default: they are followed where the configuration names them. */
  readonly cluster?: ClusterSource | undefined;
  /** Opens sources over the network; absent: there are none. */
  readonly signatures?: Pick<PolicySignatures, 'sources'> | undefined;
  /** Whether a set without policies is meant, at the moment when it is asked; default: as the configuration says. */
  readonly allowed?: Pick<ServerConfig, 'allowNoPolicies'>;
}

/** Documents that one change may tell of. */
const MOST_LINES = 100;

/**
 * Opens all sources and the store that is composed of them. The folders of `policies` are one set, before all others. Rejects when
 * objects of the cluster are wanted and there is no API server to be found; one that does not answer leaves the server unready.
 */
export async function openPolicySources(config: SourcesConfig, parts: SourcesParts): Promise<ComposedPolicyStore> {
  const { composing, telemetry: { logger }, pollMs } = parts;
  const failed = (source: string) => (problem: string): void =>
    logger.warn({ source, problem }, 'source of policies cannot be read, what it held stays in force');
  const further = config.policySources.flatMap(({ files }) => (files === undefined ? [] : [[files]]));
  const folders = [...(config.policies.length === 0 ? [] : [config.policies]), ...further];
  const local = folders.map((paths, index): PolicySource => {
    const name = index === 0 ? FOLDERS : `${FOLDERS}-${index + 1}`;
    return folderSource({ name, folders: paths, failed: failed(name), pollMs });
  });
  const whole = withOwnNames([...local, ...((await parts.signatures?.sources(config.policySources, config)) ?? [])]);
  const follow = async (): Promise<ClusterSource | undefined> => (config.policySources.some((source) => source.cluster !== undefined)
    ? clusterSource(await kubeApi(config.kubernetes), {
      policiesPerNamespace: config.limits.policiesPerNamespace, failed: failed('policies-cluster'),
    })
    : undefined);
  const cluster = parts.cluster ?? (await follow());
  const events: ComposedEvents = {
    ...parts.events,
    broken(documents) {
      for (const one of documents.slice(0, MOST_LINES)) logger.error(lineOf(one), SAID[one.state]);
      if (documents.length > MOST_LINES) logger.warn({ more: documents.length - MOST_LINES }, 'and more of the same, which are not told');
    },
  };
  return openComposedStore({
    whole, cluster, composing, events, lost: parts.lost ?? lostPolicies,
    get allowNoPolicies() { return (parts.allowed ?? config).allowNoPolicies; },
  });
}

/** Two artifacts of one repository are two sources: what one held before must never stand in for the other. */
function withOwnNames(sources: readonly PolicySource[]): readonly PolicySource[] {
  const seen = new Map<string, number>();
  return sources.map((source) => {
    const count = (seen.get(source.name) ?? 0) + 1;
    seen.set(source.name, count);
    return count === 1 ? source : { ...source, name: `${source.name} (${count})` };
  });
}

const SAID = {
  good: 'policy loaded',
  lastGood: 'object refused, its last good form stays in force',
  standIn: 'object cannot be used, what it speaks about is undetermined',
  leftOut: 'object cannot be used and is left out: what relies on it is undetermined',
} as const;

function lineOf({ key, generation, problems, state }: DocumentState): Readonly<Record<string, unknown>> {
  return { object: key, generation, state, problem: problems[0], problems: problems.length };
}

async function kubeApi({ enabled, kubeconfig }: SourcesConfig['kubernetes']): Promise<ReturnType<typeof createKubeApi>> {
  const access = enabled === false ? undefined : await findKubeAccess(kubeconfig, podEnvironment());
  if (access !== undefined) return createKubeApi(access);
  const why = enabled === false ? 'kubernetes.enabled is false' : 'this is no pod and kubernetes.kubeconfig names no file';
  throw new Error(`policySources names cluster, but ${why}`);
}

/**
 * The condition `policySources`: objects of the cluster were not confirmed for a minute and a half, so another replica may know newer
 * ones. Where the API server does not let us read, none does: that is told, and takes no replica away.
 */
export function sourcesConfirmed({ sources = [] }: Partial<Pick<ComposedPolicyStore, 'sources'>>): Condition {
  const late = sources.find((source) => source.judged === 'oneByOne' && source.current() !== undefined && !source.condition().ready);
  if (late === undefined) return { name: 'policySources', ok: true };
  const reason = `${late.name} was last confirmed ${Math.round((late.age() ?? 0) / 1000)} s ago`;
  return { name: 'policySources', ok: isRefusal(late.condition().problem), reason };
}
