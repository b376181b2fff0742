/** What a lock file says, in the words of the gate: what to ask, what is not asked and why, and what nobody could be asked about. */

/** Something that the lock file lets in, to be asked about: a package of a registry, a commit, or a file by its address. */
export interface LockedArtifact {
  readonly kind: 'package' | 'git' | 'blob';
  /** Canonical package URL, `git+https://…`, or the address of the file. Not checked against the rules of the gate. */
  readonly uri: string;
  /**
   * Digests of the files that may be taken for it, in the spelling of the gate; every one of them is asked about. Empty: the lock file
   * pins none.
   */
  readonly digests: readonly string[];
  /** Counted from 1. */
  readonly line: number;
  /** How the lock file calls it: `node_modules/a/node_modules/b`, `golang.org/x/mod v0.1.0`. */
  readonly place: string;
  /** True when the project itself asks for it; absent where the format does not tell. */
  readonly direct?: boolean;
}

/** Something that is rightly not asked about: it is part of the project, or of something that is asked about. */
export interface PassedOver {
  readonly line: number;
  readonly place: string;
  /** Without a name in it, so that equal reasons can be counted together. */
  readonly why: string;
}

/** Something that is let in, and cannot be asked about: it counts as refused. */
export interface Unaskable {
  readonly line: number;
  readonly place: string;
  readonly code: 'INPUT_ARTIFACT_INVALID' | 'INPUT_DIGEST_MISSING';
  readonly why: string;
}

/** All that a lock file holds: nothing of it is left out silently. */
export interface LockFile {
  readonly format: string;
  readonly artifacts: readonly LockedArtifact[];
  readonly passedOver: readonly PassedOver[];
  readonly unaskable: readonly Unaskable[];
}

/** A lock file, or why it cannot be read and where; the message may quote the file and is escaped by whoever shows it. */
export type ReadLock =
  | { readonly ok: true; readonly file: LockFile }
  | { readonly ok: false; readonly line: number; readonly message: string };

/** Thrown by formats for a file that is not what they read; `readLockFile` makes it a {@link ReadLock}. */
export class LockFault extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Most of what one file may let in. */
export const MOST_ENTRIES = 100_000;

/** Text of a lock file without the users, and their passwords, of addresses in it: reports and logs are read by many. */
export function withoutUser(text: string): string {
  return text.replace(/:\/\/[^/?#@\s]*@/g, '://');
}

/** Collects what one file holds, within its bounds. */
export class Collected {
  readonly artifacts: LockedArtifact[] = [];
  readonly passedOver: PassedOver[] = [];
  readonly unaskable: Unaskable[] = [];

  ask(artifact: LockedArtifact): void {
    this.#count(artifact.line);
    this.artifacts.push({ ...artifact, place: withoutUser(artifact.place) });
  }

  pass(line: number, place: string, why: string): void {
    this.#count(line);
    this.passedOver.push({ line, place: withoutUser(place), why });
  }

  refuse(line: number, place: string, code: Unaskable['code'], why: string): void {
    this.#count(line);
    this.unaskable.push({ line, place: withoutUser(place), code, why });
  }

  #count(line: number): void {
    if (this.artifacts.length + this.passedOver.length + this.unaskable.length >= MOST_ENTRIES)
      throw new LockFault(line, `expected at most ${MOST_ENTRIES} entries, found more`);
  }
}
