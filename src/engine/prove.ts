import type { Artifact } from '../domain/artifact.ts';
import type { EvidenceProblem, TrustMaterial, UnverifiedEvidence, VerifiedEvidence } from '../domain/evidence.ts';
import type { LayersFact } from '../domain/examined-requirement.ts';
import type { Finding } from '../domain/finding.ts';
import type { LayoutProof } from '../domain/layout-requirement.ts';
import type { CompiledPolicy } from '../domain/policy.ts';
import type { EvidenceLookup } from '../domain/ports.ts';
import type { Requirement } from '../domain/requirement.ts';
import type { PullScope } from '../domain/review.ts';
import { evaluate } from '../evaluate/index.ts';
import { mergeTrust } from '../select/select.ts';
import type { Context } from './context.ts';
import { linksOf } from './layouts.ts';
import { createExaminations, requestFacts } from './examinations.ts';
import type { Examinations } from './examinations.ts';

/** One artifact to be proven for some policies, within one request. */
interface Task {
  readonly artifact: Artifact;
  readonly policies: readonly CompiledPolicy[];
  readonly trust: TrustMaterial;
  readonly scope: PullScope;
  readonly context: Context;
  readonly examinations: Examinations;
  /** Layers of the image that is to run; read only when a policy asks about them. */
  readonly layers?: LayersFact | undefined;
  /** Set when `artifact` is an index that is to speak for this platform image. */
  readonly covered?: string;
}

/** What has been proven so far, from whatever places. */
interface Gathered {
  readonly proofs: VerifiedEvidence[];
  readonly problems: EvidenceProblem[];
  /** Evidence that may be links of a layout; proven together, because a layout is judged by all of its links. */
  readonly links: UnverifiedEvidence[];
  /** Absent until layouts were looked at, and when no policy carries one. */
  layouts?: readonly LayoutProof[] | undefined;
}

/** What one walk over the evidence brought. */
interface Walk {
  readonly findings: readonly Finding[];
  readonly gathered: Gathered;
  /** True when part of it was known before this request asked. */
  readonly remembered: boolean;
}

/**
 * Judges an artifact by its evidence. Evidence that is remembered may admit; a refusal is only given on
 * evidence looked up now, after the index that lists the artifact was considered, and says so when the artifact
 * itself is not in order.
 */
export async function prove(
  artifact: Artifact, policies: readonly CompiledPolicy[], scope: PullScope, context: Context,
): Promise<readonly Finding[]> {
  const { deadline, ports } = context;
  const asked = needsLayers(policies) ? await deadline.race(ports.source.layers?.(artifact, scope, deadline.signal)) : undefined;
  const task: Task = { artifact, policies, trust: mergeTrust(policies), scope, context, examinations: createExaminations(ports.examiner, deadline), layers: asked };
  const first = await walk(task, false);
  if (allHold(first.findings)) return first.findings;
  const walked = first.remembered ? await walk(task, true) : first;
  if (allHold(walked.findings)) return walked.findings;
  const covered = await throughIndex(task, walked.findings);
  if (allHold(covered)) return covered;
  const { gathered } = walked;
  const explained = await judgeAll(task, { ...gathered, problems: [...gathered.problems, ...(await diagnose(task))] });
  return covered.map((finding, index) => (finding.verdict === 'satisfied' ? finding : (explained[index] ?? finding)));
}

/**
 * Looks at the places where evidence may be, one after the other, until every requirement holds. Stopping early
 * is sound because further evidence never turns an admission into a denial.
 */
async function walk(task: Task, fresh: boolean): Promise<Walk> {
  const { context } = task;
  const gathered: Gathered = { proofs: [], problems: [], links: [] };
  const lookup = await context.deadline.race(context.ports.source.open(task.artifact, task.scope, { fresh }));
  const remembered = lookup !== undefined && lookup.batches.length > 0;
  let findings: readonly Finding[] = [];
  for (let place = 0; ; place += 1) {
    const more = lookup === undefined ? 'late' : await takeBatch(task, lookup, place, gathered);
    if (more === 'late') gathered.problems.push({ code: 'ENGINE_DEADLINE', source: `evidence of ${task.artifact.raw}` });
    if (more !== 'end' || place === 0) findings = await judgeAll(task, gathered);
    if (more !== 'more' || allHold(findings)) return { findings, gathered, remembered };
  }
}

