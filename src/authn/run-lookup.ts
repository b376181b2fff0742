/** From a caller to the build that it belongs to, by what the cluster says now. */
import type { GateCaller, RunOfCaller } from '../domain/gate/caller.ts';
import type { ClusterFacts } from '../domain/ports.ts';

/** Looks up the run of a caller. Never rejects; without a cluster nothing is known. */
export function createRunLookup(facts: ClusterFacts | undefined): (caller: GateCaller, signal: AbortSignal) => Promise<RunOfCaller> {
  return async (caller) => {
    if (caller.kind === 'ci') return { found: 'run', run: { kind: 'ci', namespace: caller.namespace, name: caller.run, uid: caller.run } };
    if (caller.kind === 'spiffe' || caller.pod === undefined) return { found: 'none' };
    if (facts === undefined) return { found: 'unknown', cause: 'no API server is connected' };
    return { found: 'unknown', cause: 'not looked up yet' };
  };
}
