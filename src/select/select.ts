/** Which policies speak about an artifact or a request; where labels are not known that stays open. */
import type { GateCaller } from '../domain/gate/caller.ts';
import { isAmong } from '../domain/gate/caller-pattern.ts';
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import type { Matter } from '../domain/build/matter.ts';
import type { CompiledPolicy, LabelMatcher, PolicySet } from '../domain/policy/policy.ts';
import type { RequestPolicy } from '../domain/policy/request-policy.ts';

export { mergeTrust } from './merge-trust.ts';
export { nearMisses } from './near-misses.ts';
export { nearestPatterns } from './nearest-patterns.ts';

/** Where a request wants the artifact. */
export interface RequestPlace {
  /** Empty for requests without a namespace. */
  readonly namespace: string;
  /** Labels of the namespace; `undefined` when they cannot be known now. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Who asks the gate; absent for everything that is no question to it. */
  readonly caller?: GateCaller | undefined;
}

/** Which policies speak about an artifact or a request. All of `applies` must hold; `unknown` ones may or may not apply. */
export interface Selection<Policy = CompiledPolicy> {
  readonly applies: readonly Policy[];
  /** Policies whose namespace selector could not be judged because the labels are not known: never "does not match". */
  readonly unknown: readonly Policy[];
}

/**
 * Selects the policies that speak about an artifact: a pattern matches its name and none of its `except` does, its usage and
 * caller are covered, and the request's namespace is the policy's (ArtifactPolicy) or is selected by its labels (ClusterArtifactPolicy).
 *
 * Both lists keep the order of the set. Works on names only; nothing has been resolved or fetched (DESIGN §8).
 */
export function select(ref: ArtifactRef, set: PolicySet, place: RequestPlace): Selection {
  return inNamespace(set.candidates(ref, place.namespace).filter((policy) => speaksOf(policy, ref, place)), place);
}

/**
 * Selects the policies about pipelines that speak about what the request is about, by the labels of its namespace; the settings of an
 * engine stand outside of the namespaces in which it works, and concern every policy. Both lists keep the order of the set.
 */
export function selectRequestPolicies(matter: Matter, set: PolicySet, place: RequestPlace): Selection<RequestPolicy> {
  const policies = set.forRequest(matter);
  return matter.about === 'engineSettings' ? { applies: policies, unknown: [] } : inNamespace(policies, place);
}

function inNamespace<Policy extends { readonly namespaces?: LabelMatcher }>(
  policies: readonly Policy[],
  place: RequestPlace,
): Selection<Policy> {
  const applies: Policy[] = [];
  const unknown: Policy[] = [];
  for (const policy of policies) {
    if (policy.namespaces === undefined) applies.push(policy);
    else if (place.labels === undefined) unknown.push(policy);
    else if (policy.namespaces.test(place.labels)) applies.push(policy);
  }
  return { applies, unknown };
}

/**
 * True for a policy that makes an artifact a matched one: of the cluster, in a mode that somebody hears. What a namespace
 * writes can only add requirements, and a policy on trial (audit) must not open a cluster that is closed to the unmatched; nor does
 * one that cannot be used and that would only warn.
 */
export function makesMatched({ namespace, mode, broken }: Pick<CompiledPolicy, 'namespace' | 'mode' | 'broken'>): boolean {
  return namespace === undefined && (broken === undefined ? mode !== 'audit' : mode === 'enforce');
}

function speaksOf(policy: CompiledPolicy, ref: ArtifactRef, { namespace, caller }: RequestPlace): boolean {
  if (policy.namespace !== undefined && policy.namespace !== namespace) return false;
  return policy.except?.has(ref) !== true && coversUsage(policy, ref) && coversCaller(policy, caller);
}

/** A policy with callers is about their questions alone: nobody that is no caller of the gate is one of them. */
function coversCaller({ callers }: CompiledPolicy, caller: GateCaller | undefined): boolean {
  return callers === undefined || (caller !== undefined && isAmong(caller, callers));
}

/** The image by which a sidecar is stopped is spoken of by policies alone that name this use. */
function coversUsage(policy: CompiledPolicy, ref: ArtifactRef): boolean {
  return policy.usedAs === undefined ? ref.usage !== 'sidecarStop' : policy.usedAs.has(ref.usage);
}
