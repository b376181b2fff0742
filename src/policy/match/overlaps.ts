/** Whether two patterns have a name in common. In doubt they have. */
import { GLOBSTAR } from './image-pattern.ts';
import type { HostAndPath, Segment } from './image-pattern.ts';
import type { ArtifactPattern } from './artifact-pattern.ts';
import type { Glob } from '../../text/glob.ts';

/** False only when no name at all is matched by both patterns. Costs at most the product of their lengths. */
export function overlaps(a: ArtifactPattern, b: ArtifactPattern): boolean {
  if (a.kind === 'image') {
    if (b.kind !== 'image') return false;
    return a.image.everything || b.image.everything || imagesOverlap(a.image, b.image);
  }
  return a.kind === b.kind && globsOverlap(a.glob, b.glob);
}

function imagesOverlap(a: HostAndPath, b: HostAndPath): boolean {
  return a.port === b.port && a.labels.length === b.labels.length
    && a.labels.every((label, index) => globsOverlap(label, b.labels[index])) && pathsOverlap(a.path, b.path);
}

/** Both are walked at once; `**` takes one or more whole segments, so of two of them one may stay where it is. */
function pathsOverlap(a: readonly Segment[], b: readonly Segment[]): boolean {
  return meet(a.length, b.length, (i, j) => {
    const [x, y] = [a[i], b[j]];
    if (x === undefined || y === undefined || !segmentsOverlap(x, y)) return [];
    return [[i + 1, j + 1], ...(x === GLOBSTAR ? [[i, j + 1] as const] : []), ...(y === GLOBSTAR ? [[i + 1, j] as const] : [])];
  });
}

function segmentsOverlap(a: Segment, b: Segment): boolean {
  return a === GLOBSTAR || b === GLOBSTAR || globsOverlap(a, b);
}

function globsOverlap(a: Glob, b: Glob | undefined): boolean {
  if (b === undefined) return false;
  if (!a.wild) return b.test(a.source);
  if (!b.wild) return a.test(b.source);
  const [x, y] = [tokens(a.source), tokens(b.source)];
  return meet(x.length, y.length, (i, j) => steps(x[i], y[j], i, j));
}

/** Characters and wildcards, of which `**` is one. */
function tokens(source: string): readonly string[] {
  return source.match(/\*\*|[\s\S]/g) ?? [];
}

type Step = readonly [number, number];

/** A wildcard may end here, or take the other's next character; only `**` takes a slash. */
function steps(x: string | undefined, y: string | undefined, i: number, j: number): readonly Step[] {
  const [wildX, wildY] = [x === '*' || x === GLOBSTAR, y === '*' || y === GLOBSTAR];
  if (!wildX && !wildY) return x !== undefined && x === y ? [[i + 1, j + 1]] : [];
  const takes = (wild: string | undefined, other: string | undefined): boolean =>
    other !== undefined && (wild === GLOBSTAR || other !== '/');
  return [
    ...(wildX ? [[i + 1, j] as const] : []), ...(wildY ? [[i, j + 1] as const] : []),
    ...(wildX && !wildY && takes(x, y) ? [[i, j + 1] as const] : []),
    ...(wildY && !wildX && takes(y, x) ? [[i + 1, j] as const] : []),
  ];
}

/** True when both ends are reached together from both beginnings. */
function meet(rows: number, columns: number, next: (row: number, column: number) => readonly Step[]): boolean {
  const seen = new Set([0]);
  const open: Step[] = [[0, 0]];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at[0] === rows && at[1] === columns) return true;
    for (const step of next(...at)) {
      const key = step[0] * (columns + 1) + step[1];
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(step);
    }
  }
  return false;
}
