import type { Artifact } from '../domain/artifact/artifact.ts';
import type { EvidenceProblem } from '../domain/evidence.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { CompiledPolicy } from '../domain/policy/policy.ts';
import type { PullScope } from '../domain/decision/review.ts';
import type { Context } from './context.ts';
import { ROOT } from './leads/dependency-book.ts';
import type { BuildNode } from './leads/dependency-book.ts';
import { hintAtIndex } from './index-hint.ts';
import { allHold, judgeInRounds } from './rounds.ts';
import { createTask, layersOf } from './task.ts';
import type { Task } from './task.ts';
import { throughIndex } from './through-index.ts';
import { walk } from './walk.ts';

/**
 * Judges an artifact by its evidence. Evidence that is remembered may admit; a refusal is only given on
 * evidence looked up now, after the index that lists the artifact was considered, and says so when the artifact
 * itself is not in order. `node` says for what it was built, when it is a dependency.
 */
export async function prove(
  artifact: Artifact, policies: readonly CompiledPolicy[], scope: PullScope, context: Context, node: BuildNode = ROOT,
): Promise<readonly Finding[]> {
  const reading = layersOf(artifact, policies, scope, context);
  const task = createTask({ artifact, policies, scope, context, node }, reading instanceof Promise ? await reading : reading);
  const first = await walk(task, false);
  if (allHold(first.findings)) return first.findings;
  const walked = first.remembered ? await walk(task, true) : first;
  if (allHold(walked.findings)) return walked.findings;
  const covered = await throughIndex(task, walked.findings);
  if (allHold(covered)) return covered;
  const { gathered } = walked;
  const explained = await judgeInRounds(task, { ...gathered, problems: [...gathered.problems, ...(await diagnose(task))] });
  return hintAtIndex(task, covered.map((finding, index) => (finding.verdict === 'satisfied' ? finding : (explained[index] ?? finding))));
}

/** What is wrong with the artifact itself, beside its evidence; only images have a manifest to look at. */
async function diagnose(task: Task): Promise<readonly EvidenceProblem[]> {
  const { artifact, scope, context } = task;
  if (artifact.kind !== 'image' || context.deadline.over) return [];
  const { source } = context.ports;
  return (await context.deadline.race(source.diagnose(artifact, scope, context.deadline.signal))) ?? [];
}
