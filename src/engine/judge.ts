/** One artifact on the road: its policies, its digest, its evidence, and a finding wherever one of them is wanting. */
import type { Artifact, ArtifactRef } from '../domain/artifact/artifact.ts';
import { wordsOf } from '../domain/decision/finding.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { CompiledPolicy, Mode, PolicySet } from '../domain/policy/policy.ts';
import type { Resolution } from '../domain/ports.ts';
import type { PullScope } from '../domain/decision/review.ts';
import { byBroken, policyName } from '../evaluate/index.ts';
import { reason } from '../domain/decision/reasons.ts';
import { makesMatched, nearestPatterns, nearMisses } from '../select/select.ts';
import type { Selection } from '../select/select.ts';
import type { Context, Judgement } from './context.ts';
import { UNMATCHED_MODE } from './fold.ts';
import { untilSettled } from './leads/book.ts';
import { ROOT } from './leads/lead.ts';
import { allHold } from './rounds.ts';
import { selectPolicies } from './select-policies.ts';
import { withinDemands } from '../select/tenant-demands.ts';
import { Overload } from './waiting/gate.ts';
import { isToBeVouched, vouchedFor } from './vouching/vouched.ts';
import { weigh } from './weigh.ts';

/** Artifacts of one request that are worked on at the same time. */
export const PARALLEL = 16;

/**
 * Judges one artifact: which policies speak about it, which digest it is, and whether every requirement of
 * every one of them holds. Whatever is thrown on the way becomes an undetermined finding.
 */
export async function judge(ref: ArtifactRef, scope: PullScope, context: Context): Promise<Judgement> {
  try {
    return await judgeAgainst(ref, scope, context);
  } catch (fault) {
    return { artifact: ref, findings: [{ ...context.fault(fault), path: ref.path, artifact: ref.raw }] };
  }
}

async function judgeAgainst(asked: ArtifactRef, scope: PullScope, context: Context): Promise<Judgement> {
  const set = context.policies;
  if (set === undefined) return { artifact: asked, findings: [plain(asked, 'POLICY_UNAVAILABLE')] };
  const { ref, selection: { applies, unknown } } = await selected(asked, set, context);
  const open = notSelected(ref, { applies, unknown }, set, context);
  if (lacksDigest(ref, applies, context)) return { artifact: ref, findings: [...open, undigested(ref)] };
  const later = context.ports.audits === undefined ? [] : applies.filter(({ mode }) => mode === 'audit');
  const now = later.length === 0 ? applies : applies.filter(({ mode }) => mode !== 'audit');
  const { artifact, findings } = now.length === 0 ? { artifact: ref, findings: [] } : await judgeBy(now, ref, scope, context);
  return { artifact, findings: [...open, ...findings], ...(later.length === 0 ? {} : { later }) };
}

/**
 * At the gate an answer is about a digest: without one it is refused, unless every policy that is heard about the artifact lets us
 * resolve it once. Whoever uses it then has to use what was resolved, which the answer names.
 */
function lacksDigest(ref: ArtifactRef, applies: readonly CompiledPolicy[], { review }: Context): boolean {
  if (review.surface !== 'gate' || ref.digest !== undefined) return false;
  const heard = applies.filter(({ mode }) => mode !== 'audit');
  return heard.length === 0 || heard.some(({ resolveOnce }) => resolveOnce !== true);
}

/**
 * The policies of an artifact. An update of a pod that only replaces images, as an engine does to stop sidecars, is judged by the
 * policies that name that use alone, where one of the cluster that is heard speaks of the image, and the image is named by digest:
 * a denial would turn a run that has succeeded into one that failed. Otherwise the image is judged as any other of a container.
 */
async function selected(
  asked: ArtifactRef, set: PolicySet, context: Context,
): Promise<{ readonly ref: ArtifactRef; readonly selection: Selection }> {
  const selection = await selectPolicies(asked, set, context);
  if (asked.usage !== 'sidecarStop') return { ref: asked, selection };
  if (asked.digest !== undefined && [...selection.applies, ...selection.unknown].some(makesMatched)) return { ref: asked, selection };
  const ref: ArtifactRef = { ...asked, usage: 'container' };
  return { ref, selection: await selectPolicies(ref, set, context) };
}

