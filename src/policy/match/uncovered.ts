/** Of patterns as they are written, those that others do not take in. */
import type { ArtifactKind } from '../../domain/artifact/artifact.ts';
import { parseArtifactPattern } from './artifact-pattern.ts';
import type { ArtifactPattern } from './artifact-pattern.ts';
import { coversPattern } from './covers.ts';

type Written = readonly { readonly kind: ArtifactKind; readonly source: string }[];

/** Pairs of patterns that may still be compared; each takes a microsecond. */
export interface Effort {
  pairs: number;
}

/**
 * Texts of the patterns of `before` of which it is not certain that one of `now` matches all that they match: what there is no `effort`
 * left to compare is among them.
 */
export function uncovered(before: Written, now: Written, effort: Effort = { pairs: Infinity }): readonly string[] {
  const same = new Set(now.map(({ kind, source }) => `${kind} ${source}`));
  const lost = before.filter(({ kind, source }) => !same.has(`${kind} ${source}`));
  if (lost.length === 0) return [];
  if (effort.pairs <= 0) return lost.map(({ source }) => source);
  const wide = parsed(now);
  const covered = (pattern: Written[number]): boolean => {
    if (effort.pairs <= 0) return false;
    effort.pairs -= wide.length;
    return parsed([pattern]).some((own) => wide.some((other) => coversPattern(other, own)));
  };
  return lost.filter((pattern) => !covered(pattern)).map(({ source }) => source);
}

/** What is compiled was read before. */
function parsed(patterns: Written): readonly ArtifactPattern[] {
  return patterns.flatMap(({ kind, source }) => {
    const read = parseArtifactPattern(kind, source);
    return read.ok ? [read.value] : [];
  });
}
