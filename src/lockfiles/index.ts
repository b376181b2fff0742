/** What this room gives: any lock file read into what the gate is to be asked, by its name. */
import { Collected, LockFault } from './entry.ts';
import type { ReadLock } from './entry.ts';
import { readGoSum } from './formats/go-sum.ts';
import { readPackageLock } from './formats/package-lock.ts';
import { lockText, MAX_BYTES } from './text.ts';

export { MOST_ENTRIES } from './entry.ts';
export type { LockedArtifact, LockFile, PassedOver, ReadLock, Unaskable } from './entry.ts';

interface Format {
  readonly format: string;
  readonly isFile: (name: string) => boolean;
  readonly read: (text: string) => Collected;
  /** Where a whole file may stand in one line. */
  readonly longestLine?: number;
}

const named = (...names: readonly string[]) => (name: string): boolean => names.includes(name);

/** A new format is one file and one line here. */
const FORMATS: readonly Format[] = [
  {
    format: 'package-lock.json', isFile: named('package-lock.json', 'npm-shrinkwrap.json', '.package-lock.json'), read: readPackageLock,
    longestLine: MAX_BYTES,
  },
  { format: 'go.sum', isFile: named('go.sum', 'go.work.sum'), read: readGoSum },
];

/** The names of files that are read, for messages. */
export const KNOWN_FORMATS: readonly string[] = FORMATS.map(({ format }) => format);

/**
 * Reads a lock file; `name` is its file name (without folders), which says the format. Never throws: what cannot be read gives a message
 * and its line. Digests and names are as the file says; nothing is looked up.
 */
export function readLockFile(name: string, bytes: Uint8Array): ReadLock {
  const format = FORMATS.find(({ isFile }) => isFile(name));
  if (format === undefined)
    return { ok: false, line: 1, message: `is no lock file that is known by its name; known are ${KNOWN_FORMATS.join(', ')}` };
  try {
    const { artifacts, passedOver, unaskable } = format.read(lockText(bytes, format.longestLine));
    return { ok: true, file: { format: format.format, artifacts, passedOver, unaskable } };
  } catch (cause) {
    if (cause instanceof LockFault) return { ok: false, line: cause.line, message: cause.message };
    // A parser that ran out of stack, or threw something of its own: the file is not one that its package manager wrote.
    return { ok: false, line: 1, message: `cannot be read as ${format.format}: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}
