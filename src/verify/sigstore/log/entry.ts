/** One log entry is proven: by promise or inclusion, by a log of the root, about this signature. */
import type { ProvenLogEntry, ProvenTime } from '../../../domain/policy/identity.ts';
import { verifyMessage } from '../../../pki/signatures/algorithms.ts';
import { equal } from '../../../pki/certificate.ts';
import type { CompiledLog, CompiledTrust } from '../../../trust/index.ts';
import { covers } from '../../../trust/compiled-trust.ts';
import type { LogEntry } from '../../provers/signed.ts';
import { timeText } from '../chain.ts';
import { proveCheckpoint } from './checkpoint.ts';
import type { LogSubject } from './binding.ts';
import { bindLogBody } from './body.ts';
import { leafHash, rootFromProof } from './merkle.ts';
import { clip, refuse } from '../../problem.ts';

/** A log entry that was proven, the time it vouches for if any, and its log, whose window is checked later. */
export interface LogProof {
  readonly entry: ProvenLogEntry;
  readonly log: CompiledLog;
  /** Only entries with a valid promise of a Rekor v1 log tell a time. */
  readonly time?: ProvenTime;
}

/** The part of a trust root that proves log entries; roots of every kind may have it. */
export type LogTrust = Pick<CompiledTrust, 'logs'>;

/** An entry of a log that the root does not list, as a phrase; nothing in it was looked at. */
export interface UnlistedEntry {
  readonly unlisted: string;
}

/**
 * Proves one log entry; one of a log that the root does not list is told as such, whatever else it holds. A log of the root
 * holds it (promise, or inclusion proof under a signed checkpoint, both when both are there), and it is about exactly this
 * signature, key and content.
 *
 * `integratedTime` counts only when a promise covers it. Refuses with VERIFY_LOG_INVALID, VERIFY_LOG_MISMATCH or
 * VERIFY_LOG_KIND.
 */
export function proveLogEntry(entry: LogEntry, subject: LogSubject, trust: LogTrust): LogProof | UnlistedEntry {
  const logId = Buffer.from(entry.logId).toString('hex');
  const log = trust.logs?.get(logId);
  if (log === undefined) return { unlisted: `log ${clip(logId) || 'without id'}` };
  if (entry.logIndex < 0n || entry.integratedTime < 0n)
    refuse('VERIFY_LOG_INVALID', { cause: 'index or time of the log entry is negative' });
  // Both need nothing but the body's bytes, so nothing is parsed that the log does not hold.
  const promise = entry.promise !== undefined && holdsPromise(entry, entry.promise, log);
  if (entry.proof !== undefined) proveInclusion(entry.body, entry.proof, log);
  else if (!promise) refuseUnheld(entry, log);
  const { kind, rekor } = bindLogBody(entry.body, subject);
  const promised = rekor === 1 && entry.promise !== undefined;
  if (promised ? !promise : entry.proof === undefined) refuseUnheld(promised ? entry : {}, log);
  const time = promised ? promisedTime(entry, log) : undefined;
  // Without a promise only the index inside the proof is authenticated, which is everybody's where a log has one tree (Rekor v2).
  const logIndex = promised ? entry.logIndex : rekor === 2 ? entry.proof?.logIndex : undefined;
  const operator = log.operator === undefined ? {} : { operator: log.operator };
  const proven = {
    logId,
    ...(logIndex === undefined ? {} : { logIndex: String(logIndex) }),
    leafHash: leafHash(entry.body).toString('hex'),
    kind,
    ...operator,
  };
  return { entry: proven, log, ...(time === undefined ? {} : { time }) };
}

/** Demands that a log was trusted at a moment; the ends of its window belong to it. */
export function requireLogWindow(log: CompiledLog, at: number): void {
  if (covers(log.window, at)) return;
  refuse('VERIFY_LOG_INVALID', {
    found: timeText(at),
    expected: `a time from ${timeText(log.window.start)}${log.window.end === Infinity ? ' on' : ` to ${timeText(log.window.end)}`}`,
    cause: `the trust root does not trust ${log.baseUrl} at that time`,
  });
}

/** Refuses an entry of which neither promise nor proof shows that the log holds it. */
function refuseUnheld({ promise }: Pick<LogEntry, 'promise'>, log: CompiledLog): never {
  if (promise === undefined)
    refuse('VERIFY_LOG_INVALID', { cause: 'the log entry carries neither a promise nor an inclusion proof' });
  return refuse('VERIFY_LOG_INVALID', { found: `signed entry timestamp of ${log.baseUrl}`, cause: 'its signature does not verify' });
}

/** The time that a promise which holds tells; the log must have been trusted then. */
function promisedTime(entry: LogEntry, log: CompiledLog): ProvenTime {
  const at = Number(entry.integratedTime) * 1000;
  requireLogWindow(log, at);
  return { source: 'log', at, by: log.logId };
}

/**
 * True when the signed entry timestamp of a Rekor v1 entry is the log's (rekor, pkg/verify, VerifySET).
 *
 * The signed bytes are the canonical JSON (RFC 8785) of body, integratedTime, logID and logIndex, rebuilt by hand:
 * names are in order, numbers are decimal, and base64 and hex need no escaping.
 */
function holdsPromise(entry: LogEntry, promise: Uint8Array, log: CompiledLog): boolean {
  const body = Buffer.from(entry.body).toString('base64');
  const signed = `{"body":"${body}","integratedTime":${entry.integratedTime},"logID":"${log.logId}","logIndex":${entry.logIndex}}`;
  return verifyMessage(Buffer.from(signed, 'latin1'), log.key, promise);
}

function proveInclusion(body: Uint8Array, proof: NonNullable<LogEntry['proof']>, log: CompiledLog): void {
  const checkpoint = proveCheckpoint(proof.checkpoint, log);
  if (proof.rootHash.length > 0 && !equal(proof.rootHash, checkpoint.rootHash)) {
    refuse('VERIFY_LOG_INVALID', { cause: 'the inclusion proof is for another tree than the checkpoint' });
  }
  const computed = rootFromProof(body, proof.logIndex, checkpoint.treeSize, proof.hashes);
  if (computed === undefined || !equal(computed, checkpoint.rootHash)) {
    refuse('VERIFY_LOG_INVALID', {
      found: `index ${proof.logIndex} of ${checkpoint.treeSize} in ${checkpoint.origin}`,
      cause: 'the inclusion proof does not lead to the root hash of the checkpoint',
    });
  }
}
