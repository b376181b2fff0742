/** How much each caller may ask: so many questions under way, and so many artifacts a minute. */
import type { Clock } from '../../../domain/ports.ts';

/** What one caller has; the same for all. */
export interface BudgetRules {
  readonly callerInFlight: number;
  readonly callerPerMinute: number;
}

/** A question that may be answered, until `leave`; or seconds after which it is worth repeating. */
export type Entered = { readonly ok: true; leave(): void } | { readonly ok: false; readonly retryAfter: number };

/** The budgets of all callers, by their names. */
export interface Budgets {
  /** Counts a question as under way. */
  enter(caller: string): Entered;
  /** Takes so many artifacts out of a caller's minute; gives the seconds to wait when they are not left, and then takes none. */
  spend(caller: string, artifacts: number): number | undefined;
  /** Gives back what was taken before it was known how much is due. */
  giveBack(caller: string, artifacts: number): void;
  /** Callers that are remembered. */
  readonly size: number;
}

interface Account {
  running: number;
  /** Artifacts that are left; below zero after a question that was larger than a whole minute. */
  left: number;
  /** Epoch milliseconds at which that was so. */
  at: number;
}

/** Callers that are remembered: who has asked nothing for a minute is as good as forgotten, and forgotten when there are many. */
const MOST_CALLERS = 10_000;
const MINUTE_MS = 60_000;
/** A place of one's own is free again soon: questions take seconds at most. */
const SOON = 1;

/**
 * Opens the budgets. A bucket per caller fills at the rate of its minute. A question that is larger than the whole bucket is answered
 * when the bucket is full, and the caller then waits for as long as that costs: no setting makes a question impossible for good.
 */
export function createBudgets({ callerInFlight, callerPerMinute }: BudgetRules, clock: Clock): Budgets {
  const accounts = new Map<string, Account>();
  const perMs = callerPerMinute / MINUTE_MS;

  function refilled(account: Account): Account {
    const now = clock.now();
    // A clock that was set back fills nothing.
    account.left = Math.min(callerPerMinute, account.left + Math.max(0, now - account.at) * perMs);
    account.at = now;
    return account;
  }

  function accountOf(caller: string): Account {
    const known = accounts.get(caller);
    if (known !== undefined) return refilled(known);
    if (accounts.size >= MOST_CALLERS) makeRoom();
    const account: Account = { running: 0, left: callerPerMinute, at: clock.now() };
    accounts.set(caller, account);
    return account;
  }

  /** Forgets those who have everything again; where nobody has, the one idle for longest: who is under way is never forgotten. */
  function makeRoom(): void {
    let oldest: [name: string, at: number] | undefined;
    for (const [name, account] of accounts) {
      if (account.running > 0) continue;
      if (oldest === undefined || account.at < oldest[1]) oldest = [name, account.at];
      if (refilledTo(account) >= callerPerMinute) accounts.delete(name);
    }
    if (accounts.size >= MOST_CALLERS && oldest !== undefined) accounts.delete(oldest[0]);
  }

  function refilledTo({ left, at }: Account): number {
    return left + Math.max(0, clock.now() - at) * perMs;
  }

  return {
    enter(caller) {
      const account = accountOf(caller);
      if (account.running >= callerInFlight) return { ok: false, retryAfter: SOON };
      account.running += 1;
      let left = false;
      return {
        ok: true,
        leave() {
          if (left) return;
          left = true;
          account.running -= 1;
        },
      };
    },
    spend(caller, artifacts) {
      const account = accountOf(caller);
      const needed = Math.min(artifacts, callerPerMinute);
      if (account.left < needed) return Math.max(1, Math.ceil((needed - account.left) / perMs / 1000));
      account.left -= artifacts;
      return undefined;
    },
    giveBack(caller, artifacts) {
      const account = accountOf(caller);
      account.left = Math.min(callerPerMinute, account.left + artifacts);
    },
    get size() { return accounts.size; },
  };
}
