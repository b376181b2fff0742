/** One signature may bring only so much along that nobody can make us work for long. */
import type { DatingMaterial, LogEntry, SignedContent } from '../provers/signed.ts';
import { refuse } from '../problem.ts';

/** Upper bounds of what one signature may bring; everything is counted before anything is parsed. */
export const LIMITS = {
  logEntries: 32,
  timestamps: 32,
  /** Of these, different ones: each costs as much as all the rest of a signature. */
  differentEntries: 8,
  differentTimestamps: 8,
  timestampBytes: 65_536,
  /** The largest body seen in the wild has 5 KB: signatures, certificates and hashes, never what was signed. */
  bodyBytes: 65_536,
  proofHashes: 64,
  checkpointCharacters: 65_536,
  signatureBytes: 8_192,
} as const;

/** Refuses with VERIFY_LIMIT when content or dating material is larger than any honest signer makes it. */
export function checkLimits(content: SignedContent, dating: DatingMaterial): void {
  atMost('signature bytes', content.signature.length, LIMITS.signatureBytes);
  atMost('log entries', dating.logEntries.length, LIMITS.logEntries);
  atMost('timestamps', dating.timestamps.length, LIMITS.timestamps);
  for (const timestamp of dating.timestamps) atMost('timestamp bytes', timestamp.length, LIMITS.timestampBytes);
  for (const entry of dating.logEntries) checkEntry(entry);
}

function checkEntry({ body, promise, proof }: LogEntry): void {
  atMost('bytes of a log entry', body.length, LIMITS.bodyBytes);
  atMost('bytes of a signed entry timestamp', promise?.length ?? 0, LIMITS.signatureBytes);
  atMost('hashes of an inclusion proof', proof?.hashes.length ?? 0, LIMITS.proofHashes);
  atMost('characters of a checkpoint', proof?.checkpoint.length ?? 0, LIMITS.checkpointCharacters);
}

/** Refuses with VERIFY_LIMIT when more entries or timestamps are different from each other than any honest signer collects. */
export function checkDifferent({ logEntries, timestamps }: DatingMaterial): void {
  atMost('different log entries', logEntries.length, LIMITS.differentEntries);
  atMost('different timestamps', timestamps.length, LIMITS.differentTimestamps);
}

function atMost(what: string, found: number, limit: number): void {
  if (found > limit) refuse('VERIFY_LIMIT', { found: `${found} ${what}`, expected: `at most ${limit}` });
}
