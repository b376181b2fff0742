/** What is told about a translation: never more than a list of places, each with a reason and what helps. */
import type { SourcePosition } from '../domain/policy/policy.ts';

/**
 * How much it matters. `refused`: the file is not what its kind asks for, and nothing is written. `unsaid`: it has no word here, and the
 * door is shut or left wider shut in its place. `stricter`: it is said, and asks for more than there. `note`: said as it is; worth knowing.
 * `skipped`: another kind, which is not read.
 */
export type Level = 'refused' | 'unsaid' | 'stricter' | 'note' | 'skipped';

/** One remark, at the place in the source that it is about; all texts are safe to show in one line. */
export interface Remark extends SourcePosition {
  readonly level: Level;
  /** Path inside the document; empty for the document itself. */
  readonly path: string;
  readonly what: string;
  readonly why: string;
  readonly help: string;
}

/** `file:line: level: path: what, why; help`. */
export function formatRemark({ file, line, level, path, what, why, help }: Remark): string {
  return `${file}:${line}: ${level}: ${path === '' ? '' : `${path}: `}${what}; ${why}; ${help}`;
}
