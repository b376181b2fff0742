import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { DependencyAnswer, DependencyQuestion } from '../../domain/artifact/dependency.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { CompiledPolicy, Mode } from '../../domain/policy/policy.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import { policyName } from '../../evaluate/index.ts';
import { nearestPatterns, type Selection } from '../../select/select.ts';
import type { Context } from '../context.ts';
import type { BuildNode } from './dependency-book.ts';
import { prove } from '../prove.ts';
import { selectPolicies } from '../select-policies.ts';

/**
 * Judges an image as something that is built with: under every policy for `dependency` or `baseImage` that matches its
 * name and is at least as strict as the one that asks, by evidence of its own. What is thrown is undetermined.
 *
 * Policies of a namespace only add requirements, so they alone make no image known to a policy of the cluster.
 */
export async function judgeDependency(
  question: DependencyQuestion,
  node: BuildNode,
  scope: PullScope,
  context: Context,
): Promise<DependencyAnswer> {
  const { image, mode, namespaced } = question;
  const artifact: Artifact = { kind: 'image', usage: 'dependency', path: '', resolvedFromTag: false, ...image };
  try {
    const { applies, unknown } = await selectForBuild(artifact, mode, context);
    const [open] = unknown;
    if (open !== undefined) return refused(artifact, 'SELECT_LABELS_UNKNOWN', open);
    if (!applies.some(({ namespace }) => namespaced || namespace === undefined))
      return {
        kind: 'unmatched',
        nearest: context.policies === undefined ? [] : nearestPatterns(artifact, context.policies, context.review.namespace),
      };
    const findings = await prove(artifact, applies, scope, context, node);
    const failing = findings.find(({ verdict }) => verdict === 'violated') ?? findings.find(({ verdict }) => verdict === 'undetermined');
    return failing === undefined ? { kind: 'admitted' } : { kind: 'refused', finding: failing };
  } catch (fault) {
    return { kind: 'refused', finding: { ...context.fault(fault), artifact: artifact.raw } };
  }
}

const STRICTNESS: Readonly<Record<Mode, number>> = { enforce: 2, warn: 1, audit: 0 };

async function selectForBuild(artifact: Artifact, mode: Mode, context: Context): Promise<Selection> {
  if (context.policies === undefined) return { applies: [], unknown: [] };
  const selections = [
    await selectPolicies(artifact, context.policies, context),
    await selectPolicies({ ...artifact, usage: 'baseImage' }, context.policies, context),
  ];
  const strict = (policies: readonly CompiledPolicy[]): CompiledPolicy[] =>
    [...new Set(policies)].filter((policy) => STRICTNESS[policy.mode] >= STRICTNESS[mode]);
  return { applies: strict(selections.flatMap(({ applies }) => applies)), unknown: strict(selections.flatMap(({ unknown }) => unknown)) };
}

function refused(artifact: Artifact, code: Finding['code'], policy: CompiledPolicy): DependencyAnswer {
  return {
    kind: 'refused',
    finding: { verdict: 'undetermined', code, path: '', artifact: artifact.raw, policy: policyName(policy), mode: policy.mode },
  };
}
