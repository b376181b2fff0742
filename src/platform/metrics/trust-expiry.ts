/** A warning before keys, signers and roots end; nothing is ever decided by it. */
import type { Expiry } from '../../domain/policy/expiry.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from './metrics.ts';

/** What the watch needs: the policy room's reckoning, and where to tell. */
export interface TrustWatchOptions {
  readonly policies: PolicyStore;
  expiries(set: PolicySet, now: number): readonly Expiry[];
  ends(set: PolicySet, now: number): readonly { readonly kind: string; readonly name: string; readonly at: number }[];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: { now(): number };
  /** How often to look, milliseconds. Default one minute, so that a new set is looked at soon. */
  readonly everyMs?: number;
}

type Ending = ReturnType<TrustWatchOptions['ends']>[number];

/** The running watch. */
export interface TrustWatch {
  /** What is worth knowing at the last look: `1 expired, 2 expiring; gatehouse check names them`. Never a reason to be unready. */
  note(): string | undefined;
  close(): void;
}

const DAY = 86_400_000;

/** Series of one scrape; policies with more signers than this are summed up by the log. */
const MAX_SERIES = 2000;

/**
 * Warns ahead of the end of keys, signers and trust roots: a gauge, and one line of log per item and day.
 *
 * Verdicts never wait for it: windows are judged anew for every request, whether or not anybody was warned.
 */
export function watchTrust(options: TrustWatchOptions): TrustWatch {
  const { policies, logger, metrics, clock } = options;
  const told = new Map<string, number>();
  let note: string | undefined;
  const current = (): PolicySet | undefined => {
    const state = policies.current();
    return state.ready ? state.set : undefined;
  };
  const ends = (wanted: (end: Ending) => boolean): readonly (Ending & { readonly seconds: number })[] => {
    const [set, now] = [current(), clock.now()];
    const all = set === undefined ? [] : options.ends(set, now).filter(wanted).slice(0, MAX_SERIES);
    return all.map((end) => ({ ...end, seconds: Math.floor((end.at - now) / 1000) }));
  };
  const look = (): void => {
    const set = current();
    if (set === undefined) return;
    const now = clock.now();
    for (const [key, at] of told) if (now - at >= DAY) told.delete(key);
    const expiries = options.expiries(set, now);
    note = noteOf(expiries);
    for (const expiry of expiries) {
      const key = `${expiry.kind} ${expiry.name} ${expiry.item} ${expiry.at} ${expiry.state}`;
      if ((expiry.state !== 'expiring' && expiry.state !== 'expired') || told.has(key)) continue;
      told.set(key, now);
      tell(logger, expiry, now);
    }
  };
  metrics.series(
    'trust_expiry_seconds',
    'Seconds until a key, signer or authority of a trust root can prove nothing new; negative afterwards',
    ['kind', 'name'],
    () => ends(({ kind }) => kind !== 'exception').map(({ kind, name, seconds }) => ({ labels: { kind, name }, value: seconds })),
  );
  // Apart: an exception is meant to end, and an alert on trust that ends must not wait for it.
  metrics.series(
    'exception_expiry_seconds',
    'Seconds until an AdmissionException ends; negative when it should be taken out',
    ['exception'],
    () => ends(({ kind }) => kind === 'exception').map(({ name, seconds }) => ({ labels: { exception: name }, value: seconds })),
  );
  look();
  const timer = setInterval(look, options.everyMs ?? 60_000).unref();
  return { note: () => note, close: () => clearInterval(timer) };
}

function noteOf(expiries: readonly Expiry[]): string | undefined {
  const counts = (['expired', 'expiring'] as const)
    .map((state) => [expiries.filter((expiry) => expiry.state === state).length, state] as const)
    .filter(([count]) => count > 0);
  return counts.length === 0 ? undefined : `${counts.map(([count, state]) => `${count} ${state}`).join(', ')}; gatehouse check names them`;
}

/** An exception that is in force is told every day, until it ends. */
function tell(logger: Logger, { kind, name, item, at, state }: Expiry, now: number): void {
  const line = { kind, name, ...(item === '' ? {} : { item }), at: new Date(at).toISOString() };
  if (state === 'expired') logger.error(line, 'trust has ended, nothing new can be proven with it');
  else logger.warn({ ...line, days: Math.floor((at - now) / DAY) }, kind === 'exception' ? 'exception ends soon' : 'trust ends soon');
}
