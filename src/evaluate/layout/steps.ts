/** The steps of a signed layout hold when enough functionaries agree on artifacts for which all rules hold. */
import type { Layout, LayoutStep, ProvenChain, ProvenLink, ProvenStep } from '../../domain/policy/layout.ts';
import type { Validity } from '../../domain/policy/requirement.ts';
import { countPersons } from '../../domain/policy/same.ts';
import type { Agreement, Claim } from './agreement.ts';
import { agreements, disagreement, functionaries, signersOf } from './agreement.ts';
import { choices, judgedAfter } from './choices.ts';
import type { Tries } from './choices.ts';
import type { LayoutProblem, StepSummary } from './result.ts';
import { few } from './result.ts';
import { ruleProblems } from './rule-problems.ts';
import type { Recorded } from './rules.ts';

/** One way in which a chain holds: per step, by name, what enough functionaries agree on. */
export interface Solution {
  readonly recorded: ReadonlyMap<string, Recorded>;
  readonly steps: readonly StepSummary[];
  readonly warnings: readonly string[];
}

/** What the steps of a chain come to. */
export interface Solved {
  /** Every way in which thresholds and rules hold, found as they are asked for; none when there are none. */
  readonly solutions: Iterable<Solution>;
  /** What is wrong, by the word of most functionaries; asked for when there is no solution. */
  readonly explain: () => readonly LayoutProblem[];
}

/** What a sublayout can stand for, or why it stands for nothing; given so that this file need not know how a whole chain is judged. */
export type JudgeSublayout = (chain: ProvenChain, place: string) => {
  readonly summaries: readonly { readonly recorded: Recorded; readonly steps: readonly StepSummary[] }[];
  readonly problems: readonly LayoutProblem[];
};

/** A layout with what was proven for it. */
export interface StepsQuestion {
  readonly layout: Layout;
  readonly proven: ReadonlyMap<string, ProvenStep>;
  readonly now: number;
  /** Written before step names in messages: empty, or `build/` inside the sublayout for step build. */
  readonly place: string;
  readonly tries: Tries;
}

/**
 * Judges the steps of a layout: per step a threshold of distinct functionaries who recorded the same, and of what they
 * recorded a choice for which all artifact rules hold (in-toto specification v1.0, 5.2).
 *
 * Who says something else neither helps nor harms (ADR 0007): the reference refuses when any two links of a step with
 * a threshold differ, which whoever serves the links can undo by leaving one out.
 */
export function solveSteps(question: StepsQuestion, judgeSublayout: JudgeSublayout): Solved {
  const { layout: { steps }, place, tries } = question;
  const outcomes = steps.map((step) => judgeStep(step, question, judgeSublayout));
  const problems = outcomes.flatMap((outcome) => outcome.problems);
  if (problems.length > 0) return { solutions: [], explain: () => problems };
  const ready = judgedAfter(steps);
  const recordedBy = (chosen: readonly Agreement[]): ReadonlyMap<string, Recorded> =>
    new Map(chosen.map(({ recorded }, index) => [steps[index]?.name ?? '', recorded]));
  const rulesOf = (indices: readonly number[], chosen: readonly Agreement[]): readonly LayoutProblem[] => {
    const recorded = recordedBy(chosen);
    return indices.flatMap((index) => (steps[index] === undefined ? [] : ruleProblems(steps[index], recorded, place)));
  };
  const options = {
    candidates: outcomes.map(({ candidates }) => candidates),
    fits: (chosen: readonly Agreement[]) => rulesOf(ready[chosen.length - 1] ?? [], chosen).length === 0,
    size: ({ recorded }: Agreement) => recorded.materials.size + recorded.products.size,
  };
  const leading = options.candidates.flatMap(([first]) => first ?? []);
  return {
    solutions: solutionsOf(choices(options, tries), (chosen) => ({ recorded: recordedBy(chosen), ...told(chosen, steps, place) })),
    explain: () => rulesOf(steps.map((_, index) => index), leading),
  };
}

function* solutionsOf(ways: Iterable<readonly Agreement[]>, toSolution: (chosen: readonly Agreement[]) => Solution): Generator<Solution> {
  for (const chosen of ways) yield toSolution(chosen);
}

