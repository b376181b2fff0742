/** When a signature existed, by the word of the logs and timestamp authorities of a root, none of which may be broken. */
import type { ProvenLogEntry, ProvenTime } from '../../domain/policy/identity.ts';
import { countPersons } from '../../domain/policy/same.ts';
import type { DatingTrust } from '../../trust/index.ts';
import type { DatingMaterial } from '../provers/signed.ts';
import { withoutCopies } from './copies.ts';
import { checkDifferent } from './limits.ts';
import type { LogSubject } from './log/binding.ts';
import type { LogProof } from './log/entry.ts';
import { proveLogEntry, requireLogWindow } from './log/entry.ts';
import type { TimestampProof } from './timestamp.ts';
import { proveTimestamp } from './timestamp.ts';
import type { Unlisted } from './unlisted.ts';
import { refuseUndated } from './unlisted.ts';

/** What logs and timestamp authorities proved about a signature. */
export interface Dating {
  readonly times: readonly ProvenTime[];
  readonly logEntries: readonly ProvenLogEntry[];
  /** Numbers of distinct logs, of distinct operators the root names for them, and of distinct timestamp authorities. */
  readonly distinct: { readonly logs: number; readonly operators: number; readonly timestamps: number };
  readonly unlisted: Unlisted;
}

/**
 * Proves everything that dates a signature. What the root knows must verify: one broken entry of a listed log, or timestamp
 * in the name of a listed authority, refuses the whole; what others made is ignored (ADR 0019). Distinct logs and authorities
 * are counted, so that repeating an entry adds nothing; copies are looked at once.
 */
export function proveDating(dating: DatingMaterial, subject: LogSubject, trust: DatingTrust): Dating {
  const different = withoutCopies(dating);
  checkDifferent(different);
  const [entries, otherLogs] = apart(different.logEntries.map((entry) => proveLogEntry(entry, subject, trust)));
  const { signature } = subject.content;
  const [timestamps, otherStamps] = apart(different.timestamps.map((response) => proveTimestamp(response, signature, trust)));
  const unlisted = { logs: otherLogs, timestamps: otherStamps };
  const times = uniqueTimes(entries, timestamps);
  for (const entry of entries) requireWindowAtTimes(entry, { times, unlisted }, trust);
  return {
    times,
    unlisted,
    logEntries: entries.map(({ entry }) => entry),
    distinct: {
      logs: new Set(entries.map(({ log }) => log.logId)).size,
      // A log without a named operator may be run by any of the others, so it adds none.
      operators: new Set(entries.flatMap(({ log }) => log.operator ?? [])).size,
      timestamps: countPersons(timestamps.map(({ authority }) => authority)),
    },
  };
}

/**
 * An entry without a promise tells no time, so its log must have been trusted at all times proven otherwise. When
 * there are none, a log that is no longer in use cannot vouch: whoever holds its old key could write at any time.
 */
function requireWindowAtTimes({ log, time }: LogProof, { times, unlisted }: Pick<Dating, 'times' | 'unlisted'>, trust: DatingTrust): void {
  if (time !== undefined) return;
  for (const { at } of times) requireLogWindow(log, at);
  if (times.length > 0 || log.window.end === Infinity) return;
  refuseUndated(unlisted, {
    code: 'VERIFY_TIME_MISSING',
    found: `an entry of ${log.baseUrl}, which is no longer in use`,
    expected: 'a proven time that says that the entry was made while the log was trusted',
  }, trust);
}

/** What was proven, and what is not the root's to prove. */
function apart<Proof extends object>(all: readonly (Proof | { readonly unlisted: string })[]): [Proof[], string[]] {
  const proven: Proof[] = [];
  const unlisted: string[] = [];
  for (const one of all) {
    if ('unlisted' in one) unlisted.push(one.unlisted);
    else proven.push(one);
  }
  return [proven, unlisted];
}

function uniqueTimes(entries: readonly LogProof[], timestamps: readonly TimestampProof[]): ProvenTime[] {
  const times = [...entries.flatMap(({ time }) => time ?? []), ...timestamps.map(({ time }) => time)];
  return [...new Map(times.map((time) => [`${time.source} ${time.at} ${time.by}`, time])).values()];
}
