/** What is done next with the serving certificate: trust first, then serve, then forget, each when the one before is everywhere. */
import { namesOf } from '../../platform/tls/bundle.ts';
import { issuersOf, validityOf } from './kept.ts';
import type { Kept, Pair } from './kept.ts';

/** How long things take to be everywhere, milliseconds. */
export interface Times {
  /** Until every API server knows what webhooks trust: they follow webhook configurations, which takes seconds. */
  readonly spreadMs: number;
  /** Until every replica serves what the Secret holds: kubelets look every one to two minutes, replicas every 30 s. */
  readonly settleMs: number;
}

/** A minute and an hour: many times what it takes. */
export const DEFAULT_TIMES: Times = { spreadMs: 60_000, settleMs: 3_600_000 };

/** The next step; `wait` when nothing is to be done yet. */
export type Step = 'make' | 'note-trust' | 'serve' | 'note-serve' | 'forget' | 'wait';

/**
 * The next step, given that webhooks trust what the Secret says. `isFresh`: they had to be told just now, so that not every API
 * server knows yet. A step that was cut short is found again here, since all that was done stands in the Secret.
 */
export function nextStep(kept: Kept, names: readonly string[], isFresh: boolean, now: number, times: Times): Step {
  if (kept.next !== undefined && isValid(kept.next, now)) {
    if (kept.trustedSince === undefined || kept.trustedSince > now || isFresh) return 'note-trust';
    return now - kept.trustedSince >= times.spreadMs ? 'serve' : 'wait';
  }
  // Nobody believes a certificate that is over, or, made while a clock was ahead, has not begun: there is nothing to wait for.
  if (kept.broken || !isValid(kept.served, now)) return 'make';
  // A clock that was ahead: waiting begins anew.
  if (kept.servedSince > now) return 'note-serve';
  if (now - kept.servedSince < times.settleMs) return 'wait';
  if (issuersOf(kept.trusted, kept.served.certificate) !== kept.trusted) return 'forget';
  return kept.renew || isDue(kept, names, now) ? 'make' : 'wait';
}

function isValid(pair: Pair, now: number): boolean {
  const { from, to } = validityOf(pair);
  return from <= now && now <= to;
}

/** When a third of its time is left, or it does not name what it has to. */
export function isDue({ served }: Pick<Kept, 'served'>, names: readonly string[], now: number): boolean {
  const { from, to } = validityOf(served);
  const held = namesOf(served.certificate);
  return now > to - (to - from) / 3 || names.some((name) => !held.includes(name));
}
