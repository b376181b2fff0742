/** The lead to an image that something was built with, judged by evidence and policies of its own. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { DependencyAnswer, DependencyQuestion } from '../../domain/artifact/dependency.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { reason } from '../../domain/decision/reasons.ts';
import type { CompiledPolicy, Mode } from '../../domain/policy/policy.ts';
import { policyName } from '../../evaluate/index.ts';
import { nearestPatterns, type Selection } from '../../select/select.ts';
import type { Context } from '../context.ts';
import { selectPolicies } from '../select-policies.ts';
import { weigh } from '../weigh.ts';
import type { LeadRules, Stop, Trail } from './lead.ts';

/** An image that an artifact was built with: judged by its own evidence, under the policies for what is built with. */
export const IMAGE: LeadRules<'image', Context> = {
  usages: ['dependency', 'baseImage'],
  keyOf: ({ image, mode, namespaced }) => `${mode} ${namespaced ? 'namespaced ' : ''}${image.name}:${image.tag ?? ''}@${image.digest}`,
  judge: judgeImage,
  late: ({ review }) => ({
    kind: 'refused',
    finding: { ...enforced('ENGINE_DEADLINE', review.name), cause: 'the request ended before the image was judged' },
  }),
  onward: { stopped: (question, stop) => ({ kind: 'limit', cause: causeOf(question, stop) }), admits: ({ kind }) => kind === 'admitted' },
};

function causeOf({ image }: DependencyQuestion, stop: Stop): string {
  switch (stop.why) {
    case 'circle':
      return `${image.raw} was built with itself, by way of others or directly`;
    case 'depth':
      return `images are followed ${stop.most} levels deep`;
    case 'number':
      return `at most ${stop.most} images are judged as dependencies in one request`;
  }
}

/**
 * Judges an image as something that is built with: under every policy for `dependency` or `baseImage` that matches its
 * name and is at least as strict as the one that asks, by evidence of its own. What is thrown is undetermined.
 *
 * Policies of a namespace only add requirements, so they alone make no image known to a policy of the cluster.
 */
async function judgeImage({ image, mode, namespaced }: DependencyQuestion, trail: Trail<Context>): Promise<DependencyAnswer> {
  const { context } = trail;
  const artifact: Artifact = { kind: 'image', usage: 'dependency', path: '', resolvedFromTag: false, ...image };
  try {
    const { applies, unknown } = await selectForBuild(artifact, mode, context);
    const [open] = unknown;
    if (open !== undefined)
      return {
        kind: 'refused',
        finding: { ...enforced('SELECT_LABELS_UNKNOWN', artifact.raw), policy: policyName(open), mode: open.mode },
      };
    if (!applies.some(({ namespace }) => namespaced || namespace === undefined))
      return {
        kind: 'unmatched',
        nearest: context.policies === undefined ? [] : nearestPatterns(artifact, context.policies, context.review.namespace),
      };
    const findings = await weigh(artifact, applies, trail);
    const failing = findings.find(({ verdict }) => verdict === 'violated') ?? findings.find(({ verdict }) => verdict === 'undetermined');
    if (failing === undefined) return { kind: 'admitted' };
    // By an exception for what was built with it, nothing revoked comes in.
    return { kind: 'refused', finding: findings.some(({ final }) => final === true) ? { ...failing, final: true } : failing };
  } catch (fault) {
    return { kind: 'refused', finding: { ...context.fault(fault), artifact: artifact.raw } };
  }
}

const STRICTNESS: Readonly<Record<Mode, number>> = { enforce: 2, warn: 1, audit: 0 };

/** The policies for each of the usages, once, without those that are milder than `mode`. */
async function selectForBuild(artifact: Artifact, mode: Mode, context: Context): Promise<Selection> {
  const applies = new Set<CompiledPolicy>();
  const unknown = new Set<CompiledPolicy>();
  if (context.policies === undefined) return { applies: [], unknown: [] };
  for (const usage of IMAGE.usages) {
    const selection = await selectPolicies({ ...artifact, usage }, context.policies, context);
    for (const policy of selection.applies) applies.add(policy);
    for (const policy of selection.unknown) unknown.add(policy);
  }
  const strict = ({ mode: its }: CompiledPolicy): boolean => STRICTNESS[its] >= STRICTNESS[mode];
  return { applies: [...applies].filter(strict), unknown: [...unknown].filter(strict) };
}

function enforced(code: Finding['code'], artifact: string): Finding {
  return { verdict: reason(code).verdict, code, path: '', artifact, mode: 'enforce' };
}
