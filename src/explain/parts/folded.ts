/** What is found alike at several places is told once, with all of the places. */
import type { Finding } from '../../domain/decision/finding.ts';

/** Findings that stand below one header. */
export interface FoldedGroup {
  /** What is found, as of the first place. */
  readonly findings: readonly Finding[];
  /** The first finding of each place, in the order of the decision. */
  readonly places: readonly Finding[];
}

/** Places that are written out; the rest is counted. */
const SHOWN_PLACES = 3;

/**
 * Findings by what they are about, and those of the same artifact together when everything that is shown of them is the same but the
 * place. Nothing is lost: every place is named or counted. The order is that of the first of each.
 */
export function foldedGroups(findings: readonly Finding[]): readonly FoldedGroup[] {
  const byPlace = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.path}\n${finding.artifact}`;
    const group = byPlace.get(key);
    if (group === undefined) byPlace.set(key, [finding]);
    else group.push(finding);
  }
  const folded = new Map<string, { readonly findings: readonly Finding[]; readonly places: Finding[] }>();
  for (const [key, group] of byPlace) {
    const [first] = group;
    if (first === undefined) continue;
    const alike = isFoldable(group) ? JSON.stringify(group.map(shown)) : key;
    const known = folded.get(alike);
    if (known === undefined) folded.set(alike, { findings: group, places: [first] });
    else known.places.push(first);
  }
  return [...folded.values()];
}

/** What is about the object, or a place in a build, is about that place. */
function isFoldable(group: readonly Finding[]): boolean {
  return group.every(({ path, artifact, ofRequest }) => path !== '' && artifact !== '' && ofRequest !== true);
}

/** Everything of a finding that a denial shows, but for the place. */
function shown({ artifact, digest, policy, requirement, code, verdict, expected, found, cause, fix }: Finding): readonly unknown[] {
  return [artifact, digest, policy, requirement, code, verdict, expected, found, cause, fix];
}

const INDEX = /^(.*\[)(\d+)(\][^[\]]*)$/;

/**
 * The places of a group as people write them: `spec.containers[0].image, [1], [2] and 5 more`; `labels` are what each is called besides, such
 * as a step, empty for nothing. Not escaped.
 */
export function placesText(paths: readonly string[], labels: readonly string[]): string {
  const [first = ''] = paths;
  const [, stem, , tail] = INDEX.exec(first) ?? [];
  const texts = paths.map((path, index) => {
    const [, ownStem, number, ownTail] = INDEX.exec(path) ?? [];
    const isShort = index > 0 && stem !== undefined && ownStem === stem && ownTail === tail;
    const label = labels[index] ?? '';
    return `${isShort ? `[${number}]` : path}${label === '' ? '' : ` (${label})`}`;
  });
  if (texts.length <= SHOWN_PLACES + 1) return texts.join(', ');
  return `${texts.slice(0, SHOWN_PLACES).join(', ')} and ${texts.length - SHOWN_PLACES} more`;
}
