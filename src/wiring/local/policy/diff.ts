/** Two sets of policies over the same evidence: each artifact is resolved and looked up once, for both. */
import type { Artifact, ArtifactRef } from '../../../domain/artifact/artifact.ts';
import type { EvidenceLookup, Resolution } from '../../../domain/ports.ts';
import { compareSets } from '../../../policy/index.ts';
import type { CliRooms, LocalEngine } from '../../../surfaces/cli/context.ts';
import { withLifetime } from '../../lifetime.ts';
import { engineOver, namespacesFor } from '../engine.ts';
import type { EngineSite, PoliciesInForce } from '../engine.ts';
import { compileFor } from '../online.ts';
import { setOf } from '../policies.ts';
import type { Compiled } from '../policies.ts';
import { openSource } from '../source.ts';

/** `gatehouse policy diff`. */
export const openComparison: CliRooms['openComparison'] = async (before, after, options) => {
  const opening = async (policies: readonly string[]): Promise<PoliciesInForce> => inForce(await compileFor({ ...options, policies }));
  const [old, now] = [await opening(before), await opening(after)] as const;
  const namespaces = await namespacesFor(options);
  return withLifetime(async (lifetime) => {
    const source = once(await openSource(options, new Set([...old.set.literalHosts, ...now.set.literalHosts]), lifetime));
    const site = { options, namespaces, lifetime };
    const engines = { before: opened(old, source, site), after: opened(now, source, site) };
    return { ...engines, changes: compareSets(old.set, now.set), close: () => lifetime.disposeAsync() };
  });
};

function inForce(compiled: Compiled): PoliciesInForce {
  return { set: setOf(compiled), sources: compiled.sources };
}

/** An engine that is opened when it is first asked: whoever compares the sets alone asks none. */
function opened(set: PoliciesInForce, source: Source, site: EngineSite): Pick<LocalEngine, 'admit'> {
  const engines: Pick<LocalEngine, 'admit'>[] = [];
  return {
    admit(review, budget) {
      const engine = engines[0] ?? engineOver(set, source, site);
      engines[0] = engine;
      return engine.admit(review, budget);
    },
  };
}

type Source = Awaited<ReturnType<typeof openSource>>;

/** A tag that moves meanwhile, or evidence that comes, would be a difference that the policies do not make. */
export function once(source: Source): Source {
  const resolved = new Map<string, Promise<Resolution>>();
  const opened = new Map<string, EvidenceLookup | Promise<EvidenceLookup>>();
  const kept = <T>(map: Map<string, T>, { kind, name, tag, digest }: ArtifactRef, make: () => T): T => {
    const key = JSON.stringify([kind, name, tag, digest]);
    const known = map.get(key) ?? make();
    map.set(key, known);
    return known;
  };
  return {
    ...source,
    resolve: (ref, scope, signal) => kept(resolved, ref, () => source.resolve(ref, scope, signal)),
    open: (artifact: Artifact, scope) => kept(opened, artifact, () => source.open(artifact, scope)),
  };
}
