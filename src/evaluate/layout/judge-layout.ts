/** A proven chain is judged: its time, its steps, its inspections, and that it made this artifact. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { Layout, ProvenChain } from '../../domain/policy/layout.ts';
import { normalPath } from '../../domain/policy/layout-path.ts';
import type { LayoutProblem, LayoutResult } from './result.ts';
import { few } from './result.ts';
import { saysTheSame } from './agreement.ts';
import { Tries } from './choices.ts';
import { ruleProblems } from './rule-problems.ts';
import type { Recorded } from './rules.ts';
import type { JudgeSublayout, Solution } from './steps.ts';
import { solveSteps } from './steps.ts';
import { substitute } from './parameters.ts';

/** An artifact that must come out of the supply chain; `path` when it must be the product of that path. */
export interface LayoutArtifact {
  readonly digest: Digest;
  readonly path?: string;
}

/** What a proven chain is judged by. */
export interface JudgeQuestion {
  /** Epoch milliseconds. */
  readonly now: number;
  /** At least one: a chain is good for what it made, for nothing else. */
  readonly artifacts: readonly LayoutArtifact[];
  /** Values for `{name}` in the outermost layout. */
  readonly parameters?: ReadonlyMap<string, string>;
  /**
   * Inspections whose command only looks at the data that is there: their rules are applied to `artifacts` (which then
   * need paths) and the command is not run. Any other inspection refuses the layout.
   */
  readonly dataOnlyInspections?: readonly string[];
}

/**
 * Judges a chain whose signatures are proven: not expired, every placeholder filled, enough functionaries per step who
 * agree, every artifact rule, every inspection, and that the artifacts are products of the last step (in-toto
 * specification v1.0, 5.2). Pure.
 *
 * The last is ours: the reference leaves it to inspections, which a server must not run.
 */
export function judgeLayout(chain: ProvenChain, question: JudgeQuestion): LayoutResult {
  const substituted = substitute(chain.layout, question.parameters ?? new Map());
  if (!substituted.ok) return refused([unfilled(substituted, '')]);
  const { layout } = substituted;
  const expired = expiry(chain, question.now, '');
  if (expired !== undefined) return refused([expired]);
  const undeclared = layout.inspections
    .filter(({ name }) => !isDataOnly(name, question))
    .map(({ name, run }) => refusedInspection(name, run));
  const tries = new Tries();
  const solved = solveSteps({ layout, proven: chain.steps, now: question.now, place: '', tries }, sublayoutJudge(question.now, tries));
  let nearest: readonly LayoutProblem[] | undefined;
  for (const solution of solved.solutions) {
    const problems = [...undeclared, ...finalProblems(layout, solution, question)];
    if (problems.length === 0) return { ok: true, steps: solution.steps, warnings: solution.warnings };
    nearest ??= problems;
  }
  return refused(orLimit(nearest ?? [...solved.explain(), ...undeclared], tries));
}

function refused(problems: readonly LayoutProblem[]): LayoutResult {
  return { ok: false, problems, warnings: [] };
}

/** Some way that was not tried might hold, so that comes first. */
function orLimit(problems: readonly LayoutProblem[], tries: Tries): readonly LayoutProblem[] {
  return tries.exhausted
    ? [{ kind: 'limit', expected: 'functionaries who agree', found: 'more ways to choose what they say than are tried' }, ...problems]
    : problems;
}

/** Inspections that are declared, and that the artifacts came out. */
function finalProblems(layout: Layout, { recorded }: Solution, question: JudgeQuestion): readonly LayoutProblem[] {
  const inspected = inspect(layout.inspections.filter(({ name }) => isDataOnly(name, question)), recorded, question);
  return [...inspected, ...unboundArtifacts(lastOf(layout, recorded).products, question.artifacts)];
}

/**
 * Judges sublayouts: each stands for as many things as there are ways in which it holds. They get no parameters, and
 * none of their inspections is ever declared: what they look at is not here.
 */
function sublayoutJudge(now: number, tries: Tries): JudgeSublayout {
  const judge: JudgeSublayout = (chain, place) => {
    const { layout } = chain;
    const filled = substitute(layout, new Map());
    const expired = expiry(chain, now, place);
    const standing = [
      ...(filled.ok ? [] : [unfilled(filled, place)]),
      ...layout.inspections.map(({ name, run }) => refusedInspection(`${place}${name}`, run)),
      ...(expired === undefined ? [] : [expired]),
    ];
    if (standing.length > 0) return { summaries: [], problems: standing };
    const solved = solveSteps({ layout, proven: chain.steps, now, place, tries }, judge);
    const summaries = distinctSummaries(layout, solved.solutions);
    return { summaries, problems: summaries.length > 0 ? [] : orLimit(solved.explain(), tries) };
  };
  return judge;
}

