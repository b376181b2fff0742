/** The end of the road, where findings become one decision and the modes of policies have their only say. */
import { requestOf } from '../domain/decision/decision.ts';
import type { Decision, JudgedArtifact } from '../domain/decision/decision.ts';
import { isAskedOnce, withRetry } from '../domain/decision/retry.ts';
import { DEFAULT_BUILD_SETTINGS } from '../domain/build/settings.ts';
import type { Finding, Verdict } from '../domain/decision/finding.ts';
import type { Extraction } from '../domain/decision/review.ts';
import { labelFinding, standingOf } from '../domain/decision/verified.ts';
import type { LabelClaim } from '../domain/decision/verified.ts';
import { comparePath } from '../text/path.ts';
import type { Context, Judgement } from './context.ts';
import { exceptionText } from '../domain/decision/exception.ts';
import { withExceptions } from './answer/exceptions.ts';
import { readerOf, withRemedy } from './remedy.ts';

/**
 * Folds the findings of one request into its decision. Modes act here and nowhere else: `verdict` is what
 * strictness says, `outcome` what the policies' modes make of it; a denial that is only undetermined says when to try again.
 */
export function fold(
  context: Context, ofRequest: readonly Finding[], judged: readonly Judgement[], { label }: Pick<Extraction, 'label'> = {},
): Decision {
  const { review, ports, startedAt } = context;
  const findings: Finding[] = ofRequest.map((finding) => asConfigured(finding, ports.unmatched));
  const artifacts: JudgedArtifact[] = [];
  const notes: string[] = [];
  for (const judgement of judged) {
    const own = withExceptions(judgement.artifact, judgement.findings, context);
    for (const finding of own) findings.push(withRemedy(finding, judgement.artifact.kind, readerOf(review)));
    if (own !== judgement.findings) noteExceptions(own, notes);
    artifacts.push(withoutPresented(judgement.artifact));
    noteTag(judgement, notes);
    noteWarnings(own, notes);
  }
  const verified = label === undefined ? undefined : standingOf(ofRequest, judged, review.mutable?.pins === true);
  if (verified !== undefined && label !== undefined && review.surface !== 'mutate') findings.push(...untrue(label, verified));
  if (findings.length > 1) findings.sort(compareFindings);
  const [outcome, request] = [outcomeOf(findings), requestOf(review)];
  const decision: { -readonly [K in keyof Decision]: Decision[K] } = {
    id: ports.newId(startedAt),
    at: startedAt,
    durationMs: ports.clock.now() - startedAt,
    outcome,
    verdict: verdictOf(findings),
    findings,
    artifacts,
    notes,
    policyGeneration: context.policies?.generation ?? '',
    request,
  };
  if (context.policySources !== undefined) decision.policySources = context.policySources;
  if (verified !== undefined) decision.verified = verified;
  if (outcome !== 'deny') return decision;
  if (ports.pageOf !== undefined) decision.page = ports.pageOf(request);
  return withRetry(decision, context.budget.deadline - startedAt, () => isAskedOnce(review, ports.build ?? DEFAULT_BUILD_SETTINGS));
}

/** Each exception that acts is told once, however many findings it acts on. */
function noteExceptions(findings: readonly Finding[], notes: string[]): void {
  for (const note of new Set(findings.flatMap(({ exceptions = [] }) => exceptions.map(exceptionText)))) {
    if (!notes.includes(note)) notes.push(note);
  }
}

/** What somebody is told who is admitted by evidence of which not everything is known. */
function noteWarnings(findings: readonly Finding[], notes: string[]): void {
  for (const { verdict, mode, artifact, evidence = [] } of findings) {
    if (verdict !== 'satisfied' || mode === 'audit') continue;
    for (const { warning } of evidence) {
      const note = warning === undefined ? undefined : `${artifact}: ${warning}`;
      if (note !== undefined && !notes.includes(note)) notes.push(note);
    }
  }
}

/** What is said of a label that is not true; whoever sets or removes the label is not told, since it does so. */
function untrue(label: LabelClaim, verified: Verdict): readonly Finding[] {
  const finding = labelFinding(label, verified);
  return finding === undefined ? [] : [finding];
}

/** Decisions are kept; bytes that somebody brought along are not. */
function withoutPresented(artifact: JudgedArtifact): JudgedArtifact {
  if (artifact.presented === undefined) return artifact;
  const { presented: _bytes, ...rest } = artifact;
  return rest;
}

/** What `unmatched` makes of an artifact that no policy speaks about, as the mode of a finding. */
export const UNMATCHED_MODE = { deny: 'enforce', warn: 'warn', allow: 'audit' } as const;

/**
 * A finding that no policy asked for and that only warns says that nothing in the object was verified: its kind is not read.
 * Whoever lets artifacts in that no policy speaks about does not want to hear of it; everybody else does, and a kind that
 * is not read is denied to nobody, since the pods that come of it are judged.
 */
function asConfigured(finding: Finding, unmatched: 'deny' | 'warn' | 'allow'): Finding {
  // An image that nobody placed is one that no policy speaks about.
  if (finding.code === 'INPUT_IMAGE_UNPLACED') return { ...finding, mode: UNMATCHED_MODE[unmatched] };
  return finding.policy === undefined && finding.mode === 'warn' && unmatched === 'allow' ? { ...finding, mode: 'audit' } : finding;
}

/** A finding denies when it does not hold and its policy enforces. */
function outcomeOf(findings: readonly Finding[]): Decision['outcome'] {
  let outcome: Decision['outcome'] = 'admit';
  for (const finding of findings) {
    if (finding.verdict === 'satisfied') continue;
    if (finding.mode === 'enforce') return 'deny';
    if (finding.mode === 'warn') outcome = 'warn';
  }
  return outcome;
}

function verdictOf(findings: readonly Finding[]): Verdict {
  let verdict: Verdict = 'satisfied';
  for (const finding of findings) {
    if (finding.verdict === 'violated') return 'violated';
    if (finding.verdict === 'undetermined') verdict = 'undetermined';
  }
  return verdict;
}

/** The kubelet resolves a tag on its own, later: what was judged need not be what runs. */
function noteTag({ artifact, findings }: Judgement, notes: string[]): void {
  if (artifact.resolvedFromTag !== true || artifact.digest === undefined) return;
  if (findings.some((finding) => finding.policy !== undefined))
    notes.push(`${artifact.path}: tag of ${artifact.raw} can move after this check; pin its digest`);
}

const MODE_ORDER = { enforce: 0, warn: 1, audit: 2 } as const;
const VERDICT_ORDER = { violated: 0, undetermined: 1, satisfied: 2 } as const;

function compareFindings(a: Finding, b: Finding): number {
  return rank(a) - rank(b)
    || comparePath(a.path, b.path)
    || compareText(a.policy ?? '', b.policy ?? '')
    || comparePath(a.requirement ?? '', b.requirement ?? '')
    || compareText(a.code, b.code);
}

/** Failing enforced findings first, satisfied ones last. */
function rank(finding: Finding): number {
  return finding.verdict === 'satisfied' ? 100 : MODE_ORDER[finding.mode] * 10 + VERDICT_ORDER[finding.verdict];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
