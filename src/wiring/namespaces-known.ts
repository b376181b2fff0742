/** Readiness knows how old the labels are by which policies choose namespaces. */
import type { PolicyStore } from '../domain/ports.ts';
import type { Feed } from '../feeds/feed.ts';
import type { Condition } from '../surfaces/ops/index.ts';

/**
 * The condition `namespaces`: labels that some policy in force chooses by were never read, or are too old to be believed. A
 * replica that cannot know them leaves the answers to those that can. Without a watch there is nothing to wait for.
 */
export function namespacesKnown(policies: PolicyStore, feed: Pick<Feed<unknown>, 'age' | 'condition'> | undefined): Condition {
  const ok: Condition = { name: 'namespaces', ok: true };
  if (feed === undefined || feed.condition().ready) return ok;
  const state = policies.current();
  if (!state.ready) return ok;
  const { policies: ofArtifacts, requestPolicies = [] } = state.set;
  if ([...ofArtifacts, ...requestPolicies].every(({ namespaces }) => namespaces === undefined)) return ok;
  const age = feed.age();
  const since = age === undefined ? 'were never read' : `were last confirmed ${Math.round(age / 1000)} s ago`;
  return { ...ok, ok: false, reason: `policies choose namespaces by labels, and the labels ${since}` };
}
