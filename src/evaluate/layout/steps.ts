import type { Layout, LayoutStep, ProvenChain, ProvenLink, ProvenStep } from '../../domain/layout.ts';
import type { Validity } from '../../domain/requirement.ts';
import type { LayoutProblem, StepSummary } from './result.ts';
import { few } from './result.ts';
import type { Recorded } from './rules.ts';
import { applyRules } from './rules.ts';
import type { RuleFailure } from './rules.ts';

/** What a chain comes to: what went in at its first step and out at its last, or what is wrong. */
export interface ChainOutcome {
  readonly problems: readonly LayoutProblem[];
  readonly warnings: readonly string[];
  readonly steps: readonly StepSummary[];
  /** Per step, what its functionaries agree on; complete only when there are no problems. */
  readonly recorded: ReadonlyMap<string, Recorded>;
}

/** Judges a sublayout; given so that this file need not know how a whole chain is judged. */
export type JudgeSublayout = (chain: ProvenChain, place: string) => ChainOutcome & { readonly summary: Recorded };

/** A layout with what was proven for it. */
export interface StepsQuestion {
  readonly layout: Layout;
  readonly proven: ReadonlyMap<string, ProvenStep>;
  readonly now: number;
  /** Written before step names in messages: empty, or `build/` inside the sublayout for step build. */
  readonly place: string;
}

/**
 * Judges the steps of a layout: thresholds of distinct functionaries, their agreement, then all artifact rules
 * (in-toto specification v1.0, 5.2; order of the reference's `in_toto_verify`).
 *
 * Stricter than the reference: whoever counts must agree with all others who count, also when the threshold is one.
 */
export function judgeSteps(question: StepsQuestion, judgeSublayout: JudgeSublayout): ChainOutcome {
  const outcomes = question.layout.steps.map((step) => judgeStep(step, question, judgeSublayout));
  const recorded = new Map(outcomes.flatMap(({ recorded: own, step }) => (own === undefined ? [] : [[step.name, own] as const])));
  const problems = outcomes.flatMap((outcome) => outcome.problems);
  const failures = problems.length > 0 ? [] : question.layout.steps.flatMap((step) => ruleProblems(step, recorded, question.place));
  return {
    problems: [...problems, ...failures],
    warnings: outcomes.flatMap((outcome) => outcome.warnings),
    steps: outcomes.flatMap((outcome) => outcome.summaries),
    recorded,
  };
}

/** Both rule lists of a step or inspection, against what `recorded` has under its name. */
export function ruleProblems(item: Pick<LayoutStep, 'name' | 'expectedMaterials' | 'expectedProducts'>, recorded: ReadonlyMap<string, Recorded>, place: string): readonly LayoutProblem[] {
  const own = recorded.get(item.name);
  if (own === undefined) return [];
  return (['materials', 'products'] as const).flatMap((subject) => {
    const rules = subject === 'materials' ? item.expectedMaterials : item.expectedProducts;
    const failure = applyRules({ subject, rules, own, others: recorded });
    return failure === undefined ? [] : [ruleProblem(failure, subject, `${place}${item.name}`)];
  });
}

function ruleProblem(failure: RuleFailure, subject: 'materials' | 'products', step: string): LayoutProblem {
  const required = failure.rule.startsWith('REQUIRE ');
  return {
    kind: 'rule', step, subject, rule: failure.rule, artifact: few(failure.artifacts),
    expected: required ? `${few(failure.artifacts)} among the ${subject} not yet matched by a rule` : `no ${subject} left that match`,
    found: required ? few(failure.queue) : few(failure.artifacts),
    trace: failure.trace,
  };
}

interface StepOutcome {
  readonly step: LayoutStep;
  readonly problems: readonly LayoutProblem[];
  readonly warnings: readonly string[];
  readonly summaries: readonly StepSummary[];
  readonly recorded?: Recorded;
}

/** A link that counts, or a sublayout that was judged and stands for one. */
interface Counted {
  readonly proven: ProvenLink;
  readonly recorded: Recorded;
  readonly command?: readonly string[];
}