/** Takes the next place's evidence and verifies it into what is gathered. */
async function takeBatch(task: Task, lookup: EvidenceLookup, place: number, gathered: Gathered): Promise<'more' | 'end' | 'late'> {
  const { deadline, ports } = task.context;
  const known = lookup.batches[place];
  const batch = known ?? (await deadline.race(lookup.next(deadline.signal)));
  if (batch === undefined) return deadline.over ? 'late' : 'end';
  gathered.problems.push(...batch.problems);
  gathered.links.push(...batch.evidence);
  const together = linksOf(gathered.links, task.trust);
  const evidence = together === undefined || (batch.evidence.length === 0 && gathered.layouts !== undefined) ? batch.evidence : [...batch.evidence, together];
  if (evidence.length === 0) return 'more';
  const job = { artifact: task.artifact, evidence, trust: task.trust, now: ports.clock.now() };
  const outcomes = ports.verifier.known(job) ?? (await deadline.race(ports.verifier.verify(job, deadline.signal)));
  if (outcomes === undefined) return 'late';
  for (const outcome of outcomes) {
    gathered.proofs.push(...outcome.verified);
    gathered.problems.push(...outcome.problems);
    gathered.layouts = outcome.layouts ?? gathered.layouts;
  }
  return 'more';
}

/** Rounds of questions about statements: a condition that looks at other requirements is asked after these. */
const MOST_ROUNDS = 8;

/** Judges everything, and again as long as answers about statements were missing and have come. */
async function judgeAll(task: Task, gathered: Gathered): Promise<Finding[]> {
  let findings = judgeOnce(task, gathered);
  for (let round = 0; task.examinations.open && round < MOST_ROUNDS; round += 1) {
    await task.examinations.answer();
    findings = judgeOnce(task, gathered);
  }
  return findings;
}

/** Findings of all requirements of all policies, always in the same order. */
function judgeOnce(task: Task, { proofs, problems, layouts: proven }: Gathered): Finding[] {
  const { artifact, context, covered, layers, examinations } = task;
  const common = {
    artifact, now: context.ports.clock.now(), proofs, problems, examine: examinations.ask, request: requestFacts(context.review),
    ...(covered === undefined ? {} : { covered }), ...(layers === undefined ? {} : { layers }), ...(proven === undefined ? {} : { layouts: proven }),
  };
  return task.policies.flatMap((policy) => policy.requirements.map((requirement) => evaluate(requirement, { ...common, policy })));
}

function needsLayers(policies: readonly CompiledPolicy[]): boolean {
  return policies.some(({ requirements }) => requirements.some(asksForLayers));
}

function asksForLayers(requirement: Requirement): boolean {
  return requirement.kind === 'encryption' || (requirement.kind === 'anyOf' && requirement.of.some(asksForLayers));
}

/**
 * Lets evidence of an index speak for its platform child, where a policy allows it and the reference names the
 * index by its tag. The child's digest must be listed in that index, which the source checks on hashed bytes.
 */
async function throughIndex(task: Task, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const { artifact, scope, context } = task;
  const policies = task.policies.filter((policy) => policy.indexCoversChildren);
  if (policies.length === 0 || artifact.tag === undefined || artifact.resolvedFromTag) return findings;
  const { source } = context.ports;
  const index = await context.deadline.race(source.parentIndex(artifact, scope, context.deadline.signal));
  if (index === undefined) return findings;
  const parent = await walk({ ...task, policies, artifact: { ...artifact, digest: index }, covered: artifact.digest }, true);
  const holding = parent.findings.filter((finding) => finding.verdict === 'satisfied');
  return findings.map((finding) => {
    if (finding.verdict === 'satisfied') return finding;
    const proven = holding.find((other) => other.policy === finding.policy && other.requirement === finding.requirement);
    return proven ? { ...proven, digest: artifact.digest, cause: `proven for the index ${index}, which lists this digest` } : finding;
  });
}

async function diagnose(task: Task): Promise<readonly EvidenceProblem[]> {
  const { artifact, scope, context } = task;
  if (artifact.kind !== 'image' || context.deadline.over) return [];
  const { source } = context.ports;
  return (await context.deadline.race(source.diagnose(artifact, scope, context.deadline.signal))) ?? [];
}

function allHold(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.verdict === 'satisfied');
}
