/** Two sets of policies over the same evidence: each artifact is resolved and looked up once, for both. */
import type { Artifact, ArtifactRef } from '../../../domain/artifact/artifact.ts';
import type { PolicySet } from '../../../domain/policy/policy.ts';
import type { EvidenceLookup, Resolution } from '../../../domain/ports.ts';
import { compareSets } from '../../../policy/index.ts';
import type { CliRooms, LocalEngine } from '../../../surfaces/cli/context.ts';
import { withLifetime } from '../../lifetime.ts';
import { engineOver, namespacesFor } from '../engine.ts';
import type { EngineSite } from '../engine.ts';
import { compileFor } from '../online.ts';
import { setOf } from '../policies.ts';
import { openSource } from '../source.ts';

/** `gatehouse policy diff`. */
export const openComparison: CliRooms['openComparison'] = async (before, after, options) => {
  const [old, now] = [
    setOf(await compileFor({ ...options, policies: before })), setOf(await compileFor({ ...options, policies: after })),
  ] as const;
  const namespaces = await namespacesFor(options);
  return withLifetime(async (lifetime) => {
    const source = once(await openSource(options, new Set([...old.literalHosts, ...now.literalHosts]), lifetime));
    const site = { options, namespaces, lifetime };
    const engines = { before: opened(old, source, site), after: opened(now, source, site) };
    return { ...engines, changes: compareSets(old, now), close: () => lifetime.disposeAsync() };
  });
};

/** An engine that is opened when it is first asked: whoever compares the sets alone asks none. */
function opened(set: PolicySet, source: Source, site: EngineSite): Pick<LocalEngine, 'admit'> {
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