function judgeStep(step: LayoutStep, { proven, now, place }: StepsQuestion, judgeSublayout: JudgeSublayout): StepOutcome {
  const name = `${place}${step.name}`;
  const { links = [], notes = [] } = proven.get(step.name) ?? {};
  const current = links.filter(({ validity }) => isCurrent(validity, now));
  const stale = links.filter((link) => !current.includes(link)).map((link) => `${link.source}: ${link.signer} is not valid now`);
  const trace = [...notes.map(({ source, text }) => `${source}: ${text}`), ...stale];
  const distinct = new Set(current.map(({ functionary }) => functionary)).size;
  const failed = (problems: readonly LayoutProblem[]): StepOutcome => ({ step, problems, warnings: [], summaries: [] });
  if (distinct < step.threshold) return failed([tooFew({ name, threshold: step.threshold, distinct }, current, trace)]);
  const judged = current.map((link) => count(link, name, judgeSublayout));
  const problems = judged.flatMap((one) => one.problems);
  if (problems.length > 0) return failed(problems);
  const counted = judged.flatMap((one) => one.counted ?? []);
  const [first] = counted;
  const dissenter = counted.find((one) => first !== undefined && !agree(first.recorded, one.recorded));
  if (first === undefined || dissenter !== undefined) return failed([disagreement(name, first, dissenter)]);
  const warnings = counted.flatMap((one) => commandWarning(step, name, one));
  return { step, problems: [], warnings, summaries: [summary(name, counted), ...judged.flatMap((one) => one.inner)], recorded: first.recorded };
}

function isCurrent({ notBefore, notAfter }: Validity, now: number): boolean {
  return (notBefore === undefined || notBefore <= now) && (notAfter === undefined || now <= notAfter);
}

function tooFew({ name, threshold, distinct }: { readonly name: string; readonly threshold: number; readonly distinct: number }, links: readonly ProvenLink[], trace: readonly string[]): LayoutProblem {
  return {
    kind: links.length === 0 ? 'link-missing' : 'threshold', step: name,
    expected: `links by ${threshold} distinct functionaries`,
    found: links.length === 0 ? 'none' : `${distinct}: ${few([...new Set(links.map(({ signer }) => signer))])}`,
    trace,
  };
}

function count(link: ProvenLink, name: string, judgeSublayout: JudgeSublayout): { readonly counted?: Counted; readonly problems: readonly LayoutProblem[]; readonly inner: readonly StepSummary[] } {
  if (link.content.kind === 'link') {
    const { materials, products, command } = link.content.link;
    return { counted: { proven: link, recorded: { materials, products }, command }, problems: [], inner: [] };
  }
  const { problems, steps, summary: recorded } = judgeSublayout(link.content.chain, `${name}/`);
  return { counted: { proven: link, recorded }, problems, inner: steps };
}

function agree(a: Recorded, b: Recorded): boolean {
  return sameArtifacts(a.materials, b.materials) && sameArtifacts(a.products, b.products);
}

function sameArtifacts(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [path, digests] of a) if (b.get(path) !== digests) return false;
  return true;
}

function disagreement(name: string, first: Counted | undefined, other: Counted | undefined): LayoutProblem {
  const artifact = first === undefined || other === undefined ? undefined : firstDifference(first.recorded, other.recorded);
  return {
    kind: 'disagreement', step: name, ...(artifact === undefined ? {} : { artifact }),
    expected: 'the same materials and products from every functionary',
    found: `${first?.proven.signer ?? 'nobody'} (${first?.proven.source ?? ''}) and ${other?.proven.signer ?? 'nobody'} (${other?.proven.source ?? ''}) differ`,
  };
}

function firstDifference(a: Recorded, b: Recorded): string | undefined {
  for (const subject of ['materials', 'products'] as const) {
    const path = [...a[subject].keys(), ...b[subject].keys()].sort().find((one) => a[subject].get(one) !== b[subject].get(one));
    if (path !== undefined) return path;
  }
  return undefined;
}

/** Commands are only compared for a warning (in-toto specification v1.0, 4.3.1): a functionary who lies about the rest lies here as well. */
function commandWarning(step: LayoutStep, name: string, { proven, command }: Counted): readonly string[] {
  if (command === undefined || step.expectedCommand.length === 0) return [];
  const same = command.length === step.expectedCommand.length && command.every((word, index) => word === step.expectedCommand[index]);
  return same ? [] : [`step ${name}: expected command ${few(step.expectedCommand, 20)}, found ${few(command, 20)} (${proven.source})`];
}

function summary(name: string, counted: readonly Counted[]): StepSummary {
  const [first] = counted;
  return {
    step: name,
    signers: [...new Set(counted.map(({ proven }) => proven.signer))],
    sources: counted.map(({ proven }) => proven.source),
    materials: first?.recorded.materials.size ?? 0,
    products: first?.recorded.products.size ?? 0,
  };
}
