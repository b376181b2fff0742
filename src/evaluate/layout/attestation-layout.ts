/** Steps over attestations hold when one choice of statements holds together, from the first step to the artifact. */
import type { Digest } from '../../domain/artifact/digest.ts';
import { candidatesOf } from './candidates.ts';
import type { AcceptedStatement, Candidate, LayoutStatementStep } from './candidates.ts';
import { choices, judgedAfter, Tries } from './choices.ts';
import type { ChosenStep } from './hand-over.ts';
import { chainProblem, outputsProblem, pendingAfter } from './hand-over.ts';
import type { LayoutProblem, LayoutResult } from './result.ts';
import { ruleProblems } from './rule-problems.ts';
import type { Recorded } from './rules.ts';

/** Steps over verified statements, in the order in which they happen. */
export interface AttestationLayout {
  readonly steps: readonly LayoutStatementStep[];
  /**
   * Every step must have used something of the one before it, down to the artifact. Statements about anything but the artifact only
   * count in such a layout.
   */
  readonly chained: boolean;
  /** All statements must be of one run of the builder (its invocation id); a statement without one is of no run. */
  readonly sameRun: boolean;
}

/**
 * Judges an attestation layout: one candidate per step such that all artifact rules hold, each step hands over to the
 * next, all are of one run if that is demanded, and the artifact is what the last step put out (in-toto ITE-10, ITE-11,
 * with the binding of statements to steps, runs and artifact that these lack). Pure.
 *
 * It holds when some choice holds, so a further statement can only help; what does not fit is left aside.
 */
export function judgeAttestationLayout(
  layout: AttestationLayout,
  accepted: ReadonlyMap<string, readonly AcceptedStatement[]>,
  artifact: Digest,
): LayoutResult {
  const { steps, sameRun } = layout;
  if (steps.length === 0) return refused([{ kind: 'limit', expected: 'at least 1 step', found: '0 steps' }]);
  const perStep = steps.map((step) => ({ step, ...candidatesOf(step, accepted.get(step.name) ?? [], sameRun) }));
  const missing = perStep.flatMap(({ problem }) => problem ?? []);
  if (missing.length > 0) return refused(missing);
  const nearest: Nearest = { reached: -1, problems: [] };
  const ready = judgedAfter(steps);
  const options = {
    candidates: perStep.map(({ candidates }) => candidates),
    fits: (chosen: readonly Candidate[]) => holdsFor(nearest, chosen.length, stepProblems(chosen, ready[chosen.length - 1] ?? [], layout)),
    size: ({ link }: Candidate) => link.materials.size + link.products.size,
  };
  const tries = new Tries();
  for (const chosen of choices(options, tries)) {
    if (holdsFor(nearest, chosen.length + 1, outputsProblem(pendingAfter(named(chosen, steps)), artifact))) return held(chosen, steps);
  }
  return refused(
    tries.exhausted
      ? [{ kind: 'limit', expected: 'statements that agree', found: 'more ways to choose statements than are tried' }]
      : nearest.problems,
  );
}

function refused(problems: readonly LayoutProblem[]): LayoutResult {
  return { ok: false, problems, warnings: [] };
}

function held(chosen: readonly Candidate[], steps: AttestationLayout['steps']): LayoutResult {
  return {
    ok: true, warnings: [],
    steps: chosen.map(({ link, statements }, index) => ({
      step: steps[index]?.name ?? '', signers: [...new Set(statements.flatMap(({ functionary, signers }) => signers ?? [functionary]))],
      sources: statements.map(({ source }) => source), materials: link.materials.size, products: link.products.size,
    })),
  };
}

/** The choice that got furthest, which is the one worth explaining. */
interface Nearest {
  reached: number;
  problems: readonly LayoutProblem[];
}

function holdsFor(nearest: Nearest, reached: number, problems: readonly LayoutProblem[]): boolean {
  if (problems.length > 0 && reached > nearest.reached) Object.assign(nearest, { reached, problems });
  return problems.length === 0;
}

function named(chosen: readonly Candidate[], steps: AttestationLayout['steps']): readonly ChosenStep[] {
  return chosen.map(({ link }, index) => ({ step: steps[index]?.name ?? '', link }));
}

/** What is wrong with the last of those chosen, and with the rules that can be judged from it on. */
function stepProblems(
  chosen: readonly Candidate[],
  ready: readonly number[],
  { steps, chained, sameRun }: AttestationLayout,
): readonly LayoutProblem[] {
  const links = named(chosen, steps);
  const [first, last] = [links[0], links.at(-1)];
  if (first === undefined || last === undefined) return [];
  const elsewhere = sameRun ? runProblem(first, last) : undefined;
  const loose = elsewhere ?? (chained ? chainProblem(pendingAfter(links.slice(0, -1)), last) : undefined);
  if (loose !== undefined) return [loose];
  const recorded: ReadonlyMap<string, Recorded> = new Map(links.map(({ step, link }) => [step, link]));
  return ready.flatMap((index) => (steps[index] === undefined ? [] : ruleProblems(steps[index], recorded, '')));
}

function runProblem(first: ChosenStep, { step, link: { run } }: ChosenStep): LayoutProblem | undefined {
  if (run !== undefined && run === first.link.run) return undefined;
  const expected =
    first.link.run === undefined || first.step === step ? 'a statement that names its run' : `a statement of run ${first.link.run}`;
  return { kind: 'run', step, expected, found: run ?? 'no run' };
}
