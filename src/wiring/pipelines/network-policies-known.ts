/** Readiness knows how old the NetworkPolicies are by which jails are judged. */
import type { Matter } from '../../domain/build/matter.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import type { Feed } from '../../feeds/feed.ts';
import { isRefusal } from '../../feeds/followed.ts';
import type { Condition } from '../../surfaces/ops/index.ts';

/** A policy about pipelines that demands a jail speaks of every NetworkPolicy. */
const ANY_POLICY: Matter = {
  about: 'networkPolicy', operation: 'DELETE', namespace: '', name: '', requester: { username: '', groups: [] },
};

/**
 * The condition `networkPolicies`: some policy in force demands a jail, and what was followed for it is too old to be believed: a
 * replica that has lost them leaves the answers to those that have not. What was never read, or may not be read, is a note alone:
 * other replicas stand no better, each namespace is asked for, and nothing but jails is undetermined.
 */
export function networkPoliciesKnown(policies: PolicyStore, feed: Pick<Feed<unknown>, 'age' | 'condition'> | undefined): Condition {
  const ok: Condition = { name: 'networkPolicies', ok: true };
  const condition = feed?.condition();
  if (feed === undefined || condition === undefined || condition.ready || !demandsJail(policies)) return ok;
  const age = feed.age();
  if (age === undefined || isRefusal(condition.problem))
    return { ...ok, reason: 'jails are judged by asking for the network policies of each namespace' };
  return {
    ...ok,
    ok: false,
    reason: `jails are judged by network policies, and these were last confirmed ${Math.round(age / 1000)} s ago`,
  };
}

function demandsJail(policies: PolicyStore): boolean {
  const state = policies.current();
  return state.ready && state.set.forRequest(ANY_POLICY).some(({ requirements }) =>
    requirements.some((one) => one.kind === 'jail' && one.networkPolicy === 'required'));
}
