/** How much text parameters may grow to in one object: a few lines of `$(a)$(a)…` must not become gigabytes. */

/** Characters that all substitutions of one object may write. */
const MOST_WRITTEN = 4_194_304;
/** Characters that one of them may write. */
const MOST_AT_ONCE = 262_144;

export interface Budget {
  left: number;
  /** Something was left out, so that what was read is not all. */
  overrun: boolean;
}

/** The budget of one object. */
export function createBudget(): Budget {
  return { left: MOST_WRITTEN, overrun: false };
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