/** Judges what was left for later, and gives the judgement with all of its findings. Whatever is thrown is undetermined. */
export async function judgeLater(judgement: Judgement, scope: PullScope, context: Context): Promise<Judgement> {
  const { artifact, findings, later = [] } = judgement;
  if (later.length === 0) return judgement;
  try {
    const { digest: _digest, resolvedFromTag: byTag, ...rest } = artifact;
    const audited = await judgeBy(later, byTag === true ? rest : artifact, scope, context);
    // They have no say in what may be vouched for.
    const { vouched } = artifact;
    return {
      artifact: vouched === undefined ? audited.artifact : { ...audited.artifact, vouched }, findings: [...findings, ...audited.findings],
    };
  } catch (fault) {
    context.fault(fault);
    return { artifact, findings: [...findings, ...later.map((policy) => about(policy, artifact, 'ENGINE_FAULT'))] };
  }
}

/** Judges an artifact by these policies, of which there is at least one; under one that cannot be used it is looked at no further. */
async function judgeBy(asked: readonly CompiledPolicy[], ref: ArtifactRef, scope: PullScope, context: Context): Promise<Judgement> {
  const policies = withinDemands(asked, context);
  const usable = policies.filter(({ broken }) => broken === undefined);
  if (usable.length === policies.length) return judgeByUsable(policies, ref, scope, context);
  const judgement = usable.length === 0 ? { artifact: ref, findings: [] } : await judgeByUsable(usable, ref, scope, context);
  return { ...judgement, findings: [...judgement.findings, ...byBroken(policies, ref)] };
}

async function judgeByUsable(
  policies: readonly CompiledPolicy[], ref: ArtifactRef, scope: PullScope, context: Context,
): Promise<Judgement> {
  try {
    const resolution = await resolveDigest(ref, scope, context);
    const pinning = unpinned(ref, policies, resolution);
    if (!resolution.ok)
      return { artifact: ref, findings: [...pinning, ...policies.map((policy) => unresolved(policy, ref, resolution))] };
    const artifact: Artifact = { ...ref, digest: resolution.digest, resolvedFromTag: ref.digest === undefined };
    const findings = [...pinning, ...(await weighOnce(artifact, policies, scope, context))];
    if (!isToBeVouched(context.review)) return { artifact, findings };
    return { artifact: { ...artifact, vouched: vouchedFor(artifact, policies, findings, context.proven) }, findings };
  } catch (fault) {
    // Turned away: each policy says so in its own mode, as when time ends.
    if (!(fault instanceof Overload)) throw fault;
    return { artifact: ref, findings: policies.map((policy) => about(policy, ref, 'ENGINE_OVERLOADED')) };
  }
}

const STRICTEST_FIRST: readonly Mode[] = ['enforce', 'warn', 'audit'];

/**
 * Findings about policies that do not, or may not, speak about the artifact.
 *
 * Only policies of the cluster that enforce or warn make an artifact a matched one ({@link makesMatched}); what the
 * others say is judged all the same, and `unmatched` holds besides. As long as the selector of one that would is open,
 * nobody knows whether anything matches, and the stricter of the policy's mode and `unmatched` holds.
 */
function notSelected(ref: ArtifactRef, { applies, unknown }: Selection, set: PolicySet, context: Context): Finding[] {
  const open = unknown.map((policy) => ({ ...about(policy, ref, 'SELECT_LABELS_UNKNOWN'), ...selecting(policy), ...placeless(context) }));
  if (applies.some(makesMatched)) return open;
  if (!unknown.some(makesMatched)) return [...unmatched(ref, set, context), ...open];
  const least = UNMATCHED_MODE[context.ports.unmatched];
  return open.map((finding) => ({
    ...finding,
    mode: STRICTEST_FIRST.find((mode) => mode === finding.mode || mode === least) ?? 'enforce',
  }));
}

/** What the policy would look at. */
function selecting({ namespaces }: CompiledPolicy): Pick<Finding, 'expected'> {
  return namespaces === undefined ? {} : { expected: [`labels of the namespace, which the policy selects by ${namespaces.source}`] };
}

