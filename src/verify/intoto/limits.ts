/** How large layouts and links may be, and how many signatures of theirs are tried. */
import { messageCost } from '../limits.ts';

/**
 * Upper bounds on layouts and links, checked before the counted things are looked at one by one. A layout is
 * written by its owner, but whoever can push evidence can push any number of links beside it.
 */
export const LAYOUT_LIMITS = {
  /** Files of links and sublayouts handed in together. */
  files: 1000,
  /** Bytes of all files together. */
  totalBytes: 64 * 1024 * 1024,
  /** Signatures of one file. */
  signatures: 32,
  /** Steps and inspections of one layout, each. */
  items: 256,
  /** Rules of one list. */
  rules: 1000,
  /** Keys of one layout, and keys of one step. */
  keys: 256,
  /** Certificate constraints of one step, and values in one list of them. */
  constraints: 64,
  /** Materials or products of one link. */
  artifacts: 200_000,
  /** Digests of one artifact. */
  digests: 16,
  /** Characters of a path or pattern. */
  pathLength: 4096,
  /** Characters of a step name. */
  nameLength: 256,
  /** Arguments of a command. */
  arguments: 4096,
  /** Layouts inside each other, the outermost included. */
  depth: 5,
  /** Signatures of one file that name no functionary's key: each is tried with every key, or brings a certificate of its own. */
  unnamedSignatures: 4,
  /** Keys tried on all of these in one file, or once all keys of the step, if they are more. */
  unnamedAttempts: 16,
  /** Signature verifications over one layout with all its sublayouts, each counted once more per 64 KiB that it hashes. */
  attempts: 10_000,
  /** Certificates from the leaf to the root. */
  chainCertificates: 8,
} as const;

const NOTHING = new Uint8Array();

/** Counts down the signature verifications that one call may cost. */
export class Budget {
  #left: number = LAYOUT_LIMITS.attempts;

  /** False when too little is left; takes a verification over this message otherwise. Without one it is that of a certificate. */
  take(message: Uint8Array = NOTHING): boolean {
    this.#left -= messageCost(message);
    return this.#left >= 0;
  }

  /** True when something was refused for want of budget. */
  get exhausted(): boolean {
    return this.#left < 0;
  }
}