function told(chosen: readonly Agreement[], steps: readonly LayoutStep[], place: string): Pick<Solution, 'steps' | 'warnings'> {
  const named = chosen.flatMap((agreement, index) =>
    steps[index] === undefined ? [] : [{ step: steps[index], name: `${place}${steps[index].name}`, agreement }],
  );
  return {
    steps: named.flatMap(({ name, agreement }) => [summary(name, agreement), ...agreement.claims.flatMap(({ inner }) => inner)]),
    warnings: named.flatMap(({ step, name, agreement }) => agreement.claims.flatMap((claim) => commandWarning(step, name, claim))),
  };
}

interface StepOutcome {
  readonly candidates: readonly Agreement[];
  /** Not empty exactly when there is no candidate. */
  readonly problems: readonly LayoutProblem[];
}

function judgeStep(step: LayoutStep, { proven, now, place }: StepsQuestion, judgeSublayout: JudgeSublayout): StepOutcome {
  const name = `${place}${step.name}`;
  const { links = [], notes = [] } = proven.get(step.name) ?? {};
  const current = links.filter(({ validity }) => isCurrent(validity, now));
  const stale = links.filter((link) => !current.includes(link)).map((link) => `${link.source}: ${link.signer} is not valid now`);
  const distinct = countPersons(current.map(({ functionary }) => functionary.person));
  if (distinct < step.threshold) {
    return {
      candidates: [],
      problems: [
        tooFew({ name, threshold: step.threshold, distinct }, current, [
          ...notes.map(({ source, text }) => `${source}: ${text}`),
          ...stale,
        ]),
      ],
    };
  }
  const heard = current.map((link) => hear(link, name, judgeSublayout));
  const groups = agreements(heard.flatMap(({ claims }) => claims));
  const candidates = groups.filter((group) => functionaries(group) >= step.threshold);
  if (candidates.length > 0) return { candidates, problems: [] };
  const inside = heard.flatMap(({ problems }) => problems);
  return { candidates, problems: inside.length > 0 ? inside : [disagreement(name, step.threshold, groups)] };
}

function isCurrent({ notBefore, notAfter }: Validity, now: number): boolean {
  return (notBefore === undefined || notBefore <= now) && (notAfter === undefined || now <= notAfter);
}

function tooFew(
  { name, threshold, distinct }: { readonly name: string; readonly threshold: number; readonly distinct: number },
  links: readonly ProvenLink[],
  trace: readonly string[],
): LayoutProblem {
  return {
    kind: links.length === 0 ? 'link-missing' : 'threshold', step: name,
    expected: `links by ${threshold} distinct functionaries`,
    found: links.length === 0 ? 'none' : `${distinct}: ${few([...new Set(links.map(({ signer }) => signer))])}`,
    trace,
  };
}

/** What one piece of metadata says of the step: one thing, or as many as there are ways in which its sublayout holds. */
function hear(
  proven: ProvenLink,
  name: string,
  judgeSublayout: JudgeSublayout,
): { readonly claims: readonly Claim[]; readonly problems: readonly LayoutProblem[] } {
  if (proven.content.kind === 'link') {
    const { materials, products, command } = proven.content.link;
    return { claims: [{ proven, recorded: { materials, products }, command, inner: [] }], problems: [] };
  }
  const { summaries, problems } = judgeSublayout(proven.content.chain, `${name}/`);
  return { claims: summaries.map(({ recorded, steps }) => ({ proven, recorded, inner: steps })), problems };
}

/**
 * Commands are only compared for a warning (in-toto specification v1.0, 4.3.1): a functionary who lies about the rest lies here as
 * well.
 */
function commandWarning(step: LayoutStep, name: string, { proven, command }: Claim): readonly string[] {
  if (command === undefined || step.expectedCommand.length === 0) return [];
  const same = command.length === step.expectedCommand.length && command.every((word, index) => word === step.expectedCommand[index]);
  return same ? [] : [`step ${name}: expected command ${few(step.expectedCommand, 20)}, found ${few(command, 20)} (${proven.source})`];
}

function summary(name: string, { recorded, claims, dissent }: Agreement): StepSummary {
  return {
    step: name,
    signers: signersOf(claims),
    sources: claims.map(({ proven }) => proven.source),
    materials: recorded.materials.size,
    products: recorded.products.size,
    ...(dissent.length === 0 ? {} : { dissent }),
  };
}
