/** Findings of a question sorted to the artifacts that they are about, and the word that each artifact gets by them. */
import type { ArtifactDocument, FindingDocument } from '../json.ts';
import { decisionWord } from './word.ts';
import type { DecisionWord } from './word.ts';

/** Findings by the artifacts that they are about, and those about the question: the caller, its run, a fault of ours. */
export interface Placed<T> {
  readonly own: T;
  readonly rest: readonly FindingDocument[];
}

/** Sorted out once: looked for once for each of thousands, they would be looked through as often. */
export function byPlace(
  findings: readonly FindingDocument[], artifacts: readonly ArtifactDocument[],
): Placed<ReadonlyMap<string, FindingDocument[]>> {
  const own = new Map<string, FindingDocument[]>(artifacts.map(({ path }) => [path, []]));
  const rest: FindingDocument[] = [];
  for (const finding of findings) ((finding.ofRequest === true ? undefined : own.get(finding.path)) ?? rest).push(finding);
  return { own, rest };
}

/** What was not judged is not admitted, and neither is anything to a caller who may not ask. */
export function wordOfOne(own: readonly FindingDocument[], rest: readonly FindingDocument[]): DecisionWord {
  const word = decisionWord([...own, ...rest]);
  return own.length === 0 && word !== 'deny' ? 'undetermined' : word;
}
