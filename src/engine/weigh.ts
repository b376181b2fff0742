/** Whether an artifact's evidence suffices: memory may admit, and only a fresh look may refuse. */
import type { Artifact } from '../domain/artifact/artifact.ts';
import type { EvidenceProblem } from '../domain/evidence.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { IndexFact } from '../domain/artifact/package-index.ts';
import type { LayersFact } from '../domain/policy/examined-requirement.ts';
import type { CompiledPolicy } from '../domain/policy/policy.ts';
import { singlesOf } from '../domain/policy/requirement.ts';
import { indexQuestion, policyName, REQUIREMENT_TRAITS } from '../evaluate/index.ts';
import { mergeTrust } from '../select/select.ts';
import type { Context } from './context.ts';
import { createExaminations } from './examinations.ts';
import { createLeadInquiries } from './leads/inquiries.ts';
import type { Trail } from './leads/lead.ts';
import { createOwnSummaries } from './leads/own-summaries.ts';
import { judgeEachPlatform } from './platforms/each.ts';
import type { Weigh } from './platforms/each.ts';
import { allHold, judgeInRounds } from './rounds.ts';
import type { Task } from './task.ts';
import { hintAtIndex, throughIndex } from './through-index.ts';
import { walk } from './walk.ts';

/**
 * Weighs the evidence of an artifact by its policies. Evidence that is remembered may admit; a refusal is only given on
 * evidence looked up now, after the index that lists the artifact was considered, and says so when the artifact
 * itself is not in order. The node of the trail says for what the artifact is judged, when it is a lead.
 */
export async function weigh(artifact: Artifact, policies: readonly CompiledPolicy[], trail: Trail<Context>): Promise<readonly Finding[]> {
  if (!policies.some(({ everyPlatform }) => everyPlatform === true)) return weighOne(artifact, policies, trail);
  const one: Weigh = (asked, by, covers) => weighOne(asked, by, trail, covers);
  const own = policies.filter(({ everyPlatform }) => everyPlatform !== true);
  const each = policies.filter(({ everyPlatform }) => everyPlatform === true);
  const [ofItself, ofPlatforms] = await Promise.all([
    own.length === 0 ? [] : one(artifact, own), judgeEachPlatform(artifact, each, trail, one),
  ]);
  // In the order of the policies, whichever way they were judged.
  const of = (policy: CompiledPolicy): readonly Finding[] => (policy.everyPlatform === true ? ofPlatforms : ofItself);
  return policies.flatMap((policy) => of(policy).filter((finding) => isAbout(finding, policy)));
}

function isAbout(finding: Finding, policy: CompiledPolicy): boolean {
  return finding.policy === policyName(policy);
}

/** Weighs the evidence of this digest; `covers` is the index that it is judged for. */
async function weighOne(
  artifact: Artifact, policies: readonly CompiledPolicy[], trail: Trail<Context>, covers?: string,
): Promise<readonly Finding[]> {
  const [reading, asking] = [layersOf(artifact, policies, trail), indexOf(artifact, policies, trail)];
  const layers = reading instanceof Promise ? await reading : reading;
  const task = createTask(artifact, policies, trail, {
    layers, index: asking instanceof Promise ? await asking : asking, ...(covers === undefined ? {} : { covered: covers }),
  });
  const first = await walk(task, false);
  if (allHold(first.findings)) return first.findings;
  const walked = first.remembered ? await walk(task, true) : first;
  if (allHold(walked.findings)) return walked.findings;
  const covered = await throughIndex(task, walked.findings);
  if (allHold(covered)) return covered;
  const { gathered } = walked;
  const explained = await judgeInRounds(task, { ...gathered, problems: [...gathered.problems, ...(await diagnose(task))] });
  return hintAtIndex(task, covered.map((finding, index) => {
    if (finding.verdict === 'satisfied') return finding;
    const told = explained[index] ?? finding;
    return finding.final === true ? { ...told, final: true } : told;
  }));
}

/** Opens the task. Without a promise: a decision from memory waits for nothing. */
function createTask(
  artifact: Artifact, policies: readonly CompiledPolicy[], trail: Trail<Context>, facts: Pick<Task, 'layers' | 'index' | 'covered'>,
): Task {
  const { scope, context } = trail;
  return {
    artifact, policies, scope, context, ...facts,
    trust: mergeTrust(policies),
    examinations: createExaminations(context.ports.examiner, context.deadline),
    leads: createLeadInquiries(trail),
    summaries: createOwnSummaries(context),
  };
}

/** Reads the layers of the image that is to run; `undefined` when no policy asks about them, or when time ended first. */
function layersOf(
  artifact: Artifact,
  policies: readonly CompiledPolicy[],
  { scope, context: { deadline, ports } }: Trail<Context>,
): Promise<LayersFact | undefined> | LayersFact | undefined {
  if (!policies.some(needsLayers)) return undefined;
  return deadline.race(ports.source.layers?.(artifact, scope, deadline.work));
}

/** What the index says of the package; `undefined` when no policy asks, or nobody here asks any. Known at once where it is remembered. */
function indexOf(
  artifact: Artifact, policies: readonly CompiledPolicy[], { context: { deadline, ports } }: Trail<Context>,
): Promise<IndexFact> | IndexFact | undefined {
  const { source } = ports;
  if (artifact.kind !== 'package' || source.index === undefined) return undefined;
  const questions = policies.flatMap(({ requirements }) => requirements.flatMap(singlesOf))
    .map(indexQuestion).filter((one) => one !== undefined);
  if (questions.length === 0) return undefined;
  const question = { history: questions.some(({ history }) => history) };
  const known = source.knownIndex?.(artifact, question);
  if (known !== undefined) return known;
  const asked = deadline.race(source.index(artifact, question, deadline.work));
  return asked instanceof Promise ? asked.then((fact) => fact ?? lateIndex(artifact)) : asked;
}

function lateIndex({ name }: Artifact): IndexFact {
  return { ok: false, problem: { code: 'ENGINE_DEADLINE', source: name, cause: 'the index of packages has not answered' } };
}

function needsLayers({ requirements }: CompiledPolicy): boolean {
  return requirements.some((requirement) => singlesOf(requirement).some(({ kind }) => REQUIREMENT_TRAITS[kind].layers));
}

/** What is wrong with the artifact itself, beside its evidence; only images have a manifest to look at. */
async function diagnose(task: Task): Promise<readonly EvidenceProblem[]> {
  const { artifact, scope, context } = task;
  if (artifact.kind !== 'image' || context.deadline.over) return [];
  const { source } = context.ports;
  return (await context.deadline.race(source.diagnose(artifact, scope, context.deadline.work))) ?? [];
}
