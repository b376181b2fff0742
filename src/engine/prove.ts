import type { Artifact } from '../domain/artifact.ts';
import type { EvidenceProblem, TrustMaterial, VerifiedEvidence } from '../domain/evidence.ts';
import type { Finding } from '../domain/finding.ts';
import type { CompiledPolicy } from '../domain/policy.ts';
import type { EvidenceLookup } from '../domain/ports.ts';
import type { PullScope } from '../domain/review.ts';
import { evaluate } from '../evaluate/index.ts';
import { mergeTrust } from '../select/select.ts';
import type { Context } from './context.ts';

/** One artifact to be proven for some policies, within one request. */
interface Task {
  readonly artifact: Artifact;
  readonly policies: readonly CompiledPolicy[];
  readonly trust: TrustMaterial;
  readonly scope: PullScope;
  readonly context: Context;
  /** Set when `artifact` is an index that is to speak for this platform image. */
  readonly covered?: string;
}

/** What one walk over the evidence brought. */
interface Walk {
  readonly findings: readonly Finding[];
  readonly proofs: readonly VerifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
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
  const task: Task = { artifact, policies, trust: mergeTrust(policies), scope, context };
  const first = await walk(task, false);
  if (allHold(first.findings)) return first.findings;
  const walked = first.remembered ? await walk(task, true) : first;
  if (allHold(walked.findings)) return walked.findings;
  const covered = await throughIndex(task, walked.findings);
  if (allHold(covered)) return covered;
  const explained = judgeAll(task, walked.proofs, [...walked.problems, ...(await diagnose(task))]);
  return covered.map((finding, index) => (finding.verdict === 'satisfied' ? finding : (explained[index] ?? finding)));
}

/**
 * Looks at the places where evidence may be, one after the other, until every requirement holds. Stopping early
 * is sound because further evidence never turns an admission into a denial.
 */
async function walk(task: Task, fresh: boolean): Promise<Walk> {
  const { context } = task;
  const proofs: VerifiedEvidence[] = [];
  const problems: EvidenceProblem[] = [];
  const lookup = await context.deadline.race(context.ports.source.open(task.artifact, task.scope, { fresh }));
  const remembered = lookup !== undefined && lookup.batches.length > 0;
  let findings: readonly Finding[] = [];
  for (let place = 0; ; place += 1) {
    const more = lookup === undefined ? 'late' : await takeBatch(task, lookup, place, proofs, problems);
    if (more === 'late') problems.push({ code: 'ENGINE_DEADLINE', source: `evidence of ${task.artifact.raw}` });
    if (more !== 'end' || place === 0) findings = judgeAll(task, proofs, problems);
    if (more !== 'more' || allHold(findings)) return { findings, proofs, problems, remembered };
  }
}

/** Takes the next place's evidence and verifies it into `proofs` and `problems`. */
async function takeBatch(
  task: Task, lookup: EvidenceLookup, place: number, proofs: VerifiedEvidence[], problems: EvidenceProblem[],
): Promise<'more' | 'end' | 'late'> {
  const { deadline, ports } = task.context;
  const known = lookup.batches[place];
  const batch = known ?? (await deadline.race(lookup.next(deadline.signal)));
  if (batch === undefined) return deadline.over ? 'late' : 'end';
  problems.push(...batch.problems);
  if (batch.evidence.length === 0) return 'more';
  const job = { artifact: task.artifact, evidence: batch.evidence, trust: task.trust, now: ports.clock.now() };
  const outcomes = ports.verifier.known(job) ?? (await deadline.race(ports.verifier.verify(job, deadline.signal)));
  if (outcomes === undefined) return 'late';
  for (const outcome of outcomes) {
    proofs.push(...outcome.verified);
    problems.push(...outcome.problems);
  }
  return 'more';
}

/** Findings of all requirements of all policies, always in the same order. */
function judgeAll(task: Task, proofs: readonly VerifiedEvidence[], problems: readonly EvidenceProblem[]): Finding[] {
  const now = task.context.ports.clock.now();
  return task.policies.flatMap((policy) =>
    policy.requirements.map((requirement) => evaluate(requirement, { artifact: task.artifact, policy, now, proofs, problems, ...(task.covered === undefined ? {} : { covered: task.covered }) })));
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
