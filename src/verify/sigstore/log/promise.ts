import type { CompiledLog } from '../../../trust/index.ts';
import type { LogEntry } from '../../provers/signed.ts';
import { verifyMessage } from '../../../pki/algorithms.ts';

/**
 * True when the signed entry timestamp of a Rekor v1 entry is the log's (rekor, pkg/verify, VerifySET).
 *
 * The signed bytes are the canonical JSON (RFC 8785) of body, integratedTime, logID and logIndex, rebuilt by hand:
 * names are in order, numbers are decimal, and base64 and hex need no escaping.
 */
export function holdsPromise(entry: LogEntry, promise: Uint8Array, log: CompiledLog): boolean {
  const body = Buffer.from(entry.body).toString('base64');
  const signed = `{"body":"${body}","integratedTime":${entry.integratedTime},"logID":"${log.logId}","logIndex":${entry.logIndex}}`;
  return verifyMessage(Buffer.from(signed, 'latin1'), log.key, promise);
}
