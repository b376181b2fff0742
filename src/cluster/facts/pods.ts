/** A pod as rules about pipelines need it: what it is called, how it is labelled, whose it is. */
import type { PodFact } from '../../domain/build/facts.ts';
import { own, ownList, ownText, ownTexts } from '../../text/json/fields.ts';

/** Reads the metadata of a pod; `undefined` when it has no name. The owner is the controlling one. */
export function readPod(object: unknown): PodFact | undefined {
  const metadata = own(object, 'metadata');
  const name = ownText(metadata, 'name');
  if (name === undefined) return undefined;
  const owner = ownList(metadata, 'ownerReferences')?.find((one) => own(one, 'controller') === true);
  return {
    name,
    uid: ownText(metadata, 'uid') ?? '',
    labels: ownTexts(metadata, 'labels'),
    ...(owner === undefined ? {} : {
      owner: { kind: ownText(owner, 'kind') ?? '', name: ownText(owner, 'name') ?? '', uid: ownText(owner, 'uid') ?? '' },
    }),
  };
}
