/** Whether one pattern matches all that another one matches. In doubt it does not. */
import type { ArtifactPattern } from './artifact-pattern.ts';
import type { HostAndPath, Segment } from './image-pattern.ts';
import { GLOBSTAR } from './image-pattern.ts';
import type { Glob } from '../../text/glob.ts';

/**
 * True only when every name that `narrow` matches is matched by `wide` too. Sound and not complete: two patterns whose
 * wildcards lie differently are taken for different, so that what is called covered is covered.
 */
export function coversPattern(wide: ArtifactPattern, narrow: ArtifactPattern): boolean {
  if (wide.kind === 'image') {
    if (narrow.kind !== 'image') return false;
    if (wide.image.everything) return true;
    return !narrow.image.everything && coversImage(wide.image, narrow.image);
  }
  return narrow.kind === wide.kind && (wide.glob.source === GLOBSTAR || coversGlob(wide.glob, narrow.glob));
}

function coversImage(wide: HostAndPath, narrow: HostAndPath): boolean {
  const host = wide.labels.length === narrow.labels.length
    && wide.labels.every((label, index) => coversGlob(label, narrow.labels[index]));
  return host && wide.port === narrow.port && coversPath(wide.path, narrow.path);
}

/**
 * `**` is one or more whole segments and takes in anything of that length, also another `**`; nothing else takes in `**`. All
 * readings are followed side by side, so that the cost is bounded by the product of the lengths.
 */
function coversPath(wide: readonly Segment[], narrow: readonly Segment[]): boolean {
  let active = new Set([0]);
  for (const segment of narrow) {
    const next = new Set<number>();
    for (const state of active) {
      const own = wide[state];
      if (wide[state - 1] === GLOBSTAR) next.add(state);
      if (own === GLOBSTAR || (own !== undefined && segment !== GLOBSTAR && coversGlob(own, segment))) next.add(state + 1);
    }
    active = next;
  }
  return active.has(wide.length);
}

/** The same text, `*` alone inside one segment, or a text without wildcards that the other one matches. */
function coversGlob(wide: Glob, narrow: Glob | undefined): boolean {
  if (narrow === undefined) return false;
  if (wide.source === narrow.source) return true;
  if (!narrow.wild) return wide.test(narrow.source);
  return wide.source === '*' && !narrow.source.includes('**') && !narrow.source.includes('/');
}
