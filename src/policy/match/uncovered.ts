/** Of patterns as they are written, those that others do not take in. */
import type { ArtifactKind } from '../../domain/artifact/artifact.ts';
import { parseArtifactPattern } from './artifact-pattern.ts';
import type { ArtifactPattern } from './artifact-pattern.ts';
import { coversPattern } from './covers.ts';

type Written = readonly { readonly kind: ArtifactKind; readonly source: string }[];

/** Texts of the patterns of `before` of which it is not certain that one of `now` matches all that they match. */
export function uncovered(before: Written, now: Written): readonly string[] {
  const same = new Set(now.map(({ kind, source }) => `${kind} ${source}`));
  const lost = before.filter(({ kind, source }) => !same.has(`${kind} ${source}`));
  if (lost.length === 0) return [];
  const wide = parsed(now);
  const covered = (pattern: Written[number]): boolean => parsed([pattern]).some((own) => wide.some((other) => coversPattern(other, own)));
  return lost.filter((pattern) => !covered(pattern)).map(({ source }) => source);
}

/** What is compiled was read before. */
function parsed(patterns: Written): readonly ArtifactPattern[] {
  return patterns.flatMap(({ kind, source }) => {
    const read = parseArtifactPattern(kind, source);
    return read.ok ? [read.value] : [];
  });
}
