/** A pod as rules about pipelines need it: what it is called, how it is labelled, whose it is. */
import type { PodFact } from '../../domain/build/facts.ts';
import { own, ownList, ownText, ownTexts } from '../../text/json/fields.ts';

/** Owners whose pods are those of builds. */
const RUNS: ReadonlySet<unknown> = new Set(['TaskRun', 'Workflow']);

/**
 * Reads the metadata of a pod; `undefined` when it has no name. The owner is the controlling one; without one a run that it names, so
 * that nobody takes a pod out of sight by letting its run no longer control it.
 */
export function readPod(object: unknown): PodFact | undefined {
  const metadata = own(object, 'metadata');
  const name = ownText(metadata, 'name');
  if (name === undefined) return undefined;
  const owners = ownList(metadata, 'ownerReferences');
  const owner = owners?.find((one) => own(one, 'controller') === true) ?? owners?.find((one) => RUNS.has(ownText(one, 'kind')));
  return {
    name,
    uid: ownText(metadata, 'uid') ?? '',
    labels: ownTexts(metadata, 'labels'),
    ...(owner === undefined ? {} : {
      owner: { kind: ownText(owner, 'kind') ?? '', name: ownText(owner, 'name') ?? '', uid: ownText(owner, 'uid') ?? '' },
    }),
  };
}
