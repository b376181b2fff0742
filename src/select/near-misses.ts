/** Why a policy that matches by name does not speak after all, for whoever wonders. */
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import type { CompiledPolicy, PolicySet } from '../domain/policy/policy.ts';

/** Policies that are named; the others are counted. */
const TOLD = 3;

/**
 * Why policies whose patterns match an artifact's name do not speak about it after all, in one sentence; `undefined`
 * when no pattern matches. Without it the reader would be shown a pattern that matches, as what was expected.
 *
 * Policies of other namespaces are not named: what a tenant wrote is nobody else's to read.
 */
export function nearMisses(ref: ArtifactRef, set: PolicySet, namespace: string): string | undefined {
  const own = set.candidates(ref, namespace);
  if (own.length === 0) return set.candidates(ref).length === 0 ? undefined : 'only policies of other namespaces match the name';
  const told = own.slice(0, TOLD).map((policy) => `${nameOf(policy)} ${whyNot(policy, ref)}`);
  const more = own.length > TOLD ? `; ${own.length - TOLD} more do not either` : '';
  return `the name is matched, but policy ${told.join('; policy ')}${more}`;
}

function whyNot({ namespace, mode, usedAs, namespaces, callers, except }: CompiledPolicy, ref: ArtifactRef): string {
  const { usage } = ref;
  if (except?.has(ref) === true) return 'names it under except';
  if (usedAs !== undefined && !usedAs.has(usage)) return `is for use as ${[...usedAs].join(', ')}, not ${usage}`;
  if (callers !== undefined) return 'is for questions of other callers of the gate';
  if (namespace !== undefined) return 'is of a namespace, so it can only add requirements';
  if (mode === 'audit') return 'only audits, so it admits nothing by itself';
  return namespaces === undefined ? 'does not speak about it' : `is for namespaces with the labels ${namespaces.source}`;
}

function nameOf({ name, namespace }: CompiledPolicy): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
