/** What a trust root does not list proves nothing and breaks nothing: it is named where what the root asks for is missing. */
import type { DatingTrust } from '../../trust/index.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import { clip, refuse } from '../problem.ts';
import { authorityNames } from './timestamp-signer.ts';

/**
 * Log entries and timestamps of logs and authorities that the root does not list, as phrases. None of it is signed by the
 * signer, so anybody may have added it, and without a key of the root nobody can say whether it is in order: it is ignored.
 */
export interface Unlisted {
  readonly logs: readonly string[];
  readonly timestamps: readonly string[];
}

/** What of a requirement is not there: how much was proven, and how much is asked for. */
export interface Shortage {
  readonly code: ReasonCode;
  readonly found?: string;
  readonly expected: string;
}

/** Refuses for want of log entries; where entries of unlisted logs came along, VERIFY_LOG_INVALID says that those do not count. */
export function refuseLogs({ logs }: Pick<Unlisted, 'logs'>, shortage: Shortage, trust: DatingTrust): never {
  if (logs.length === 0) return refuse(shortage.code, shortage);
  return refuse('VERIFY_LOG_INVALID', {
    found: joined(shortage.found, logs),
    expected: listedLogs(trust),
    cause: 'the trust root does not list this log',
  });
}

/** Refuses for want of timestamps; where some of unlisted authorities came along, VERIFY_TIMESTAMP says that those do not count. */
export function refuseTimestamps({ timestamps }: Pick<Unlisted, 'timestamps'>, shortage: Shortage, trust: DatingTrust): never {
  if (timestamps.length === 0) return refuse(shortage.code, shortage);
  return refuse('VERIFY_TIMESTAMP', {
    found: joined(shortage.found, timestamps),
    expected: authorityNames(trust),
    cause: 'the timestamp is by an authority that the trust root does not list',
  });
}

/** Refuses for want of a time, for which either would do. */
export function refuseUndated(unlisted: Unlisted, shortage: Shortage, trust: DatingTrust): never {
  return unlisted.logs.length > 0 ? refuseLogs(unlisted, shortage, trust) : refuseTimestamps(unlisted, shortage, trust);
}

/** All of it in a few phrases, for whoever finds later that something is missing; `undefined` when there is none. */
export function unlistedPhrases({ logs, timestamps }: Unlisted): readonly string[] | undefined {
  const all = [...logs.map((log) => `an entry of ${log}`), ...timestamps];
  return all.length === 0 ? undefined : all;
}

function joined(proven: string | undefined, unlisted: readonly string[]): string {
  return clip([...(proven === undefined ? [] : [proven]), ...unlisted].join(', '), 400);
}

function listedLogs({ name, logs: known }: DatingTrust): string {
  const logs = [...(known?.values() ?? [])].map((log) => `${log.baseUrl} (${log.logId})`);
  return logs.length === 0 ? `trust root ${name} lists no logs` : logs.join(' or ');
}
