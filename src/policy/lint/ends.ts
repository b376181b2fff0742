/** How an end that has come, or comes soon, is told. */
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';

/** How far ahead an end is worth a warning: thirty days, in milliseconds. */
export const WARN_AHEAD = 30 * 86_400_000;

const DAY = 86_400_000;

/** Where an end is written, and what to do about it. */
interface End {
  readonly at: number;
  readonly path: Path;
  readonly what: string;
  readonly fix: string;
}

/** Advice about what has ended, or ends within thirty days of `now` (epoch milliseconds). */
export function adviseEnd({ at, path, what, fix }: End, now: number, report: Reporter, kind: 'trust' | 'layout' | 'exception'): void {
  if (at - now >= WARN_AHEAD) return;
  const over = at < now;
  const days = Math.floor(Math.abs(at - now) / DAY);
  const when = over ? `ended ${iso(at)}, ${plural(days)} ago` : `ends ${iso(at)}, in ${plural(days)}`;
  report.advise(kind === 'exception' ? 'exception-expired' : `${kind}-${over ? 'expired' : 'expiring'}`, path, `${what} ${when}; ${fix}`);
}

function plural(days: number): string {
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}

function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
