import type { Digest } from '../../domain/digest.ts';
import type { Statement } from '../../domain/evidence.ts';
import type { LayoutItem } from '../../domain/layout.ts';
import { candidatesOf } from './candidates.ts';
import type { Candidate } from './candidates.ts';
import { chainProblem, outputsOf, outputsProblem } from './hand-over.ts';
import type { LayoutProblem, LayoutResult } from './result.ts';
import type { Recorded } from './rules.ts';
import { ruleProblems } from './steps.ts';

/** A step of an attestation layout: enough distinct functionaries stated the same, by statements of one type. */
export interface LayoutStatementStep extends LayoutItem {
  /** Exact predicate type. A link statement must also carry the step's name. */
  readonly predicateType: string;
  readonly threshold: number;
}

/** Steps over verified statements, in the order in which they happen. */
export interface AttestationLayout {
  readonly steps: readonly LayoutStatementStep[];
  /** Every step must have used something that came out of the one before it. */
  readonly chained: boolean;
  /** All statements must be of one run of the builder (its invocation id); a statement without one is of no run. */
  readonly sameRun: boolean;
}

/** A verified statement by somebody who is a functionary of the step it is listed under. */
export interface AcceptedStatement {
  readonly source: string;
  /** Key id or certificate identity: what distinct functionaries are counted by. */
  readonly functionary: string;
  /** Names of the signers it counts for; absent: the functionary stands for himself. */
  readonly signers?: readonly string[];
  readonly statement: Statement;
}

/** How many ways of choosing one candidate per step are tried. */
const MAX_CHOICES = 5000;

/**
 * Judges an attestation layout: one candidate per step such that all artifact rules hold, each step hands over to the
 * next, all are of one run if that is demanded, and the artifact is what the last step put out (in-toto ITE-10, ITE-11,
 * with the binding of statements to steps, runs and artifact that these lack). Pure.
 *
 * It holds when some choice holds, so a further statement can only help; what does not fit is left aside.
 */
export function judgeAttestationLayout(layout: AttestationLayout, accepted: ReadonlyMap<string, readonly AcceptedStatement[]>, artifact: Digest): LayoutResult {
  if (layout.steps.length === 0) return refused([{ kind: 'limit', expected: 'at least 1 step', found: '0 steps' }]);
  const perStep = layout.steps.map((step) => ({ step, ...candidatesOf(step, accepted.get(step.name) ?? []) }));
  const missing = perStep.flatMap(({ problem }) => problem ?? []);
  if (missing.length > 0) return refused(missing);
  const search: Search = { layout, artifact, options: perStep.map(({ candidates }) => candidates), left: MAX_CHOICES };
  const chosen = choose([], search);
  if (chosen === undefined) return refused(search.nearest?.problems ?? [{ kind: 'limit', expected: `at most ${MAX_CHOICES} ways to choose statements`, found: 'more' }]);
  return {
    ok: true, warnings: [],
    steps: chosen.map(({ link, statements }, index) => ({
      step: layout.steps[index]?.name ?? '', signers: [...new Set(statements.flatMap(({ functionary, signers }) => signers ?? [functionary]))],
      sources: statements.map(({ source }) => source), materials: link.materials.size, products: link.products.size,
    })),
  };
}

function refused(problems: readonly LayoutProblem[]): LayoutResult {
  return { ok: false, problems, warnings: [] };
}

interface Search {
  readonly layout: AttestationLayout;
  readonly artifact: Digest;
  readonly options: readonly (readonly Candidate[])[];
  left: number;
  /** The choice that got furthest, which is the one worth explaining. */
  nearest?: { readonly reached: number; readonly problems: readonly LayoutProblem[] };
}

/** Depth first, in the order of the steps; what cannot follow on what is chosen is not looked into. */
function choose(chosen: readonly Candidate[], search: Search): readonly Candidate[] | undefined {
  if (chosen.length === search.options.length) return complete(chosen, search) ? chosen : undefined;
  for (const candidate of search.options[chosen.length] ?? []) {
    search.left -= 1;
    if (search.left < 0) return undefined;
    const problem = stepProblem(chosen, candidate, search.layout);
    if (problem !== undefined) remember(search, chosen.length, [problem]);
    const found = problem === undefined ? choose([...chosen, candidate], search) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function remember(search: Search, reached: number, problems: readonly LayoutProblem[]): void {
  if (search.nearest === undefined || reached > search.nearest.reached) search.nearest = { reached, problems };
}

function stepProblem(chosen: readonly Candidate[], candidate: Candidate, { steps, chained, sameRun }: AttestationLayout): LayoutProblem | undefined {
  const step = steps[chosen.length]?.name ?? '';
  if (sameRun) {
    const run = chosen[0]?.link.run;
    const { run: own } = candidate.link;
    if (own === undefined || (chosen.length > 0 && own !== run)) return { kind: 'run', step, expected: run === undefined ? 'a statement that names its run' : `a statement of run ${run}`, found: own ?? 'no run' };
  }
  if (!chained || chosen.length === 0) return undefined;
  return chainProblem({ step, before: steps[chosen.length - 1]?.name ?? '', outputs: outputsOf(chosen.map(({ link }) => link)) }, candidate.link);
}

function complete(chosen: readonly Candidate[], search: Search): boolean {
  const recorded: ReadonlyMap<string, Recorded> = new Map(chosen.map(({ link }, index) => [search.layout.steps[index]?.name ?? '', link]));
  const problems = [
    ...search.layout.steps.flatMap((step) => ruleProblems(step, recorded, '')),
    ...outputsProblem(outputsOf(chosen.map(({ link }) => link)), search.artifact),
  ];
  if (problems.length > 0) remember(search, chosen.length, problems);
  return problems.length === 0;
}
