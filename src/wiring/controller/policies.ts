/** The policies as the controller sees them: compiled as the replicas compile them, and how each resource stands. */
import type { PolicyStore } from '../../domain/ports.ts';
import type { CompiledDocuments } from '../../controller/documents/documents.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { createConfiguration } from '../live/configuration.ts';
import type { Lifetime } from '../lifetime.ts';
import { openPolicies } from '../serving.ts';
import { openPolicySignatures } from '../signed/index.ts';
import { recordCluster } from '../signed/record.ts';
import { openTrustRoots } from '../trust/roots.ts';

/** Policies in force, and the resources among them. */
export interface ControllerPolicies {
  readonly policies: PolicyStore;
  readonly documents: CompiledDocuments;
  /** Trust roots that are followed for them. */
  roots(): readonly Feed<unknown>[];
  feeds(): readonly Feed<unknown>[];
}

/**
 * Opens them with the very store that replicas have, so that a status says what they do. Where the configuration does not have replicas
 * read resources, their status is written all the same, and the log says that they are not in force.
 */
export async function openControllerPolicies(config: ServerConfig, telemetry: Telemetry, lifetime: Lifetime): Promise<ControllerPolicies> {
  const reads = config.policySources.some(({ cluster }) => cluster !== undefined);
  if (!reads) telemetry.logger.warn('policySources does not name cluster: replicas read no resources, and what their status says is not in force');
  const own = reads ? config : { ...config, policySources: [...config.policySources, { cluster: {} }] };
  // A cluster without policies is nothing that a controller has to be unready for.
  const configuration = createConfiguration({ ...own, allowNoPolicies: true }, telemetry);
  const signatures = await openPolicySignatures(own.policySignatures, telemetry, lifetime, () => recordCluster(own));
  const roots = await openTrustRoots(configuration, telemetry, lifetime, signatures);
  const compilers = { compile: roots.compile, composing: roots.composing };
  const store = await openPolicies(configuration, compilers, telemetry, undefined, signatures.inForce);
  lifetime.defer(() => store.close());
  signatures.follow(() => store.recompile().then(() => store.rejudge()));
  await roots.follow(() => store.recompile());
  const current = (): ReturnType<PolicyStore['current']> => store.current();
  return {
    policies: store,
    documents: {
      documents: () => (current().ready || (store.documents?.().length ?? 0) > 0 ? store.documents?.() : undefined),
      set() {
        const state = current();
        return state.ready ? state.set : undefined;
      },
      changed: (listener) => store.changed(listener),
    },
    roots: roots.feeds,
    feeds: () => [store, ...(store.sources ?? []), ...roots.feeds(), ...signatures.feeds],
  };
}
