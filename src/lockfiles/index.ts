/** What this room gives: any lock file read into what the gate is to be asked, by its name. */
import { LockFault, withoutUser } from './entry.ts';
import type { Collected } from './entry.ts';
import type { ReadLock } from './entry.ts';
import { readCargoLock } from './formats/cargo-lock.ts';
import { readGoSum } from './formats/go-sum.ts';
import { readPackageLock } from './formats/package-lock.ts';
import { readPnpmLock } from './formats/pnpm-lock.ts';
import { readPoetryLock } from './formats/poetry-lock.ts';
import { readRequirements } from './formats/requirements.ts';
import { readUvLock } from './formats/uv-lock.ts';
import { CLASSIC, readYarnClassic } from './formats/yarn-classic.ts';
import { readYarnBerry } from './formats/yarn-berry.ts';
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
  { format: 'pnpm-lock.yaml', isFile: named('pnpm-lock.yaml'), read: readPnpmLock },
  { format: 'yarn.lock', isFile: named('yarn.lock'), read: (text) => (CLASSIC.test(text) ? readYarnClassic(text) : readYarnBerry(text)) },
  { format: 'requirements.txt', isFile: (name) => /^[^/]*requirements[^/]*\.txt$/.test(name), read: readRequirements },
  { format: 'uv.lock', isFile: named('uv.lock'), read: readUvLock },
  { format: 'poetry.lock', isFile: named('poetry.lock'), read: readPoetryLock },
  { format: 'Cargo.lock', isFile: named('Cargo.lock'), read: readCargoLock },
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
    if (cause instanceof LockFault) return { ok: false, line: cause.line, message: withoutUser(cause.message) };
    // A parser that ran out of stack, or threw something of its own: the file is not one that its package manager wrote.
    return { ok: false, line: 1, message: `cannot be read as ${format.format}: ${withoutUser(cause instanceof Error ? cause.message : String(cause))}` };
  }
}
