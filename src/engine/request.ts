/** What is said of the request itself rather than of an artifact: faults of its object, and policies about pipelines. */
import type { Finding } from '../domain/decision/finding.ts';
import { keptText } from '../domain/decision/kept-text.ts';
import type { BuildImage } from '../domain/build/image.ts';
import type { Extraction } from '../domain/decision/review.ts';
import type { Matter, QuestionMatter } from '../domain/build/matter.ts';
import { DEFAULT_BUILD_SETTINGS } from '../domain/build/settings.ts';
import type { RequestPolicy } from '../domain/policy/request-policy.ts';
import { judgeRunOfCaller } from '../evaluate/request/callers/run.ts';
import { aboutRequest, evaluateRequest } from '../evaluate/request/index.ts';
import { givesSummaries } from '../evaluate/request/publishing/summary.ts';
import type { Selection } from '../select/select.ts';
import type { Context } from './context.ts';
import { createFactBook } from './facts/index.ts';
import { selectForRequest } from './select-policies.ts';

/**
 * Rounds of questions: what is asked may depend on what was answered. A publish summary takes the most: the TaskRun that asks, its
 * definition and what that refers to, the PipelineRun, its TaskRuns, their definitions, receipts, today's policies, provenance.
 */
const MOST_ROUNDS = 16;

/**
 * All findings that are about no artifact: those about the object, and what the policies about pipelines say of what the request
 * is about. While there are no policies, or labels are not known, that is undetermined. Never throws.
 */
export async function judgeRequest({ findings, matter, deferred = [] }: Extraction, context: Context): Promise<readonly Finding[]> {
  if (matter === undefined) return [...findings, ...leftOpen(deferred, context)];
  try {
    if (context.policies === undefined) return [...findings, aboutRequest({ code: 'POLICY_UNAVAILABLE' })];
    const selection = await selectForRequest(matter, context.policies, context);
    return [
      ...findings,
      ...(matter.about === 'question' ? ofTheCaller(matter, selection, context) : []),
      ...withoutSummary(matter, selection),
      ...notSpokenOf(deferred, selection, context),
      ...(await inRounds(matter, selection.applies, context)),
    ];
  } catch (fault) {
    return [...findings, context.fault(fault)];
  }
}

/** A publish summary is given by policies that say so, and by nothing else. */
function withoutSummary(matter: Matter, { applies }: Selection<RequestPolicy>): readonly Finding[] {
  if (matter.about !== 'question' || matter.question.asks !== 'publish' || applies.some(givesSummaries)) return [];
  const cause = `no PipelinePolicy that enforces and has publish.summary speaks about namespace ${matter.namespace}`;
  const fix = 'have an administrator write publish.summary in the policy of this namespace';
  return [aboutRequest({ code: 'POLICY_PUBLISH_CALLER', cause, fix })];
}

/** True when nothing has to be said of the request itself: it is about nothing that policies about pipelines speak of. */
export function isOfArtifactsAlone({ matter, deferred }: Extraction, { policies }: Context): boolean {
  // A run that is not the caller's own, or not known, is looked at whatever policies there are.
  if (matter?.about === 'question' && matter.question.run.found !== 'run' && matter.question.run.found !== 'none') return false;
  // A publish summary is refused where no policy gives any.
  if (matter?.about === 'question' && matter.question.asks === 'publish') return false;
  return deferred === undefined && (matter === undefined || (policies !== undefined && policies.forRequest(matter).length === 0));
}

/** What holds of the run of a caller without any policy; a question that leaves no receipt and concerns no policy needs no run. */
function ofTheCaller(matter: QuestionMatter, { applies, unknown }: Selection<RequestPolicy>, { review }: Context): readonly Finding[] {
  const isBound = matter.question.bindsReceipt === true && !review.dryRun;
  return judgeRunOfCaller(matter, isBound || [...applies, ...unknown].some(isHeard)).map((outcome) => aboutRequest(outcome));
}

/** How long what a jail rests on is believed while the artifacts of its pod are looked at, milliseconds. */
const LASTING_MS = 50;

/**
 * Whether what holds of a pod that is made may hold no longer, since its artifacts took so long: a network policy that went meanwhile
 * was let go because no such pod was there. Whoever names a slow registry would choose how long that is, so the cluster is asked again.
 */
export function mayHavePassed(
  findings: readonly Finding[], { matter }: Extraction, { policies, ports }: Context, began: number,
): boolean {
  if (matter?.about !== 'pod' || matter.operation !== 'CREATE' || ports.clock.now() - began < LASTING_MS) return false;
  if (findings.some(({ verdict }) => verdict !== 'satisfied')) return false;
  return policies?.forRequest(matter).some(({ requirements }) => requirements.some(({ kind }) => kind === 'jail')) === true;
}

/**
 * What is said of the images that are known later, and of policies of which it is not known whether they apply. A policy on trial (audit)
 * takes nothing away from what holds without it; and while it is open whether one that is heard speaks of them, the stricter holds.
 */
function notSpokenOf(
  deferred: readonly BuildImage[], { applies, unknown }: Selection<RequestPolicy>, context: Context,
): readonly Finding[] {
  const open = unknown.map((policy) => aboutRequest({ code: 'SELECT_LABELS_UNKNOWN' }, policy));
  if (applies.some(isHeard)) return open;
  if (!unknown.some(isHeard)) return [...leftOpen(deferred, context), ...open];
  return deferred.length === 0 || arePodsJudged(context) ? open : open.map((finding) => ({ ...finding, mode: 'enforce' }));
}

/** One that cannot be used takes nothing away from what holds without it, unless it denies. */
function isHeard({ mode, broken }: RequestPolicy): boolean {
  return broken === undefined ? mode !== 'audit' : mode === 'enforce';
}

function arePodsJudged({ ports, review }: Context): boolean {
  return !(ports.build ?? DEFAULT_BUILD_SETTINGS).ungatedNamespaces.has(review.namespace);
}

/** Images that are known later, where no policy about pipelines speaks of them: left to the pods, which must be judged then. */
function leftOpen(images: readonly BuildImage[], context: Context): readonly Finding[] {
  const mode = arePodsJudged(context) ? 'warn' : 'enforce';
  return images.map(({ path, raw, state, task }) => ({
    ...aboutRequest({ code: 'INPUT_IMAGE_DEFERRED', path, artifact: keptText(raw) }),
    mode,
    ...(task === '' ? {} : { task }),
    ...(state.state === 'deferred' ? { found: [keptText(state.expression)] } : {}),
  }));
}

/** Judges by what is known, and again as long as facts were missing and have come. */
async function inRounds(matter: Matter, policies: readonly RequestPolicy[], context: Context): Promise<readonly Finding[]> {
  if (policies.length === 0) return [];
  const facts = createFactBook(context);
  const surroundings = () => ({
    matter, settings: context.ports.build ?? DEFAULT_BUILD_SETTINGS, now: context.ports.clock.now(), ask: facts.ask,
    ...(context.ports.certificates === undefined ? {} : { certificates: context.ports.certificates }),
    onFault: (fault: unknown) => void context.fault(fault),
  });
  let findings = evaluateRequest(policies, surroundings());
  for (let round = 0; facts.open && round < MOST_ROUNDS; round += 1) {
    await facts.answer();
    findings = evaluateRequest(policies, surroundings());
  }
  return findings;
}
