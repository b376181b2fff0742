/** What the metrics say of every source of policies: what of it is in force, and how many documents that are. */
import type { FolderPolicyStore } from '../../feeds/policies/store.ts';
import type { Metrics } from '../../platform/metrics/metrics.ts';

/** Reports the sources of a store, whether it has one or many of them. */
export function reportPolicySources(metrics: Metrics, store: Pick<FolderPolicyStore, 'counts' | 'current'>): void {
  metrics.series('policy_documents', 'Documents of policies, by source and by what is in force of them', ['source', 'state'], () =>
    store.counts().map(({ source, state, documents }) => ({ labels: { source, state }, value: documents })));
  const help = 'The state of each source of policies that is in force, as decisions name it';
  metrics.series('policy_source_in_force_info', help, ['source', 'digest', 'version'], () => {
    const state = store.current();
    const sources = state.ready ? (state.sources ?? []) : [];
    return sources.map(({ source, digest, version = '' }) => ({ labels: { source, digest, version }, value: 1 }));
  });
}