/** Whoever asks the gate in no namespace has no labels however often it asks. */
function placeless({ review: { surface, namespace } }: Context): Pick<Finding, 'cause' | 'fix'> {
  if (surface !== 'gate' || namespace !== '') return {};
  return {
    cause: 'the caller stands for no namespace, and this policy selects namespaces',
    fix: 'say as which namespace this caller is judged (`namespace` in `gate.callers`, `gate.provider.namespace`), or take `namespaces` out of the policy',
  };
}

/** Policies that want a digest are violated by a tag, whether or not it can be resolved. */
function unpinned(ref: ArtifactRef, policies: readonly CompiledPolicy[], resolution: Resolution): Finding[] {
  if (ref.digest !== undefined) return [];
  const pinned = resolution.ok ? { digest: resolution.digest, fix: `pin the image: ${ref.name}@${resolution.digest}` } : {};
  return policies
    .filter((policy) => policy.requireDigest)
    .map((policy) => ({ ...about(policy, ref, 'POLICY_DIGEST_REQUIRED'), ...pinned }));
}

/** One image in several containers is resolved and weighed once; only the paths of the findings differ. */
async function weighOnce(artifact: Artifact, policies: readonly CompiledPolicy[], scope: PullScope, context: Context): Promise<Finding[]> {
  // One text may be a file's name and an image's: their policies are others.
  const key = `${artifact.kind}\n${artifact.usage}\n${artifact.raw}\n${artifact.digest}\n${artifact.presented?.digest ?? ''}`;
  let weighing = context.judged.get(key);
  if (weighing === undefined) {
    weighing = untilSettled(context.leads, () => weigh(artifact, policies, { node: ROOT, scope, context }), allHold);
    context.judged.set(key, weighing);
  }
  return (await weighing).map((finding) => (finding.path === artifact.path ? finding : { ...finding, path: artifact.path }));
}

async function resolveDigest(ref: ArtifactRef, scope: PullScope, context: Context): Promise<Resolution> {
  if (ref.digest !== undefined) return { ok: true, digest: ref.digest };
  const key = `${ref.kind} ${ref.raw}`;
  const resolving = (context.resolutions.get(key) ?? context.ports.resolver.resolve(ref, scope, context.deadline.work));
  context.resolutions.set(key, resolving);
  return (await context.deadline.race(resolving)) ?? { ok: false, problem: { code: 'ENGINE_DEADLINE', source: `resolving ${ref.raw}` } };
}

function unmatched(ref: ArtifactRef, set: PolicySet, context: Context): Finding[] {
  const mode = UNMATCHED_MODE[context.ports.unmatched];
  const finding: Finding = { ...plain(ref, 'SELECT_NO_POLICY'), mode, found: [ref.name] };
  const cause = nearMisses(ref, set, context.review.namespace);
  if (cause !== undefined)
    return [{ ...finding, cause, fix: 'ask its owner to extend that policy to this artifact, use and namespace, or to add one of the cluster that warns or enforces' }];
  const nearest = nearestPatterns(ref, set, context.review.namespace);
  const near = nearest.length === 0 ? '' : `, nearest ${nearest.join(', ')}`;
  return [{ ...finding, expected: [`a name that a policy's pattern matches${near}`] }];
}

function unresolved(policy: CompiledPolicy, ref: ArtifactRef, resolution: Resolution & { ok: false }): Finding {
  return { ...about(policy, ref, resolution.problem.code), ...wordsOf(resolution.problem) };
}

function about(policy: CompiledPolicy, ref: ArtifactRef, code: Finding['code']): Finding {
  return { ...plain(ref, code), policy: policyName(policy), mode: policy.mode };
}

function undigested(ref: ArtifactRef): Finding {
  return { ...plain(ref, 'INPUT_DIGEST_MISSING'), expected: ['a digest beside the name'], found: ['none'] };
}

function plain(ref: ArtifactRef, code: Finding['code']): Finding {
  return { verdict: reason(code).verdict, code, path: ref.path, artifact: ref.raw, mode: 'enforce' };
}
