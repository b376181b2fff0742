/** How much text parameters may grow to in one object: a few lines of `$(a)$(a)…` must not become gigabytes. */

/** Characters that all substitutions of one object may write. */
const MOST_WRITTEN = 4_194_304;
/** Characters that one of them may write. */
const MOST_AT_ONCE = 262_144;

/** Combinations of all matrices of one object: more images than are judged would come of more. */
const MOST_COMBINATIONS = 2048;

/** What is left of the limits of one object. */
export interface Budget {
  left: number;
  /** Combinations of all matrices that may still be made. */
  combinations: number;
  /** Something was left out, so that what was read is not all. */
  overrun: boolean;
}

/** The budget of one object. */
export function createBudget(): Budget {
  return { left: MOST_WRITTEN, combinations: MOST_COMBINATIONS, overrun: false };
}

/** Takes characters before they are written; false when they must not be. */
export function spend(budget: Budget, characters: number): boolean {
  if (budget.overrun || characters > MOST_AT_ONCE || characters > budget.left) {
    budget.overrun = true;
    return false;
  }
  budget.left -= characters;
  return true;
}

/** Takes combinations of a matrix before they are made; false when they must not be. */
export function spendCombinations(budget: Budget, combinations: number): boolean {
  if (budget.overrun || combinations > budget.combinations) {
    budget.overrun = true;
    return false;
  }
  budget.combinations -= combinations;
  return true;
}
