/** The sources as they are in force with a composition: what fell back is told in its last good form. */
import { createHash } from 'node:crypto';
import type { SourceState } from '../../../domain/decision/source-state.ts';
import type { Steps } from '../../../flow/slices.ts';
import { digestOfLines, digestSteps } from '../digest.ts';
import type { Composition } from './offer.ts';

/** States of the whole sources in their order, and of the objects of the cluster under `cluster` when there is such a source. */
export function* stateSteps(
  { whole, resources }: Pick<Composition, 'whole' | 'resources'>, cluster: string | undefined,
): Steps<readonly SourceState[]> {
  const states: SourceState[] = [];
  for (const { name, files, version } of whole)
    states.push({ source: name, digest: yield* digestSteps(files), ...(version === undefined ? {} : { version }) });
  if (cluster !== undefined) states.push({ source: cluster, digest: digestOfLines(yield* linesOf(resources)) });
  return states;
}

/** A line for each object, in the order in which they are compiled: which it is, what is in force of it, and a hash of that. */
function* linesOf(resources: Composition['resources']): Steps<readonly string[]> {
  const lines: string[] = [];
  for (const { document: { key, hash }, form, inForce } of resources) {
    const text = inForce === undefined ? hash : createHash('sha256').update(inForce.text).digest('base64');
    lines.push(`${form === 'lastGood' ? 'good' : form} ${key} ${text}`);
    yield;
  }
  return lines;
}
