/** All ways to choose one candidate per step, tried in order and within a bound. */
import type { LayoutItem } from '../../domain/policy/layout.ts';

/** How many candidates are tried over one layout with all its sublayouts, beside those that most functionaries stand behind. */
const MOST_TRIES = 5000;

/** Artifacts of a candidate that cost as much as one try: rules look at each of them. */
const ARTIFACTS_PER_TRY = 50;

/** Counts down what trying costs, so that functionaries who say many things cannot make a decision long. */
export class Tries {
  #left = MOST_TRIES;

  /** False when nothing is left; takes the cost of a candidate with so many artifacts otherwise. */
  take(artifacts: number): boolean {
    this.#left -= 1 + Math.floor(artifacts / ARTIFACTS_PER_TRY);
    return this.#left >= 0;
  }

  /** True when something was left untried. */
  get exhausted(): boolean {
    return this.#left < 0;
  }
}

/** What is chosen from, per step the best supported first. */
export interface Options<Candidate> {
  readonly candidates: readonly (readonly Candidate[])[];
  /** Whether the last of those chosen can stand after the others. */
  readonly fits: (chosen: readonly Candidate[]) => boolean;
  /** Artifacts of a candidate. */
  readonly size: (candidate: Candidate) => number;
}

/**
 * All ways to choose one candidate per step so that each fits what was chosen before it, depth first. That one way
 * suffices is what makes layouts monotonic: a further candidate adds ways and takes none away.
 *
 * The first way costs nothing; further ones until `tries` are used up.
 */
export function* choices<Candidate>(
  options: Options<Candidate>,
  tries: Tries,
  chosen: readonly Candidate[] = [],
  leading = true,
): Generator<readonly Candidate[]> {
  const step = options.candidates[chosen.length];
  if (step === undefined) {
    yield chosen;
    return;
  }
  for (const [index, candidate] of step.entries()) {
    const first = leading && index === 0;
    if (!first && !tries.take(options.size(candidate))) return;
    const next = [...chosen, candidate];
    if (options.fits(next)) yield* choices(options, tries, next, first);
  }
}

/**
 * For every step, by index, the steps whose rules can be judged once it is chosen: no rule of theirs matches with a
 * step that comes later. Every step is in exactly one list.
 */
export function judgedAfter(steps: readonly LayoutItem[]): readonly (readonly number[])[] {
  const places = new Map(steps.map(({ name }, index) => [name, index]));
  const ready: number[][] = steps.map(() => []);
  steps.forEach(({ expectedMaterials, expectedProducts }, index) => {
    const from = [...expectedMaterials, ...expectedProducts].map((rule) =>
      rule.kind === 'match' ? (places.get(rule.from) ?? index) : index,
    );
    ready[from.reduce((latest, place) => Math.max(latest, place), index)]?.push(index);
  });
  return ready;
}