function distinctSummaries(layout: Layout, solutions: Iterable<Solution>): ReturnType<JudgeSublayout>['summaries'] {
  const summaries: { readonly recorded: Recorded; readonly steps: Solution['steps'] }[] = [];
  for (const { recorded, steps } of solutions) {
    const own = summaryOf(layout, recorded);
    if (!summaries.some((other) => saysTheSame(other.recorded, own))) summaries.push({ recorded: own, steps });
  }
  return summaries;
}

/** What a sublayout stands for: materials of its first step, products of its last (in-toto specification v1.0, 4.5). */
function summaryOf(layout: Layout, recorded: ReadonlyMap<string, Recorded>): Recorded {
  const first = recorded.get(layout.steps[0]?.name ?? '');
  return { materials: first?.materials ?? new Map(), products: lastOf(layout, recorded).products };
}

const NOTHING: Recorded = { materials: new Map(), products: new Map() };

function lastOf(layout: Layout, recorded: ReadonlyMap<string, Recorded>): Recorded {
  return recorded.get(layout.steps.at(-1)?.name ?? '') ?? NOTHING;
}

function expiry({ layout, validity }: ProvenChain, now: number, place: string): LayoutProblem | undefined {
  const step = place === '' ? {} : { step: place.slice(0, -1) };
  if (layout.expires <= now)
    return { kind: 'expired', ...step, expected: 'a layout that has not expired', found: `expired ${timeText(layout.expires)}` };
  const { notBefore = -Infinity, notAfter = Infinity } = validity;
  if (notBefore <= now && now <= notAfter) return undefined;
  return {
    kind: 'expired',
    ...step,
    expected: 'owner keys that are valid now',
    found: now < notBefore ? `valid from ${timeText(notBefore)}` : `valid until ${timeText(notAfter)}`,
  };
}

function timeText(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}

function unfilled({ item, name }: { readonly item: string; readonly name: string }, place: string): LayoutProblem {
  return { kind: 'parameter', step: `${place}${item}`, expected: `a value for parameter ${name}`, found: 'none' };
}

function isDataOnly(name: string, { dataOnlyInspections = [] }: JudgeQuestion): boolean {
  return dataOnlyInspections.includes(name);
}

function refusedInspection(name: string, run: readonly string[]): LayoutProblem {
  return {
    kind: 'inspection',
    step: name,
    expected: 'no inspection, or one that is declared to be data only',
    found: `an inspection that runs ${run.length === 0 ? 'nothing' : few(run, 20)}`,
  };
}

/** Every inspection sees the artifacts as they are, before and after: nothing is run that could change them. */
function inspect(
  inspections: Layout['inspections'],
  recorded: ReadonlyMap<string, Recorded>,
  { artifacts }: JudgeQuestion,
): readonly LayoutProblem[] {
  if (inspections.length > 0 && artifacts.some(({ path }) => path === undefined)) {
    return inspections.map(({ name }) => ({
      kind: 'inspection',
      step: name,
      expected: 'a path for every artifact, so that its rules can be applied',
      found: 'an artifact without a path',
    }));
  }
  const present = new Map(artifacts.map(({ path = '', digest }) => [normalPath(path), digest as string]));
  const all = new Map([...recorded, ...inspections.map(({ name }) => [name, { materials: present, products: present }] as const)]);
  return inspections.flatMap((inspection) => ruleProblems(inspection, all, ''));
}

function unboundArtifacts(products: Recorded['products'], artifacts: readonly LayoutArtifact[]): readonly LayoutProblem[] {
  if (artifacts.length === 0) return [{ kind: 'artifact', expected: 'at least one artifact to judge', found: 'none' }];
  const made = new Set([...products.values()].flatMap((digests) => digests.split(',')));
  return artifacts.flatMap(({ digest, path }) => {
    const digests = path === undefined ? undefined : products.get(normalPath(path));
    const good = path === undefined ? made.has(digest) : (digests ?? '').split(',').includes(digest);
    if (good) return [];
    const found = path === undefined ? few([...products].map(([name, text]) => `${name} ${text}`), 3) : (digests ?? 'no such product');
    return [{ kind: 'artifact', artifact: path ?? digest, expected: `${digest} among the products of the last step`, found }];
  });
}
