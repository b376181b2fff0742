/** The documents that the controller judges: resources of the cluster and all other sources, compiled as the replicas compile them. */
import type { KubeApi } from '../../cluster/api.ts';
import type { CompiledDocuments, ObservedObjects } from '../../controller/documents/documents.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import type { Feed } from '../../feeds/feed.ts';
import { clusterSource } from '../../feeds/policies/sources/cluster.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { createConfiguration } from '../live/configuration.ts';
import type { Lifetime } from '../lifetime.ts';
import { openPolicies } from '../serving.ts';
import { openPolicySignatures } from '../signed/index.ts';
import { recordCluster } from '../signed/record.ts';
import { openTrustRoots } from '../trust/roots.ts';

/** Documents, the objects that they are, and what is followed for them. */
export interface OpenDocuments {
  /** The policies in force. */
  readonly policies: PolicyStore;
  readonly documents: CompiledDocuments;
  readonly observed: ObservedObjects;
  /** Trust roots that have nothing that may be used, with the cause. */
  unusableRoots(): ReadonlyMap<string, string>;
  feeds(): readonly Feed<unknown>[];
  /** Why there are no documents yet; `undefined` when there are. */
  whyNone(): string | undefined;
}

/**
 * Opens them with the very store that replicas have, so that a status says what they do; an API server that does not answer is no error,
 * and stands in `whyNone`. Where the configuration does not have replicas read resources, their status is written all the same, and the
 * log says that they are not in force.
 */
export async function openDocuments(config: ServerConfig, api: KubeApi, telemetry: Telemetry, lifetime: Lifetime): Promise<OpenDocuments> {
  const { logger } = telemetry;
  const reads = config.policySources.some(({ cluster }) => cluster !== undefined);
  if (!reads) logger.warn('policySources does not name cluster: replicas read no resources, and what their status says is not in force');
  // A cluster without policies is nothing for which a controller has to be unready.
  const policySources = reads ? config.policySources : [...config.policySources, { cluster: {} }];
  const own = { ...config, allowNoPolicies: true, policySources };
  const configuration = createConfiguration(own, telemetry);
  const signatures = await openPolicySignatures(
    raising(own), telemetry, lifetime, { cluster: () => recordCluster(own), network: () => configuration.current() },
  );
  const roots = await openTrustRoots(configuration, telemetry, lifetime, signatures);
  const compilers = { compile: roots.compile, composing: roots.composing };
  const cluster = clusterSource(api, {
    policiesPerNamespace: own.limits.policiesPerNamespace, keepStatus: true,
    failed: seldom((problem) => logger.warn({ problem }, 'resources cannot be followed')),
  });
  lifetime.defer(() => cluster.close());
  const policies = await openPolicies(configuration, compilers, telemetry, undefined, signatures, cluster);
  lifetime.defer(() => policies.close());
  signatures.follow(() => policies.recompile().then(() => policies.rejudge()));
  await roots.follow(() => policies.recompile());
  const states = (): ReturnType<CompiledDocuments['documents']> => {
    const known = policies.documents?.() ?? [];
    return known.length > 0 || policies.current().ready ? known : undefined;
  };
  return {
    policies,
    documents: {
      documents: states,
      set() {
        const state = policies.current();
        return state.ready ? state.set : undefined;
      },
      changed: (listener) => policies.changed(listener),
    },
    observed: {
      get(key) {
        const found = cluster.observed(key);
        return found === undefined ? undefined : { uid: found.uid, status: found.status };
      },
      changed: cluster.stirred,
    },
    unusableRoots: () => unusable(roots.feeds()),
    feeds: () => [policies, ...(policies.sources ?? []), ...roots.feeds(), ...signatures.feeds],
    whyNone: () => (states() === undefined ? whyNone(policies.sources ?? []) : undefined),
  };
}

/** The record is raised here where the controller holds its key, which replicas do not. */
function raising({ policySignatures, controller: { recordKey } }: ServerConfig): ServerConfig['policySignatures'] {
  if (policySignatures?.record === undefined || recordKey === undefined) return policySignatures;
  const { publicKey: _read, ...record } = policySignatures.record;
  return { ...policySignatures, record: { ...record, key: recordKey } };
}

/** What seven kinds say of one outage, said once in a while. */
function seldom(tell: (problem: string) => void): (problem: string) => void {
  let told = -Infinity;
  return (problem) => {
    if (performance.now() - told < 30_000) return;
    told = performance.now();
    tell(problem);
  };
}

function unusable(feeds: readonly Feed<unknown>[]): ReadonlyMap<string, string> {
  return new Map(feeds.filter((feed) => feed.current() === undefined).map((feed) => [
    feed.name.replace(/^trust-root\//, ''), feed.condition().problem ?? 'its TUF repository has not answered yet',
  ]));
}

function whyNone(feeds: readonly Feed<unknown>[]): string {
  const missing = feeds.filter((feed) => feed.current() === undefined);
  const problem = missing.map((feed) => feed.condition().problem).find((one) => one !== undefined);
  return problem ?? (missing.length > 0 ? 'resources are being listed' : 'resources are being compiled');
}
